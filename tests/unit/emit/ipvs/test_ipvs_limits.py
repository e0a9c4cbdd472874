"""What IPVS says only in part, otherwise, or not at all."""

import pytest

from svcc.config import Mode
from svcc.diag import Diagnostics, Source, Span, Stopped
from svcc.emit.ipvs.inner import inner, room
from svcc.emit.ipvs.limits import limits
from svcc.graph.nodes import DR
from svcc.model.service import ServicePort, ServiceType, TrafficPolicy
from svcc.net import Protocol
from svcc.pipeline import lower_ipvs
from tests.support import addresses, config, endpoint, endpoint_slice, graph_of, networks, service

ENDPOINTS = endpoint_slice(endpoint("10.128.7.21", "worker-1"), endpoint("10.128.9.31"))
INNER = networks("169.254.96.0/20", "fd00:ffff::/64")
PORTS = (ServicePort("http", Protocol.TCP, 80, 30080),)
LOCAL = TrafficPolicy.LOCAL
FILE = Source("a.yaml", "")


def found(*services, slices=(ENDPOINTS,), inner_cidrs=INNER, **changes):
    sink = Diagnostics()
    limits(graph_of(services, slices, config(**changes)), inner_cidrs, sink)
    return [(one.code, one.message) for one in sink]


def told(slices=(ENDPOINTS,), node=None, **changes):
    return found(service(**changes), slices=slices, **(node or {}))


def codes(**words):
    return [code for code, _ in told(**words)]


@pytest.mark.parametrize("scheduler", [None, "rr", "wlc", "sh", "mh", "lblcr", "ovf"])
def test_a_plain_service_needs_no_words(scheduler):
    assert [] == told(scheduler=scheduler)


def test_random_becomes_round_robin():
    assert [("SVC303", "scheduler random of lab/web:http becomes rr in IPVS")] == told(scheduler="random")
    weighted = told(scheduler="random", weights={"10.128.7.21": 3})
    assert [("SVC303", "scheduler random of lab/web:http becomes wrr in IPVS")] == weighted


def test_packets_are_balanced_one_by_one_for_udp_alone():
    udp = ServicePort("dns", Protocol.UDP, 53)
    tcp = ServicePort("http", Protocol.TCP, 80)
    slices = (ENDPOINTS, endpoint_slice(endpoint("10.128.7.21"), protocol=Protocol.UDP, suffix="y"))
    flags = {"scheduler": "rr", "scheduler_flags": ("ops",)}
    message = "ops of lab/web:http has no effect: Linux balances packet by packet for UDP alone"
    assert [("SVC303", message)] == told(**flags)
    udp = ServicePort("http", Protocol.UDP, 53)
    assert ["SVC314"] == codes(slices=slices, ports=(udp,), **flags)
    assert ["SVC314"] == codes(slices=slices, ports=(udp, tcp), **flags)


def test_answers_to_packets_that_are_balanced_one_by_one_are_not_rewritten():
    udp = (ServicePort("http", Protocol.UDP, 8080),)
    slices = (endpoint_slice(endpoint("10.128.7.21"), protocol=Protocol.UDP),)
    flags = {"scheduler": "rr", "scheduler_flags": ("ops",)}
    message = "with ops, answers of lab/web:http come from the endpoint's own address"
    assert [("SVC314", message)] == told(slices, ports=udp, **flags)
    assert "SVC314" not in codes(slices=slices, ports=udp, forwarding=DR, **flags)


@pytest.mark.parametrize(
    ("scheduler", "count", "expected"),
    [("sh", 256, []), ("sh", 257, ["SVC302"]), ("dh", 257, ["SVC302"]), ("mh", 257, [])],
)
def test_a_hash_table_has_a_place_for_every_endpoint(scheduler, count, expected):
    ends = [endpoint(f"10.128.{one // 200}.{one % 200 + 1}") for one in range(count)]
    assert expected == codes(slices=(endpoint_slice(*ends),), scheduler=scheduler)


def test_weights_count_in_the_table_of_sh_and_not_in_that_of_dh():
    weights = {"10.128.7.21": 999}
    assert ["SVC302"] == codes(scheduler="sh", weights=weights)
    assert [] == codes(scheduler="dh", weights=weights)
    assert [] == codes(scheduler="mh", weights=weights)


def test_node_ports_on_localhost_have_the_slots_of_nftables():
    words = {"type": ServiceType.NODE_PORT, "ports": PORTS, "weights": {"10.128.7.21": 999, "10.128.9.31": 1000}}
    assert ["SVC313"] == codes(**words)
    assert ["SVC302", "SVC313"] == codes(node={"localhost_node_ports": True}, **words)


def direct(port=8080, **changes):
    """Return what is told of a Service whose endpoints listen on 8080, with direct routing and without masquerading."""
    ports = (ServicePort("http", Protocol.TCP, port, changes.pop("node_port", None)),)
    words = {"forwarding": "dr", "ports": ports, **changes}
    return told(node={"cluster_cidrs": (), **words.pop("node", {})}, **words)


def test_direct_routing_to_the_same_port_is_possible():
    assert [] == direct()


def test_direct_routing_does_not_translate_ports():
    assert [("SVC306", "dr does not translate ports, and lab/web:http sends 80 to 8080")] == direct(80)
    node_port = direct(type=ServiceType.NODE_PORT, node_port=30080)
    assert ("SVC306", "dr does not translate ports, and lab/web:http sends node port 30080 to 8080") in node_port


def test_direct_routing_rewrites_no_source():
    message = "dr keeps the client's address, and masqueradeAll rewrites that of the clients of lab/web:http"
    assert ("SVC306", message) in direct(node={"masquerade_all": True})
    localhost = direct(8080, type=ServiceType.NODE_PORT, node_port=8080, node={"localhost_node_ports": True})
    assert ("SVC306", "dr keeps the client's address, and nobody can answer 127.0.0.1 at node port 8080") in localhost


def test_direct_routing_and_an_external_local_policy_exclude_each_other():
    message = "dr keeps the address of lab/web:http, and an external Local policy sends by another one"
    outer = {"external_ips": addresses("192.0.2.1"), "external_policy": LOCAL}
    assert ("SVC306", message) in direct(**outer)
    assert ["SVC312"] == [code for code, _ in direct(external_ips=outer["external_ips"], internal_policy=LOCAL)][1:]


def test_who_is_not_masqueraded_by_direct_routing_is_told():
    assert "SVC307" in codes(forwarding="tun", ports=(ServicePort("http", Protocol.TCP, 8080),))


def test_what_ipvs_refuses_is_not_lowered():
    sink = Diagnostics()
    with pytest.raises(Stopped):
        lower_ipvs(graph_of([service(forwarding="dr")], [ENDPOINTS]), config(mode=Mode.IPVS), sink)
    assert 1 == sink.errors


def outer(count):
    return {
        "external_ips": addresses(*(f"192.0.{one >> 8}.{one & 255}" for one in range(1, count + 1))),
        "external_policy": LOCAL,
    }


@pytest.mark.parametrize(("count", "expected"), [(512, ["SVC312"]), (513, ["SVC308", "SVC312"])])
def test_an_inner_network_has_room_for_as_many_as_it_says(count, expected):
    assert 512 == room(networks("169.254.96.0/30")[0])
    assert expected == [code for code, _ in found(service(**outer(count)), inner_cidrs=networks("169.254.96.0/30"))]


def test_without_an_inner_network_there_is_no_room():
    message = "1 IPv4 frontends have a Local policy, and no network has room for 0"
    assert ("SVC308", message) in found(service(**outer(1)), inner_cidrs=())


@pytest.mark.parametrize("network", ["169.254.96.0/30", "169.254.96.0/24", "fd00:ffff::/126", "fd00:ffff::/64"])
def test_as_many_frontends_as_there_is_room_for_have_places_of_their_own(network):
    (held,) = networks(network)
    names = [f"192.0.2.1 . tcp . {one}" for one in range(room(held))]
    assert len(names) == len(set(inner(names, held).values()))


def spanned(name, ip, line, **changes):
    ports = (ServicePort("http", Protocol.TCP, 80, changes.pop("node_port", None), span=Span(FILE, line, 1)),)
    return service(name, ip, ports=ports, **changes)


def test_what_ipvs_does_in_its_own_way_is_told_once_at_the_first_place():
    services = [
        spanned("b", "10.96.0.10", 9, affinity_seconds=60, type=ServiceType.NODE_PORT, node_port=30080),
        spanned("a", "10.96.0.11", 20, affinity_seconds=60, external_ips=addresses("192.0.2.1")),
    ]
    slices = [endpoint_slice(endpoint("10.128.7.21"), of=name) for name in ("a", "b")]
    sink = Diagnostics(ignore=())
    limits(graph_of(services, slices), INNER, sink)
    assert [("SVC309", "Service/lab/b", 9), ("SVC312", "Service/lab/a", 20), ("SVC313", "Service/lab/b", 9)] == sorted(
        (one.code, one.object, one.span.line) for one in sink
    )
    assert ["; 2 Services"] == [one.message[-12:] for one in sink if one.code == "SVC309"]


def test_a_service_that_ignores_a_difference_is_not_counted():
    services = [
        spanned(name, ip, line, affinity_seconds=60)
        for name, ip, line in (("a", "10.96.0.10", 1), ("b", "10.96.0.11", 2))
    ]
    slices = [endpoint_slice(endpoint("10.128.7.21"), of=name) for name in ("a", "b")]
    sink = Diagnostics()
    sink.ignore("Service/lab/a", {"SVC309"})
    limits(graph_of(services, slices), INNER, sink)
    assert [("Service/lab/b", False)] == [(one.object, "Services" in one.message) for one in sink]


def test_an_external_address_of_the_node_itself_behaves_as_in_every_mode():
    assert [] == codes(external_ips=addresses("172.20.5.11"))


def test_node_ports_on_named_networks_are_found_at_every_packet():
    words = {"type": ServiceType.NODE_PORT, "ports": PORTS}
    assert ["SVC313"] == codes(**words)
    cidrs = {"node_port_cidrs": networks("172.20.0.0/16", "fd00:20::/64")}
    assert [] == codes(node=cidrs, **words)
