"""When another mode takes over, or IPVS is rolled back, it keeps what its open connections need, and everything else goes."""

import pytest

from svcc.apply import Opened, Part, apply
from svcc.cli.live_ipvs import NOTHING, HeldIpvs
from svcc.emit.ipvs.ruleset import IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.emit.nftables.ruleset import COMPANION
from svcc.kernel import record
from svcc.kernel.base import KernelError
from svcc.kernel.fake_ipvs import FakeIpvs, FakeSvcc0
from svcc.kernel.fake_nft import FakeNft
from svcc.kernel.nftables import Nftables
from svcc.net import Address, Protocol, parse_network
from svcc.plan.ipvs import named_as
from svcc.plan.links import Add, Dummy
from svcc.plan.passes import Come, Go


def tcp(address, port=80):
    return VirtualKey(Address(address), Protocol.TCP, port)


TALK, CART, INNER, ON_NODE = tcp("10.96.0.70"), tcp("10.96.0.10"), tcp("169.254.98.7", 4711), tcp("172.20.5.11", 30080)
BOUND = (CART.address, TALK.address, INNER.address)
POD, OTHER = (RealKey(Address(f"10.128.7.{last}"), 8080) for last in (21, 22))
EVERY = (TALK, CART, INNER, ON_NODE)
STATE = IpvsState(
    {at: Virtual("rr", service="lab/x:x") for at in EVERY}, {(at, to): Real(3) for at in EVERY for to in (POD, OTHER)}
)
ELSEWHERE = dict.fromkeys(("10.96.0.70:80/TCP", "10.96.0.10:80/TCP", "IPv4 node port 30080/TCP"), "lab/x:x")


class Node:
    """ip_vs and svcc0 in memory."""

    def __init__(self, state=STATE, bound=BOUND):
        self.servers = FakeIpvs(state)
        self.links = FakeSvcc0(bound, in_use=self.servers.in_use)

    def leave(self, elsewhere=ELSEWHERE, *, cut=False, meanwhile=lambda: None):
        """Leave for another mode; `meanwhile` is what happens after the plan was made."""
        parts = self.held().leaving(elsewhere, cut=cut)
        return apply("nftables", lambda: Opened(parts, journal=lambda *_: meanwhile())).plan

    def held(self):
        self.servers.forget()
        live = named_as(self.servers.snapshot(), STATE)
        companion, inner = Nftables(FakeNft(), table=COMPANION), (parse_network("169.254.96.0/20"),)
        return HeldIpvs(self.servers, self.links, companion, live, self.links.snapshot(), inner)

    @property
    def weights(self):
        self.servers.forget()
        return {at: real.weight for (at, to), real in self.servers.snapshot().reals.items() if to == POD}

    @property
    def addresses(self):
        return self.links.snapshot().addresses


@pytest.fixture
def node():
    return Node()


@pytest.mark.parametrize("at", [TALK, ON_NODE, INNER], ids=["address", "node port", "inner"])
def test_what_has_connections_stays_with_its_weights_and_its_address_until_they_have_ended(node, at):
    node.servers.connect(at, POD)
    node.leave()
    assert {at: 3} == node.weights
    assert (None if at is ON_NODE else (at.address,)) == node.addresses
    assert () == node.leave().changes
    node.servers.connect_ends(at, POD)
    node.leave()
    assert ({}, None) == (node.weights, node.addresses)


@pytest.mark.parametrize("at", [TALK, ON_NODE], ids=["address", "node port"])
def test_what_nobody_serves_any_more_stays_and_takes_no_new_connections(node, at):
    node.servers.connect(at, POD)
    node.leave({"10.96.0.10:80/TCP": "lab/x:x"})
    assert {at: 0} == node.weights
    assert () == node.leave({"10.96.0.10:80/TCP": "lab/x:x"}).changes


def test_whoever_connects_when_the_plan_is_made_already_is_not_cut_off(node):
    node.leave(meanwhile=lambda: node.servers.connect(TALK, POD))
    assert ({TALK: 3}, (TALK.address,)) == (node.weights, node.addresses)


def test_what_could_not_go_in_the_last_moment_stays_written_down(node, monkeypatch):
    kept = []
    monkeypatch.setattr(record, "keep", kept.append)
    held = node.held()
    apply(
        "nftables",
        lambda: Opened(held.leaving(ELSEWHERE), journal=lambda *_: node.servers.connect(ON_NODE, POD)),
    )
    held.settle(NOTHING)
    assert [{ON_NODE: "lab/x:x"}] == kept
    assert {ON_NODE: 3} == node.weights


def test_without_mercy_everything_goes_at_once(node):
    node.servers.connect(TALK, POD)
    node.leave(cut=True, meanwhile=lambda: node.servers.connect(CART, POD))
    assert ({}, None) == (node.weights, node.addresses)


def connect_and_fail(node, *places):
    """Return a seal that fails after somebody has connected."""

    def seal(_):
        for at in places:
            node.servers.connect(at, POD)
        raise KernelError("no")

    return seal


def test_a_rollback_to_another_mode_cuts_nobody_off_who_has_connected_since():
    node = Node(IpvsState(), None)
    links = [Part(node.links, Come(Dummy((INNER.address,)))), Part(node.links, Add((CART.address, TALK.address)))]
    parts = [Part(node.servers, Come(STATE)), *links]
    with pytest.raises(KernelError, match="no"):
        apply("ipvs", lambda: Opened(parts, seal=connect_and_fail(node, TALK, ON_NODE)))
    assert ({TALK: 3, ON_NODE: 3}, (TALK.address,)) == (node.weights, node.addresses)
    node.servers.connect_ends(TALK, POD)
    node.servers.connect_ends(ON_NODE, POD)
    node.leave()
    assert ({}, None) == (node.weights, node.addresses)


def test_a_rollback_in_ipvs_takes_no_new_connections_to_what_the_apply_had_brought():
    before = IpvsState(
        {TALK: STATE.virtuals[TALK]}, {key: one for key, one in STATE.reals.items() if key == (TALK, OTHER)}
    )
    node = Node(before, (TALK.address,))
    parts = [Part(node.servers, Come(STATE)), Part(node.links, Add(BOUND)), Part(node.servers, Go(STATE))]
    with pytest.raises(KernelError, match="no"):
        apply("ipvs", lambda: Opened(parts, seal=connect_and_fail(node, TALK, CART)))
    assert ({TALK: 0, CART: 0}, (CART.address, TALK.address)) == (node.weights, node.addresses)
    assert 3 == node.servers.snapshot().reals[TALK, OTHER].weight
