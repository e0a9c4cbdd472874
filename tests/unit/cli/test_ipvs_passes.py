"""The way back from IPVS, and to it, takes the same steps as an apply: what leads somewhere comes after, and goes before, what it leads to."""

from svcc.apply import Opened, apply
from svcc.cli.ipvs_passes import back
from svcc.kernel.fake_nft import FakeNft
from svcc.kernel.nftables import Nftables
from svcc.plan.nftables import NftState
from tests.unit.cli.ipvs_node import FRONT, INNER, WANTED, Node
from tests.vm.cluster import CART

AWAY, BACK = ["companion", "front", "inner", "servers"], ["servers", "inner", "companion", "front"]


def test_an_apply_of_ipvs_is_taken_back_in_the_order_in_which_ipvs_leaves():
    node = Node()
    start = node.befores()
    assert AWAY == node.failed(node.held().arriving(WANTED))
    assert start == node.befores()
    apply("ipvs", lambda: Opened(node.held().arriving(WANTED)))
    node.steps.clear()
    apply("ipvs", lambda: Opened(back(start)))
    assert (AWAY, start) == (node.steps, node.befores())


def test_leaving_ipvs_is_taken_back_in_the_order_in_which_it_comes():
    node = Node()
    apply("ipvs", lambda: Opened(node.held().arriving(WANTED)))
    start = node.befores()
    assert (WANTED.state, WANTED.companion) == node.state
    assert BACK == node.failed(node.held().leaving())
    assert start == node.befores()
    apply("nftables", lambda: Opened(node.held().leaving()))
    node.steps.clear()
    apply("nftables", lambda: Opened(back(start)))
    assert (BACK, start) == (node.steps, node.befores())


def test_what_stands_around_keeps_its_place():
    node, rules, table = Node(), object(), Nftables(FakeNft())
    befores = [(table, NftState()), (node.links, node.links.snapshot()), (rules, {})]
    some = [one.subsystem for one in back(befores)]
    assert (table, rules) == (some[0], some[-1])
    assert node.links in some[1:-1]
    assert [table, rules] == [one.subsystem for one in back([befores[0], befores[2]])]


def test_addresses_of_this_test_are_of_both_kinds():
    assert CART in FRONT
    assert any(one.startswith(INNER) for one in WANTED.state.addresses)
