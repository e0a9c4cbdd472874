"""The order of questions that a packet is asked, and who a client is."""

from fractions import Fraction

import pytest

from svcc.config import DetectLocal
from svcc.graph.nodes import Origin
from svcc.graph.packet import Dnat, Fate, Hook
from svcc.graph.walk import is_local, origin_of, takes_node_ports, walk
from svcc.model.service import ServicePort, ServiceType, TrafficPolicy
from svcc.net import Protocol
from tests.support import (
    CLIENT,
    NODE,
    NODE_IP,
    addresses,
    config,
    endpoint,
    endpoint_slice,
    graph_of,
    networks,
    packet,
    service,
)

POD = "10.128.7.40"
BACKENDS = endpoint_slice(endpoint("10.128.7.21", NODE), endpoint("10.128.9.31", "worker-2"))
WITH_NODE_PORT = {"type": ServiceType.NODE_PORT, "ports": (ServicePort("http", Protocol.TCP, 80, 30080),)}
HALF = Fraction(1, 2)


def outcomes(source, to, port=80, protocol=Protocol.TCP, *, graph=None, **more):
    return walk(graph or graph_of([service()], [BACKENDS]), packet(source, to, port, protocol, **more)).outcomes


def both(*, masquerade):
    return {Dnat("10.128.7.21", 8080, masquerade): HALF, Dnat("10.128.9.31", 8080, masquerade): HALF}


def test_backends_share_by_weight():
    graph = graph_of([service(weights={"10.128.7.21": 3})], [BACKENDS])
    assert {
        Dnat("10.128.7.21", 8080, masquerade=False): Fraction(3, 4),
        Dnat("10.128.9.31", 8080, masquerade=False): Fraction(1, 4),
    } == outcomes(POD, "10.96.0.10", graph=graph)


def test_a_pod_keeps_its_address_and_an_outsider_does_not():
    assert both(masquerade=False) == outcomes(POD, "10.96.0.10")
    assert both(masquerade=True) == outcomes(CLIENT, "10.96.0.10")


def test_a_client_that_is_the_backend_is_masqueraded_for_that_backend_alone():
    expected = {Dnat("10.128.7.21", 8080, masquerade=True): HALF, Dnat("10.128.9.31", 8080, masquerade=False): HALF}
    assert expected == outcomes("10.128.7.21", "10.96.0.10")


@pytest.mark.parametrize(
    ("to", "port", "protocol", "fate"),
    [
        ("10.96.0.10", 81, Protocol.TCP, Fate.REJECT),
        ("10.96.0.10", 80, Protocol.UDP, Fate.REJECT),
        ("10.96.0.10", 80, Protocol.SCTP, Fate.REJECT),
        ("10.96.0.10", 0, None, Fate.UNTOUCHED),
        ("10.96.0.99", 80, Protocol.TCP, Fate.DROP),
        ("10.96.0.99", 0, None, Fate.DROP),
        ("10.97.0.1", 80, Protocol.TCP, Fate.UNTOUCHED),
        (NODE_IP, 80, Protocol.TCP, Fate.UNTOUCHED),
    ],
)
def test_what_no_frontend_takes_is_refused_dropped_or_left_alone(to, port, protocol, fate):
    assert {fate: Fraction(1)} == outcomes(POD, to, port, protocol)


def test_the_cluster_ip_of_another_proxy_is_left_alone_inside_the_service_range():
    graph = graph_of([service(foreign_proxy=True)], [BACKENDS])
    assert {Fate.UNTOUCHED: Fraction(1)} == outcomes(POD, "10.96.0.10", graph=graph)


def test_node_ports_answer_on_local_addresses_and_nowhere_else():
    graph = graph_of([service(**WITH_NODE_PORT)], [BACKENDS])
    assert both(masquerade=True) == outcomes(CLIENT, NODE_IP, 30080, graph=graph)
    assert {Fate.UNTOUCHED: Fraction(1)} == outcomes(CLIENT, "192.0.2.200", 30080, graph=graph)
    assert {Fate.UNTOUCHED: Fraction(1)} == outcomes(CLIENT, NODE_IP, 30080, Protocol.UDP, graph=graph)


@pytest.mark.parametrize("given", [True, False])
def test_loopback_serves_node_ports_only_when_asked_for(given):
    graph = graph_of([service(**WITH_NODE_PORT)], [BACKENDS], config(localhost_node_ports=given))
    expected = both(masquerade=True) if given else {Fate.UNTOUCHED: Fraction(1)}
    assert expected == outcomes("127.0.0.1", "127.0.0.1", 30080, graph=graph, hook=Hook.OUTPUT)


def test_loopback_from_another_host_is_dropped_where_loopback_is_open():
    graph = graph_of([service(**WITH_NODE_PORT)], [BACKENDS], config(localhost_node_ports=True))
    assert {Fate.DROP: Fraction(1)} == outcomes(CLIENT, "127.0.0.1", 22, graph=graph)


def test_the_gate_comes_before_the_route():
    one = service(
        type=ServiceType.LOAD_BALANCER,
        load_balancer_ips=addresses("192.0.2.10"),
        source_ranges=networks("198.51.100.0/24"),
    )
    graph = graph_of([one])
    assert {Fate.DROP: Fraction(1)} == outcomes(POD, "192.0.2.10", graph=graph)
    assert {Fate.REJECT: Fraction(1)} == outcomes("198.51.100.9", "192.0.2.10", graph=graph)


def test_affinity_stands_beside_the_outcomes():
    walked = walk(graph_of([service(affinity_seconds=60)], [BACKENDS]), packet(POD, "10.96.0.10"))
    assert (60, both(masquerade=False)) == (walked.affinity, walked.outcomes)


@pytest.mark.parametrize(
    ("source", "hook", "expected"),
    [
        (POD, Hook.PREROUTING, Origin.POD),
        (NODE_IP, Hook.OUTPUT, Origin.NODE),
        ("127.0.0.1", Hook.OUTPUT, Origin.NODE),
        (CLIENT, Hook.PREROUTING, Origin.EXTERNAL),
    ],
)
def test_who_a_client_is_is_told_by_its_address(source, hook, expected):
    assert expected is origin_of(graph_of([]).host, packet(source, "10.96.0.10", hook=hook))


@pytest.mark.parametrize(
    ("mode", "name", "iface", "expected"),
    [
        (DetectLocal.BRIDGE_INTERFACE, "cbr0", "cbr0", Origin.POD),
        (DetectLocal.BRIDGE_INTERFACE, "cbr0", "cbr01", Origin.EXTERNAL),
        (DetectLocal.INTERFACE_PREFIX, "veth", "veth12ab", Origin.POD),
        (DetectLocal.INTERFACE_PREFIX, "veth", "eth0", Origin.EXTERNAL),
    ],
)
def test_by_interface_a_pods_address_does_not_count(mode, name, iface, expected):
    host = graph_of([], node=config(detect_local=mode, local_interface=name)).host
    assert expected is origin_of(host, packet(POD, "10.96.0.10", iface=iface))


def test_local_addresses_and_those_that_take_node_ports():
    host = graph_of([], node=config(node_port_cidrs=networks("172.20.0.0/16"))).host
    local = [is_local(host, one) for one in addresses(NODE_IP, "127.3.4.5", "::1", CLIENT)]
    assert [True, True, True, False] == local
    assert [True, False, False] == [takes_node_ports(host, one) for one in addresses(NODE_IP, "127.0.0.1", "::1")]


def test_without_a_detector_pods_lose_the_short_circuit_and_node_processes_keep_it():
    one = service(external_policy=TrafficPolicy.LOCAL, external_ips=addresses("192.0.2.1"))
    graph = graph_of([one], [BACKENDS], config(detect_local=DetectLocal.NONE))
    assert {Dnat("10.128.7.21", 8080, masquerade=False): Fraction(1)} == outcomes(POD, "192.0.2.1", graph=graph)
    assert both(masquerade=True) == outcomes(NODE_IP, "192.0.2.1", graph=graph, hook=Hook.OUTPUT)
