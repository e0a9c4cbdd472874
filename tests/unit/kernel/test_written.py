import json

import pytest

from svcc.emit.iptables.ruleset import Chain, IptablesRuleset
from svcc.emit.ipvs.ruleset import IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.emit.nftables.lower import lower
from svcc.emit.nftables.ruleset import NftTable
from svcc.kernel.backend import Backend
from svcc.kernel.dummy import Svcc0
from svcc.kernel.fake_ipvs import FakeIpvs
from svcc.kernel.iptables import Iptables
from svcc.kernel.nftables import Nftables
from svcc.kernel.sysctl import Sysctl
from svcc.kernel.written import read, write
from svcc.net import Address, Family, Protocol
from svcc.plan.links import Dummy
from svcc.plan.nftables import NftState
from tests.support import endpoint, endpoint_slice, graph_of, rulesets_of, service

WEB = VirtualKey(Address("10.96.0.10"), Protocol.TCP, 80)
SIX = VirtualKey(Address("fd00:96::10"), Protocol.UDP, 53)
SERVERS = IpvsState(
    {WEB: Virtual("mh", ("mh-port",), 10800, "lab/web:http"), SIX: Virtual("rr", service="")},
    {(WEB, RealKey(Address("10.128.7.21"), 8080)): Real(3, "masq", 10, 20)},
)
GRAPH = graph_of([service(), service("six", "fd00:96::10")], [endpoint_slice(endpoint("10.128.7.21"))])
EMPTY = {family: IptablesRuleset(family) for family in Family}
JUMP = IptablesRuleset(Family.IPV4, {"nat": {"OUTPUT": Chain(("-j SVCC-A", "-j SVCC-A")), "SVCC-A": Chain()}})


@pytest.mark.parametrize(
    ("place", "subsystem", "state"),
    [
        ("iptables nft", Iptables(Backend.NFT), rulesets_of(GRAPH)[0]),
        ("iptables legacy", Iptables(Backend.LEGACY), EMPTY),
        ("iptables legacy", Iptables(Backend.LEGACY), {**EMPTY, Family.IPV4: JUMP}),
        ("nftables svcc", Nftables(), NftState.of(lower(GRAPH))),
        ("nftables svcc-ipvs", Nftables(table="svcc-ipvs"), NftState()),
        ("ipvs", FakeIpvs(), SERVERS),
        ("links", Svcc0(), Dummy()),
        ("links", Svcc0(), Dummy(())),
        ("links", Svcc0(), Dummy((Address("10.96.0.10"), Address("fd00:96::10")))),
        ("sysctl", Sysctl(()), {"net.ipv4.ip_forward": "0"}),
    ],
)
def test_what_is_written_is_read(place, subsystem, state):
    assert (place, state) == read(json.loads(json.dumps(write(subsystem, state))))


def test_tables_that_could_not_be_read_are_written_as_such():
    _, state = read(write(Nftables(), NftState({Family.IPV4: NftTable(Family.IPV4, flags=("nft died",))}, "5f70")))
    assert NftState({Family.IPV4: NftTable(Family.IPV4)}, "5f70") == state


def test_the_service_of_a_virtual_server_is_written_too():
    _, state = read(write(FakeIpvs(), SERVERS))
    assert ["lab/web:http", ""] == [one.service for one in state.virtuals.values()]


@pytest.mark.parametrize(
    "damaged",
    [
        {},
        {"place": "nowhere", "held": {}},
        {"place": "iptables nft", "held": {"IPv5": ""}},
        {"place": "iptables nft", "held": {"IPv4": "what is this"}},
        {"place": "nftables svcc", "held": {"tables": "table ip svcc {", "digest": None}},
        {"place": "ipvs", "held": {"servers": "-A -t 10.96.0.10:80 -s rr", "services": {}}},
        {"place": "ipvs", "held": None},
    ],
)
def test_what_is_damaged_is_not_taken_for_a_state(damaged):
    with pytest.raises((ValueError, KeyError, TypeError)):
        read(damaged)
