"""Where packets arrive and where each kind of client is sent."""

import pytest

from svcc.config import DetectLocal
from svcc.graph.nodes import AddressPort, FrontendKind, NodePort, Pods, Scope, Verdict
from svcc.model.service import ServicePort, ServiceType, TrafficPolicy
from svcc.net import Family, Protocol
from tests.support import NODE, NODE_IP, addresses, config, endpoint, endpoint_slice, networks, raw_graph, service

TCP = Protocol.TCP
HERE, AWAY = endpoint("10.128.7.21", NODE), endpoint("10.128.9.31", "worker-2")
EVERYWHERE, ONLY_AWAY = endpoint_slice(HERE, AWAY), endpoint_slice(AWAY)
NODE_PORT = (ServicePort("http", TCP, 80, 30080),)
LOCAL = TrafficPolicy.LOCAL


def at(text, port=80):
    return AddressPort(addresses(text)[0], TCP, port)


def frontend(place, one=None, slices=(EVERYWHERE,), node=None):
    graph = raw_graph([one or service()], slices, node)
    (only,) = [held for held in graph.frontends if held.at == place]
    return only


def told(target):
    """Return a target as its scope or verdict, and whether it masquerades."""
    return (target.to.value if isinstance(target.to, Verdict) else target.to.scope, target.masquerade)


def route(*words, **more):
    then = frontend(*words, **more).then
    return tuple(told(one) for one in then.targets)


ALL, ALL_MASQUERADED = ("cluster", False), ("cluster", True)
NEAR, NEAR_MASQUERADED = ("local", False), ("local", True)
REJECT, DROP = ("reject", False), ("drop", False)
EXTERNAL = {"external_ips": addresses("192.0.2.1")}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (config(), (ALL, ALL_MASQUERADED, ALL_MASQUERADED)),
        (config(masquerade_all=True), (ALL_MASQUERADED,) * 3),
        (config(cluster_cidrs=()), (ALL,) * 3),
        (config(detect_local=DetectLocal.NONE), (ALL,) * 3),
        (config(cluster_cidrs=networks("fd00:10::/48")), (ALL,) * 3),
        (
            config(detect_local=DetectLocal.BRIDGE_INTERFACE, local_interface="cbr0"),
            (ALL, ALL_MASQUERADED, ALL_MASQUERADED),
        ),
        (config(cluster_cidrs=(), masquerade_all=True), (ALL_MASQUERADED,) * 3),
    ],
)
def test_a_cluster_ip_masquerades_whoever_is_known_not_to_be_a_pod(node, expected):
    assert expected == route(at("10.96.0.10"), node=node)


def test_the_internal_local_policy_restricts_the_cluster_ip_alone():
    one = service(internal_policy=LOCAL, **EXTERNAL)
    assert (NEAR, NEAR_MASQUERADED, NEAR_MASQUERADED) == route(at("10.96.0.10"), one)
    assert (ALL_MASQUERADED,) * 3 == route(at("192.0.2.1"), one)


def test_the_external_local_policy_keeps_only_outsiders_to_this_node():
    one = service(external_policy=LOCAL, **EXTERNAL)
    assert (ALL, ALL_MASQUERADED, NEAR) == route(at("192.0.2.1"), one)
    assert (ALL, ALL_MASQUERADED, ALL_MASQUERADED) == route(at("10.96.0.10"), one)


@pytest.mark.parametrize(
    ("slices", "expected"),
    [
        ((ONLY_AWAY,), (ALL, ALL_MASQUERADED, DROP)),
        ((), (REJECT,) * 3),
        ((endpoint_slice(endpoint("10.128.7.21", NODE, ready=False)),), (REJECT,) * 3),
    ],
)
def test_local_without_endpoints_here_drops_and_without_any_rejects(slices, expected):
    assert expected == route(at("192.0.2.1"), service(external_policy=LOCAL, **EXTERNAL), slices)


def test_internal_local_without_endpoints_here_drops_for_everyone():
    assert (DROP,) * 3 == route(at("10.96.0.10"), service(internal_policy=LOCAL), (ONLY_AWAY,))


def test_endpoints_of_weight_0_alone_are_rejected():
    one = service(weights={"10.128.7.21": 0, "10.128.9.31": 0})
    assert (REJECT,) * 3 == route(at("10.96.0.10"), one)


def test_endpoints_of_weight_0_are_in_no_pool():
    graph = raw_graph([service(weights={"10.128.7.21": 0})], [EVERYWHERE])
    held = {pool.id.scope: [one.address for one in pool.backends] for pool in graph.pools}
    assert {"cluster": ["10.128.9.31"]} == held


def test_every_kind_of_address_has_its_frontend():
    one = service(
        type=ServiceType.LOAD_BALANCER,
        ports=NODE_PORT,
        load_balancer_ips=addresses("192.0.2.10"),
        **EXTERNAL,
    )
    assert [
        (at("10.96.0.10"), FrontendKind.CLUSTER_IP),
        (at("192.0.2.1"), FrontendKind.EXTERNAL_IP),
        (at("192.0.2.10"), FrontendKind.LOAD_BALANCER),
        (NodePort(Family.IPV4, TCP, 30080), FrontendKind.NODE_PORT),
    ] == [(held.at, held.kind) for held in raw_graph([one], [EVERYWHERE]).frontends]


def test_addresses_of_a_family_without_cluster_ip_have_no_frontend():
    one = service(external_ips=addresses("fd00:5::1"), load_balancer_ips=addresses("fd00:5::2"))
    assert [at("10.96.0.10")] == [held.at for held in raw_graph([one]).frontends]


def test_an_address_named_twice_by_a_service_is_one_frontend_and_the_open_one_wins():
    one = service(
        external_ips=addresses("192.0.2.1"),
        load_balancer_ips=addresses("192.0.2.1"),
        source_ranges=networks("10.0.0.0/8"),
    )
    assert (FrontendKind.EXTERNAL_IP, None) == (
        frontend(at("192.0.2.1"), one).kind,
        frontend(at("192.0.2.1"), one).gate,
    )


@pytest.mark.parametrize(
    ("given", "assign", "used"),
    [((), False, []), ((), True, ["192.0.2.9"]), (("192.0.2.10",), True, ["192.0.2.10"])],
)
def test_a_requested_load_balancer_ip_counts_only_when_asked_for_and_without_status(given, assign, used):
    one = service(
        type=ServiceType.LOAD_BALANCER,
        load_balancer_ips=addresses(*given),
        requested_load_balancer_ip=addresses("192.0.2.9")[0],
    )
    graph = raw_graph([one], node=config(assign_load_balancer_ips=assign))
    assert used == [held.at.address for held in graph.frontends if held.kind is FrontendKind.LOAD_BALANCER]


def gate(*ranges, one=(), place=None, node=None):
    held = service(
        type=ServiceType.LOAD_BALANCER,
        ports=NODE_PORT,
        load_balancer_ips=addresses("192.0.2.10"),
        source_ranges=networks(*ranges),
        **dict(one),
    )
    found = frontend(place or at("192.0.2.10"), held, node=node).gate
    return None if found is None else [str(network) for network in found.allow]


@pytest.mark.parametrize(
    ("ranges", "allowed"),
    [
        ((), None),
        (("198.51.100.0/24",), ["198.51.100.0/24"]),
        (("198.51.100.0/25", "198.51.100.128/25", "198.51.100.7/32"), ["198.51.100.0/24"]),
        (("0.0.0.0/0",), None),
        (("198.51.100.0/24", "0.0.0.0/0"), None),
        (("fd00::/8",), None),
        (("198.51.100.0/24", "::/0"), ["198.51.100.0/24"]),
        ((f"{NODE_IP}/32",), [f"{NODE_IP}/32", "192.0.2.10/32"]),
    ],
)
def test_source_ranges_of_the_family_gate_a_load_balancer_ip(ranges, allowed):
    assert allowed == gate(*ranges)


def test_source_ranges_gate_node_ports_only_with_the_annotation():
    place = NodePort(Family.IPV4, TCP, 30080)
    ranges = (f"{NODE_IP}/32",)
    assert (None, list(ranges)) == (
        gate(*ranges, place=place),
        gate(*ranges, place=place, one={"gate_node_ports": True}),
    )


def test_source_ranges_never_gate_the_cluster_ip():
    assert gate("198.51.100.0/24", place=at("10.96.0.10")) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["0.0.0.0/0", "::/0"]),
        ({"node_port_primary": True}, ["172.20.5.11/32", "fd00:20::11/128"]),
        ({"node_port_cidrs": networks("172.20.0.0/16")}, ["172.20.0.0/16", "::/0"]),
        ({"node_port_cidrs": networks("fd00::/8")}, ["0.0.0.0/0", "fd00::/8"]),
        ({"node_port_cidrs": networks("172.20.0.0/17", "172.20.128.0/17", "::/0")}, ["172.20.0.0/16", "::/0"]),
    ],
)
def test_node_ports_are_on_the_chosen_addresses(changes, expected):
    assert expected == [str(one) for one in raw_graph([], node=config(**changes)).host.node_ports_on]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Pods(networks("10.128.0.0/14", "fd00:10::/48"))),
        (
            {"detect_local": DetectLocal.NODE_CIDR, "pod_cidrs": networks("10.128.7.0/24")},
            Pods(networks("10.128.7.0/24")),
        ),
        ({"detect_local": DetectLocal.NONE}, Pods()),
        ({"detect_local": DetectLocal.BRIDGE_INTERFACE, "local_interface": "cbr0"}, Pods((), "cbr0")),
        ({"detect_local": DetectLocal.INTERFACE_PREFIX, "local_interface": "veth"}, Pods((), "veth", prefix=True)),
    ],
)
def test_pods_are_told_as_the_detector_says(changes, expected):
    assert expected == raw_graph([], node=config(**changes)).host.pods


@pytest.mark.parametrize(
    ("ports", "asked", "given"),
    [(NODE_PORT, True, True), (NODE_PORT, False, False), ((ServicePort("http", TCP, 80),), True, False)],
)
def test_loopback_is_opened_only_when_asked_for_and_there_is_a_node_port(ports, asked, given):
    graph = raw_graph([service(ports=ports)], node=config(localhost_node_ports=asked))
    assert given == graph.host.localhost_ports


def test_loopback_is_not_opened_for_ipv6_node_ports():
    graph = raw_graph([service(ip="fd00:96::10", ports=NODE_PORT)], node=config(localhost_node_ports=True))
    assert not graph.host.localhost_ports


def test_cluster_ips_are_owned_and_those_of_another_proxy_are_untouched():
    graph = raw_graph([service(), service("mesh", "10.96.0.11", foreign_proxy=True)])
    assert (("10.96.0.10",), ("10.96.0.11",)) == (graph.host.cluster_ips, graph.host.untouched)


def test_a_service_passes_affinity_and_scheduler_to_its_pools():
    one = service(affinity_seconds=600, scheduler="lc")
    assert {(600, "lc")} == {(pool.affinity, pool.scheduler) for pool in raw_graph([one], [EVERYWHERE]).pools}


def test_the_configured_scheduler_counts_where_the_service_names_none():
    pools = raw_graph([service()], [EVERYWHERE], config(scheduler="sh")).pools
    assert {"sh"} == {pool.scheduler for pool in pools}


def test_frontends_and_pools_are_sorted_whatever_the_order_of_the_input():
    services = [service("b", "10.96.0.9"), service("a", "10.96.0.10"), service("c", "fd00:96::1")]
    slices = [endpoint_slice(endpoint("10.128.7.21"), of=name) for name in ("a", "b")]
    expected, actual = raw_graph(services, slices), raw_graph(services[::-1], slices[::-1])
    assert expected == actual
    assert ["10.96.0.9", "10.96.0.10", "fd00:96::1"] == [one.at.address for one in actual.frontends]
    assert [("a", Scope.CLUSTER.value), ("b", Scope.CLUSTER.value)] == [
        (one.id.name.service, one.id.scope) for one in actual.pools
    ]


def test_source_ranges_that_are_everybody_together_are_no_gate():
    one = service(
        type=ServiceType.LOAD_BALANCER,
        load_balancer_ips=addresses("192.0.2.1"),
        source_ranges=networks("0.0.0.0/1", "128.0.0.0/1"),
    )
    graph = raw_graph([one], [endpoint_slice(endpoint("10.128.7.21"))])
    assert [None, None] == [frontend.gate for frontend in graph.frontends]
