import json
from ipaddress import ip_network

import pytest

from svcc.cli.live_ipvs import WantedIpvs
from svcc.cli.live_restore import LastApplied, flows_of, read
from svcc.diag import Diagnostics
from svcc.emit.nftables.lower import lower
from svcc.graph.nodes import AddressPort, Host, NodePort
from svcc.kernel.backend import Backend
from svcc.kernel.base import Denied
from svcc.net import Address, Family, Protocol
from svcc.pipeline import lower_ipvs
from svcc.plan.conntrack import Fronts, Served
from svcc.plan.nftables import NftState
from tests.support import config, endpoint, endpoint_slice, graph_of, rulesets_of, service

GRAPH = graph_of([service(), service("six", "fd00:96::10")], [endpoint_slice(endpoint("10.128.7.21"))])
SETTINGS = {"net.ipv4.ip_forward": "1"}
IPVS = WantedIpvs.of(GRAPH, lower_ipvs(GRAPH, config(), Diagnostics()), config().ipvs)
BACKENDS = frozenset({(Address("10.128.7.22"), 5353), (Address("10.128.7.21"), 5353)})
FRONTS = Fronts(
    {
        AddressPort(Address("fd00:96::53"), Protocol.UDP, 53): Served("lab/dns:dns", BACKENDS, direct=True),
        NodePort(Family.IPV6, Protocol.SCTP, 30053): Served("lab/dns:sctp", frozenset()),
    },
    Host((Address("172.20.5.11"),), (ip_network("172.20.0.0/16"),), localhost_ports=True),
    by_ipvs=True,
)
EVERY = [
    LastApplied("iptables", Backend.LEGACY, SETTINGS, rulesets_of(GRAPH)[0]),
    LastApplied("nftables", None, {}, NftState.of(lower(GRAPH)), FRONTS),
    LastApplied("ipvs", None, {**SETTINGS, **IPVS.settings}, IPVS),
]


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.mode)
def test_what_is_written_is_read_and_the_same_gives_the_same_bytes(one):
    assert one == read(one.text())
    assert one.text() == read(one.text()).text()


def damaged(**changes):
    first, _, rest = EVERY[0].text().partition("\n")
    return json.dumps({**json.loads(first), **changes}) + "\n" + rest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}\n",
        "[]\n\n",
        EVERY[0].text()[:-20],
        damaged(mode="userspace"),
        damaged(mode="nftables"),
        damaged(mode="ipvs"),
        damaged(backend=None),
        damaged(backend="other"),
        damaged(settings=[]),
    ],
)
def test_what_is_damaged_is_not_put_back(text):
    with pytest.raises(Denied, match="is damaged and cannot be put back"):
        read(text)


def test_by_a_text_flows_are_judged_and_by_a_damaged_one_none_is_stale():
    assert FRONTS == flows_of(EVERY[1].text()).fronts
    assert [{}, {}, {}] == [flows_of(text).fronts.frontends for text in ("", "{}\n", EVERY[1].text()[:-20])]
