"""Which virtual servers are svcc's when an apply is undone, whoever was cut off before."""

import pytest

from svcc.cli import live_undo
from svcc.emit.ipvs.ruleset import IpvsState, Virtual, VirtualKey
from svcc.kernel import modules, written
from svcc.kernel.dummy import Svcc0
from svcc.kernel.fake_ipvs import FakeLink, FakeServers
from svcc.net import Address, Protocol
from svcc.plan.links import Dummy


def at(address):
    return VirtualKey(Address(address), Protocol.TCP, 80)


CART, GONE, LEFT, THEIRS, ELSEWHERE = map(at, ("10.96.0.10", "10.96.0.11", "169.254.96.7", "10.96.0.12", "192.0.2.1"))
BEFORE = {written.IPVS: IpvsState({CART: Virtual("rr")}), written.LINKS: Dummy((CART.address, THEIRS.address))}


@pytest.fixture(autouse=True)
def _kernel(monkeypatch):
    every = dict.fromkeys((CART, GONE, LEFT, THEIRS, ELSEWHERE), Virtual("rr"))
    bound = [one.address for one in every if one is not ELSEWHERE]
    monkeypatch.setattr(live_undo, "Svcc0", lambda: Svcc0(FakeLink(bound)))
    monkeypatch.setattr(live_undo, "Netlink", lambda: FakeServers(IpvsState(every)))
    monkeypatch.setattr(modules, "present", lambda _: True)


def ours(states):
    return set(live_undo._servers(states, {GONE: "shop/cart:http"}).snapshot().virtuals)


def test_those_that_were_there_or_are_written_down_and_what_stands_at_an_address_of_nothing_else():
    assert {CART, GONE, LEFT} == ours(BEFORE)


def test_where_no_address_had_changed_the_record_knows_them_all():
    assert {CART, GONE} == ours({written.IPVS: BEFORE[written.IPVS]})
