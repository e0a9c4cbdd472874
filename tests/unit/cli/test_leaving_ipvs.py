"""When another mode takes over, IPVS keeps what its open connections need, exactly as it is, and everything else goes."""

import pytest

from svcc.apply import Opened, apply
from svcc.cli.live_ipvs import HeldIpvs
from svcc.emit.ipvs.ruleset import IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.emit.nftables.ruleset import COMPANION
from svcc.kernel.fake_ipvs import FakeIpvs, FakeSvcc0
from svcc.kernel.fake_nft import FakeNft
from svcc.kernel.nftables import Nftables
from svcc.net import Address, Protocol

TALK, CART = (VirtualKey(Address(f"10.96.0.{last}"), Protocol.TCP, 80) for last in (70, 10))
POD, OTHER = (RealKey(Address(f"10.128.7.{last}"), 8080) for last in (21, 22))
STATE = IpvsState(
    {at: Virtual("rr", service="lab/x:x") for at in (TALK, CART)},
    {(at, to): Real(3) for at in (TALK, CART) for to in (POD, OTHER)},
)


@pytest.fixture
def held():
    servers, links = FakeIpvs(STATE), FakeSvcc0((TALK.address, CART.address))

    def look():
        servers.forget()
        return HeldIpvs(servers, links, Nftables(FakeNft(), table=COMPANION), servers.snapshot(), links.snapshot())

    return servers, links, look


def leave(look, *, cut=False):
    return apply("nftables", lambda: Opened(look().leaving(cut=cut))).plan


def test_what_has_connections_stays_with_its_weights_and_its_address_until_they_have_ended(held):
    servers, links, look = held
    servers.connect(TALK, POD)
    leave(look)
    assert ({TALK}, {Real(3)}) == (set(servers.snapshot().virtuals), set(servers.snapshot().reals.values()))
    assert (TALK.address,) == links.snapshot().addresses
    assert () == leave(look).changes
    servers.connect_ends(TALK, POD)
    leave(look)
    assert (IpvsState(), None) == (servers.snapshot(), links.snapshot().addresses)


def test_without_mercy_everything_goes_at_once(held):
    servers, links, look = held
    servers.connect(TALK, POD)
    leave(look, cut=True)
    assert (IpvsState(), None) == (servers.snapshot(), links.snapshot().addresses)
