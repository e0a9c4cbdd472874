"""What every nftables subsystem keeps to: the one in memory and the real one, for the table of nftables mode and for the companion of IPVS."""

from dataclasses import replace
from ipaddress import IPv4Network
from itertools import combinations

import pytest

from svcc.diag import Source, Span
from svcc.emit.ipvs.lower import lower as lower_ipvs
from svcc.emit.nftables.lower import lower
from svcc.emit.nftables.ruleset import COMPANION, TABLE, Chain
from svcc.kernel import generation
from svcc.kernel import nftables as subsystem
from svcc.kernel.base import CommitError, Stale, ToolFailed, Unsupported
from svcc.kernel.fake_nft import FakeNftables
from svcc.kernel.nftables import Nft, Nftables
from svcc.model.service import ServiceType, TrafficPolicy
from svcc.net import Family
from svcc.plan.nftables import DIGEST, ELEMENTS, NftState, text_of
from tests.support import addresses, config, endpoint, endpoint_slice, graph_of, networks, service

pytestmark = pytest.mark.kernel

V4 = Family.IPV4
NOTHING = NftState()
INNER = networks("169.254.96.0/20", "fd00:ffff::/64")
FOREIGN = """\
table ip nat {
	chain PREROUTING {
		type nat hook prerouting priority dstnat; policy accept;
		ip daddr 203.0.113.9 accept
	}
}
table inet svcc {
	set x {
		type ipv4_addr
		elements = { 192.0.2.1 }
	}
}
"""
BOTH = ("10.128.7.21", "10.128.9.31")


class Rules:
    """One subsystem, the tool under it, and what compiled Services want of it."""

    def __init__(self, kind, name):
        self.kind, self.name = kind, name
        self.rules = FakeNftables(table=name) if kind == "fake" else Nftables(table=name)
        self.tools = self.rules.tools if kind == "fake" else Nft()
        self.place = f"ip {name}"

    def again(self, known):
        """Return the same subsystem as a later run opens it, with what it remembers."""
        return Nftables(self.tools, known, self.name)

    def generation(self):
        return self.tools.generation if self.kind == "fake" else generation.current()

    def want(self, *services, slices=(), node=None):
        graph = graph_of(services, slices, node)
        return NftState.of(lower(graph) if self.name == TABLE else lower_ipvs(graph, INNER).companions)

    def commit(self, want):
        changes = self.rules.plan(self.rules.snapshot(), want)
        self.rules.check(changes)
        self.rules.commit(changes)
        assert () == self.rules.reread(changes)
        return changes


@pytest.fixture(params=["fake", "real"])
def kind(request):
    """Say which nft; the real one works inside a namespace of the test."""
    if request.param == "real":
        request.getfixturevalue("namespace")
    return request.param


@pytest.fixture(params=[TABLE, COMPANION])
def one(request, kind):
    return Rules(kind, request.param)


@pytest.fixture
def svcc(kind):
    return Rules(kind, TABLE)


def web(*endpoints, name="web", **changes):
    """Return a Service of every kind of address in both families, and its endpoints."""
    held = {
        "type": ServiceType.LOAD_BALANCER,
        "external_policy": TrafficPolicy.LOCAL,
        "load_balancer_ips": addresses("192.0.2.7", "2001:db8::7"),
        "source_ranges": networks("198.51.100.0/24", "203.0.113.0/24", "2001:db8:1::/48"),
    }
    made = service(name, ("10.96.0.10", "fd00:96::10"), **{**held, **changes})
    return made, endpoint_slice(*(endpoint(each, node="worker-1") for each in endpoints), of=name)


def dual(*endpoints, **changes):
    made, slices = web(*endpoints, **changes)
    return [made], [slices]


def state(one, *endpoints, **changes):
    services, slices = dual(*endpoints, **changes)
    return one.want(*services, slices=slices)


def broken(want, **chains):
    """Return a state whose IPv4 table has chains with these rules as well."""
    table = want.tables[V4]
    more = {name.replace("_", "-"): Chain(None, (rule,)) for name, rule in chains.items()}
    return NftState.of({**want.tables, V4: replace(table, chains={**table.chains, **more})})


def test_what_was_committed_is_what_is_read_back(one):
    want = state(one, *BOTH)
    one.commit(want)
    assert want == one.rules.snapshot()
    assert () == one.rules.plan(one.rules.snapshot(), want)
    assert one.rules.present()


def test_the_empty_state_removes_everything(one):
    one.commit(state(one, *BOTH))
    one.commit(NOTHING)
    assert NOTHING == one.rules.snapshot()
    assert not one.rules.present()
    assert {} == one.tools.comments()


def test_every_state_is_reached_from_every_other(one):
    wants = [
        NOTHING,
        state(one, *BOTH),
        state(one, "10.128.7.21"),
        state(one),
        state(one, *BOTH, affinity_seconds=7),
        state(one, *BOTH, external_policy=TrafficPolicy.CLUSTER, source_ranges=()),
        state(one, *BOTH, source_ranges=networks("198.51.0.0/16")),
        one.want(service("web", "10.96.0.11"), slices=[endpoint_slice(endpoint("10.128.7.21"))]),
    ]
    for want in (*wants, *wants[::2], *wants[::3], *reversed(wants)):
        one.commit(want)
        assert want == one.rules.snapshot()


def test_a_change_of_endpoints_is_elements_and_the_digest(svcc):
    svcc.commit(state(svcc, *BOTH))
    changes = svcc.commit(state(svcc, "10.128.7.21", "10.128.9.33"))
    assert {ELEMENTS, DIGEST} == {change.kind for change in changes}


def test_tables_of_others_are_not_touched(one):
    one.tools.run(FOREIGN)
    for place in ("ip nat", "inet svcc"):
        expected = one.tools.listing(place)
        one.commit(state(one, *BOTH))
        one.commit(NOTHING)
        assert expected == one.tools.listing(place)


def test_the_table_of_the_other_mode_is_not_touched(kind):
    tables = Rules(kind, TABLE)
    beside = Rules(kind, COMPANION)
    beside.tools, beside.rules = tables.tools, Nftables(tables.tools, table=COMPANION)
    wants = state(tables, *BOTH), state(beside, *BOTH)
    for rules, want in zip((tables, beside), wants, strict=True):
        rules.commit(want)
    assert wants == (tables.rules.snapshot(), beside.rules.snapshot())
    tables.commit(NOTHING)
    assert (NOTHING, wants[1]) == (tables.rules.snapshot(), beside.rules.snapshot())


def test_a_refused_line_leaves_everything_as_it_was(one):
    start = state(one, *BOTH)
    one.commit(start)
    changes = one.rules.plan(start, broken(state(one, "10.128.7.22"), mine="goto nowhere"))
    with pytest.raises(ToolFailed, match=rf"nft refused \[add rule {one.place} mine goto nowhere\]: .*No such file"):
        one.rules.check(changes)
    with pytest.raises(CommitError) as caught:
        one.rules.commit(changes)
    assert (0, 2) == (caught.value.done, caught.value.of)
    assert start == one.rules.snapshot()


def test_chains_that_came_before_a_refused_script_are_planned_away(one):
    start = state(one, *BOTH)
    one.commit(start)
    want = broken(state(one, "10.128.7.22"), mine="drop")
    services = want.tables[V4].chains["services"]
    want.tables[V4].chains["services"] = replace(services, rules=(*services.rules, "goto nowhere"))
    with pytest.raises(CommitError) as caught:
        one.rules.commit(one.rules.plan(start, want))
    assert (1, 2) == (caught.value.done, caught.value.of)
    left = one.rules.snapshot()
    assert ("drop",) == left.tables[V4].chains["mine"].rules
    one.rules.commit(one.rules.plan(left, start))
    assert start == one.rules.snapshot()


def test_what_the_kernel_refuses_of_a_new_table_is_unsupported(one):
    changes = one.rules.plan(NOTHING, broken(state(one, *BOTH), mine="jump nowhere"))
    with pytest.raises(Unsupported, match=r"\[jump nowhere\]: Could not process rule: No such file or directory"):
        one.rules.check(changes)
    assert NOTHING == one.rules.snapshot()


def test_a_refused_element_is_told_with_its_service_and_the_line_of_its_manifest(svcc):
    start, want = state(svcc, *BOTH), state(svcc, "10.128.7.21")
    svcc.commit(start)
    picks = want.tables[V4].collections["picks"]
    number = next(key for key in picks.elements if key not in ("5800:0", "5800:1"))
    wrong = replace(
        picks, elements={**picks.elements, number: "goto nowhere"}, origins={number: Span(Source("web.yaml", ""), 4, 1)}
    )
    want = NftState.of({V4: replace(want.tables[V4], collections={**want.tables[V4].collections, "picks": wrong})})
    changes = svcc.rules.plan(NftState({V4: start.tables[V4]}, start.digest), want)
    expected = rf"\[{number} : goto nowhere.*No such file or directory \[elements ip svcc picks lab/web:http of lab/web:http, web.yaml:4"
    for attempt in (svcc.rules.check, svcc.rules.commit):
        with pytest.raises((ToolFailed, CommitError), match=expected):
            attempt(changes)


def test_a_service_port_that_is_called_otherwise_is_called_so_in_the_kernel(one):
    one.commit(state(one, name="web"))
    changes = one.commit(state(one, name="shop"))
    assert {"", "lab/web:http", "lab/shop:http"} == {change.service for change in changes}
    for family in ("ip", "ip6"):
        listing = one.tools.listing(f"{family} {one.name}")
        assert "lab/shop:http" in listing
        assert "lab/web:http" not in listing


def test_a_name_that_is_edited_by_hand_is_found_and_mended(svcc):
    want = state(svcc)
    svcc.commit(want)
    svcc.tools.run(
        "delete element ip svcc pools { 10.96.0.10 . tcp . 80 }\n"
        'add element ip svcc pools { 10.96.0.10 . tcp . 80 comment "mine" : 5800:0 }\n'
    )
    assert want != svcc.rules.snapshot()
    svcc.commit(want)
    assert want == svcc.rules.snapshot()


def test_a_large_script_is_checked_without_its_elements_and_their_chains(one, monkeypatch):
    monkeypatch.setattr(subsystem, "_LARGE", 0)
    for want in (state(one, *BOTH), state(one, "10.128.7.21"), state(one, *BOTH, affinity_seconds=7), state(one)):
        one.commit(want)
        assert want == one.rules.snapshot()


def test_of_a_large_script_the_skeleton_is_still_checked(one, monkeypatch):
    monkeypatch.setattr(subsystem, "_LARGE", 0)
    start = state(one, *BOTH)
    one.commit(start)
    with pytest.raises(ToolFailed, match="mine goto nowhere"):
        one.rules.check(one.rules.plan(start, broken(state(one), mine="goto nowhere")))


def in_ranges(svcc, *ranges):
    services, slices = dual("10.128.7.21")
    return svcc.want(*services, slices=slices, node=config(service_cidrs=networks(*ranges)))


def test_networks_are_replaced_by_those_that_overlap_with_them(one):
    ranges = ("10.96.0.0/16", "10.96.0.0/15", "10.96.0.0/17", "10.97.0.0/16", "10.64.0.0/10", "10.96.0.10/32")
    for first in ranges:
        one.commit(in_ranges(one, first, "fd00:96::/112"))
        for second in (f"{first.partition('/')[0]}/12", "10.96.0.0/16"):
            network = str(IPv4Network(second, strict=False))
            want = in_ranges(one, network, "fd00:96::/64")
            one.commit(want)
            assert want == one.rules.snapshot()


def test_source_ranges_are_replaced_by_those_that_overlap_with_them(one):
    ranges = (
        "198.51.100.0/24",
        "198.51.0.0/16",
        "198.51.100.0/25",
        "198.51.100.128/25",
        "198.51.100.7/32",
        "192.0.0.0/8",
    )
    for first, second in combinations(ranges, 2):
        for each in (first, second, first):
            want = state(one, "10.128.7.21", source_ranges=networks(each, "2001:db8:1::/48"))
            one.commit(want)
        assert want == one.rules.snapshot()


EDITS = {
    "element gone": "delete element ip svcc policies { 192.0.2.7 . tcp . 80 }",
    "network gone": "delete element ip svcc service-cidrs { 10.96.0.0/16 }",
    "network beside": "add element ip svcc service-cidrs { 10.97.0.0/16 }",
    "rule to a chain that goes": "add chain ip svcc mine\nadd rule ip svcc mine goto pick-2",
    "element to a chain that goes": "add element ip svcc picks { 5801:1 : goto pick-2 }",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_a_memory_that_is_wrong_is_noticed_and_given_up(edit, svcc):
    services, slices = dual(*BOTH)
    start = svcc.want(*services, slices=slices)
    svcc.commit(start)
    svcc.tools.run(f"{edit}\n")
    later = svcc.again(text_of(start.tables))
    live = later.snapshot()
    assert start == live
    want = in_ranges(svcc, "10.96.0.0/15", "fd00:96::/112")
    bare = {**want.tables[V4].collections, "policies": replace(want.tables[V4].collections["policies"], elements={})}
    want = NftState.of({**want.tables, V4: replace(want.tables[V4], collections=bare)})
    with pytest.raises(Stale):
        later.check(later.plan(live, want))
    changes = later.plan(later.snapshot(), want)
    later.check(changes)
    later.commit(changes)
    assert want == later.snapshot()


def test_chains_of_others_in_our_table_that_lead_to_themselves_go_with_it(one):
    one.commit(state(one, *BOTH))
    one.tools.run(f"add chain {one.place} mine\nadd rule {one.place} mine goto mine\n")
    one.commit(NOTHING)
    assert {} == one.tools.comments()


def test_the_generation_rises_by_one_for_each_transaction(one):
    before = one.generation()
    for want in (state(one, *BOTH), state(one, "10.128.7.21"), state(one), NOTHING):
        one.commit(want)
    assert one.generation() == before + one.rules.transactions
    changes = one.rules.plan(NOTHING, state(one))
    one.rules.check(changes)
    assert one.generation() == before + one.rules.transactions
