"""The way back from IPVS, and to it, takes the same steps as an apply: what leads somewhere comes after, and goes before, what it leads to."""

from dataclasses import replace

import pytest

from svcc.apply import Opened, apply
from svcc.cli.ipvs_passes import back
from svcc.cli.live_ipvs import HeldIpvs
from svcc.config import Mode
from svcc.emit.nftables.ruleset import COMPANION
from svcc.kernel.base import KernelError
from svcc.kernel.fake_ipvs import FakeIpvs, FakeSvcc0
from svcc.kernel.fake_nft import FakeNft
from svcc.kernel.nftables import Nftables
from svcc.plan.nftables import NftState
from tests.lab.appliance import want
from tests.lab.worker import CONFIG
from tests.vm.cluster import CART, cluster

WANTED = want(cluster(), CONFIG, Mode.IPVS).wanted
FRONT, INNER = sorted(one for one in WANTED.state.addresses if not one.startswith("169.254.")), "169.254."


AWAY, BACK = ["companion", "front", "inner", "servers"], ["servers", "inner", "companion", "front"]


class Node:
    """The three of IPVS in memory, and what was committed to them: `servers`, `companion`, and addresses one by one."""

    def __init__(self):
        self.steps = []
        self.servers = FakeIpvs()
        self.links = FakeSvcc0(in_use=self.servers.in_use)
        self.companion = Nftables(FakeNft(), table=COMPANION)
        for name in ("servers", "links", "companion"):
            self._watch(name, getattr(self, name))

    def _watch(self, name, subsystem):
        commit = subsystem.commit

        def committed(changes):
            commit(changes)
            lines = {line for one in changes for line in (one.after or one.before or ())}
            words = {"inner" if line.startswith(INNER) else "front" for line in lines} if name == "links" else {name}
            self.steps += sorted(words)

        subsystem.commit = committed

    def held(self):
        self.servers.forget()
        return HeldIpvs(
            self.servers, self.links, self.companion, self.servers.snapshot(), self.links.snapshot(), WANTED.inner
        )

    def befores(self):
        """Return what there is, the last subsystem first."""
        self.servers.forget()
        return [(one, one.snapshot()) for one in (self.links, self.companion, self.servers)]

    @property
    def state(self):
        (addresses, companion, servers) = (state for _, state in self.befores())
        return replace(servers, addresses=addresses.addresses or ()), companion

    def failed(self, parts):
        """Apply, fail at the end, and return the steps of the way back."""

        def seal(_):
            self.steps.clear()
            raise KernelError("no")

        with pytest.raises(KernelError, match="no"):
            apply("x", lambda: Opened(parts, back=back, seal=seal))
        return self.steps


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
