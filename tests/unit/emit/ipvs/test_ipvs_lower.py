"""What of the graph becomes virtual and real servers, addresses, and the companion."""

import pytest

from svcc.emit.ipvs.lower import lower
from svcc.emit.ipvs.ruleset import Real, RealKey, VirtualKey
from svcc.emit.ipvs.walk import Walker
from svcc.graph.nodes import DR, MASQ, TUN
from svcc.graph.packet import Dnat, Fate, Hook
from svcc.model.service import EVERY_OTHER, ConnectionLimit, ServicePort, ServiceType, TrafficPolicy
from svcc.net import Family, Protocol
from tests.support import (
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

HERE, AWAY = "10.128.7.21", "10.128.9.31"
ENDPOINTS = endpoint_slice(endpoint(HERE, NODE), endpoint(AWAY, "worker-2"))
INNER = networks("169.254.96.0/20", "fd00:ffff::/64")
NODE_PORT = (ServicePort("http", Protocol.TCP, 80, 30080),)
LOCAL = TrafficPolicy.LOCAL
POD, OUTSIDER = "10.128.7.40", "198.51.100.7"


def lowered(*services, slices=(ENDPOINTS,), **changes):
    return lower(graph_of(services, slices, config(**changes)), INNER)


def virtuals(state):
    return {str(at): one for at, one in state.virtuals.items()}


def sent(held, source, to, port=80, protocol=Protocol.TCP, hook=Hook.PREROUTING):
    """Return where a packet goes: addresses of endpoints, marked with * where the client is masqueraded."""
    walked = Walker(held.state, held.companions, addresses(NODE_IP)).walk(packet(source, to, port, protocol, hook))
    return {
        f"{to.address}:{to.port}{'*' * to.masquerade}" if isinstance(to, Dnat) else to.value for to in walked.outcomes
    }


def test_addresses_of_services_stand_on_the_interface_and_those_of_the_node_do_not():
    held = lowered(service(external_ips=addresses("192.0.2.1", NODE_IP)))
    assert ("10.96.0.10", "192.0.2.1") == held.state.addresses
    assert {"10.96.0.10:80/TCP", "192.0.2.1:80/TCP", "172.20.5.11:80/TCP"} == set(virtuals(held.state))


def test_a_node_port_has_a_virtual_server_on_each_address_that_serves_it():
    node_port = service(type=ServiceType.NODE_PORT, ports=NODE_PORT)
    node_ips = addresses(NODE_IP, "172.21.5.11", "fd00:20::11")
    everywhere = virtuals(lowered(node_port, node_ips=node_ips).state)
    assert {"10.96.0.10:80/TCP", "172.20.5.11:30080/TCP", "172.21.5.11:30080/TCP"} == set(everywhere)
    some = virtuals(lowered(node_port, node_ips=node_ips, node_port_cidrs=networks("172.21.0.0/16")).state)
    assert {"10.96.0.10:80/TCP", "172.21.5.11:30080/TCP"} == set(some)


def test_an_external_address_of_the_node_comes_before_a_node_port_of_the_same_number():
    first = service("a", ports=(ServicePort("http", Protocol.TCP, 30080),), external_ips=addresses(NODE_IP))
    second = service("b", "10.96.0.11", type=ServiceType.NODE_PORT, ports=NODE_PORT)
    slices = (endpoint_slice(endpoint(HERE), of="a"), endpoint_slice(endpoint(AWAY), of="b"))
    held = lowered(first, second, slices=slices)
    assert "lab/a:http" == virtuals(held.state)["172.20.5.11:30080/TCP"].service
    assert {f"{HERE}:8080*"} == sent(held, OUTSIDER, NODE_IP, 30080)


def test_a_frontend_without_endpoints_has_no_virtual_server():
    held = lowered(service(), slices=())
    assert ({}, ("10.96.0.10",)) == (held.state.virtuals, held.state.addresses)
    assert {Fate.REJECT.value} == sent(held, POD, "10.96.0.10")


@pytest.mark.parametrize(
    ("asked", "weights", "scheduler"),
    [
        (None, {}, "rr"),
        (None, {HERE: 3}, "wrr"),
        ("rr", {HERE: 3}, "wrr"),
        ("lc", {}, "lc"),
        ("lc", {HERE: 3}, "wlc"),
        ("random", {HERE: 3}, "wrr"),
        ("sh", {HERE: 3}, "sh"),
        ("ovf", {HERE: 3}, "ovf"),
    ],
)
def test_weights_count_with_every_scheduler(asked, weights, scheduler):
    state = lowered(service(scheduler=asked, weights=weights)).state
    assert [scheduler] == [one.scheduler for one in state.virtuals.values()]


@pytest.mark.parametrize(("scheduler", "flag"), [("sh", "sh-fallback"), ("mh", "mh-fallback")])
def test_a_hash_never_refuses_a_client_while_another_server_could_take_it(scheduler, flag):
    for asked in ((), (flag,)):
        state = lowered(service(scheduler=scheduler, scheduler_flags=asked)).state
        assert [(flag,)] == [one.flags for one in state.virtuals.values()]


def test_packet_by_packet_is_for_udp_alone():
    ports = (ServicePort("http", Protocol.TCP, 80), ServicePort("http", Protocol.UDP, 80))
    slices = (ENDPOINTS, endpoint_slice(endpoint(HERE), protocol=Protocol.UDP, suffix="y"))
    asked = service(ports=ports, scheduler="sh", scheduler_flags=("ops", "sh-port"))
    held = virtuals(lowered(asked, slices=slices).state)
    assert {
        "10.96.0.10:80/TCP": ("sh-fallback", "sh-port"),
        "10.96.0.10:80/UDP": ("ops", "sh-fallback", "sh-port"),
    } == {at: one.flags for at, one in held.items()}


def test_limits_and_forwarding_are_the_real_servers():
    limits = {HERE: ConnectionLimit(0, 50), EVERY_OTHER: ConnectionLimit(100, 200)}
    state = lowered(service(connection_limits=limits, forwarding=TUN)).state
    at = VirtualKey(*addresses("10.96.0.10"), Protocol.TCP, 80)
    assert {RealKey(HERE, 8080): Real(1, TUN, 0, 50), RealKey(AWAY, 8080): Real(1, TUN, 100, 200)} == {
        to: one for (where, to), one in state.reals.items() if where == at
    }


@pytest.mark.parametrize(("forwarding", "mark"), [(MASQ, "*"), (DR, ""), (TUN, "")])
def test_who_is_masqueraded_depends_on_the_forwarding_method(forwarding, mark):
    held = lowered(service(forwarding=forwarding, external_ips=addresses("192.0.2.1")))
    everyone = {f"{HERE}:8080{mark}", f"{AWAY}:8080{mark}"}
    assert everyone == sent(held, OUTSIDER, "10.96.0.10") == sent(held, OUTSIDER, "192.0.2.1")
    assert {f"{HERE}:8080", f"{AWAY}:8080"} == sent(held, POD, "10.96.0.10")


def test_outsiders_of_a_local_policy_reach_an_inner_address_with_their_own():
    held = lowered(service(external_ips=addresses("192.0.2.1"), external_policy=LOCAL))
    (inside,) = [one for one in held.state.addresses if one.startswith("169.254.")]
    (at,) = [one for one in held.state.virtuals if one.address == inside]
    assert [RealKey(HERE, 8080)] == [to for where, to in held.state.reals if where == at]
    assert {f"{HERE}:8080"} == sent(held, OUTSIDER, "192.0.2.1")
    assert {f"{HERE}:8080", f"{AWAY}:8080"} == sent(held, POD, "192.0.2.1")
    assert {f"{HERE}:8080*", f"{AWAY}:8080*"} == sent(held, NODE_IP, "192.0.2.1", hook=Hook.OUTPUT)
    assert {"drop"} == sent(held, OUTSIDER, inside, at.port)


def test_an_inner_address_hangs_on_its_frontend_alone():
    one = service(external_ips=addresses("192.0.2.1"), external_policy=LOCAL)
    other = service("api", "10.96.0.11", external_ips=addresses("192.0.2.2"), external_policy=LOCAL)
    slices = (ENDPOINTS, endpoint_slice(endpoint(HERE, NODE), of="api"))
    alone = {at for at in lowered(one).state.virtuals if at.address.startswith("169.254.")}
    assert alone < {at for at in lowered(one, other, slices=slices).state.virtuals if at.address.startswith("169.254.")}


def test_a_process_of_the_node_with_an_address_of_a_service_is_masqueraded():
    held = lowered(service(), cluster_cidrs=())
    assert {f"{HERE}:8080", f"{AWAY}:8080"} == sent(held, NODE_IP, "10.96.0.10", hook=Hook.OUTPUT)
    assert {f"{HERE}:8080*", f"{AWAY}:8080*"} == sent(held, "10.96.0.10", "10.96.0.10", hook=Hook.OUTPUT)


def test_an_endpoint_at_an_address_of_the_node_is_its_own_hairpin_only_through_a_service():
    held = lowered(
        service(external_ips=addresses("192.0.2.1")),
        slices=(endpoint_slice(endpoint(NODE_IP, NODE)),),
        cluster_cidrs=(),
    )
    table = held.companions[Family.IPV4]
    assert {f"{NODE_IP} . {NODE_IP}"} == set(table.collections["own-hairpins"].elements)
    assert {} == table.collections["hairpins"].elements
    assert {f"{NODE_IP}:8080*"} == sent(held, NODE_IP, "10.96.0.10", hook=Hook.OUTPUT)
    assert {"accept"} == sent(held, NODE_IP, NODE_IP, 8080, hook=Hook.OUTPUT)


def test_only_new_connections_pass_the_companion():
    chains = lowered(service()).companions[Family.IPV4].chains
    for name in ("before-prerouting", "before-output"):
        jumps = [rule for rule in chains[name].rules if "jump" in rule or "mark set" in rule]
        assert jumps
        assert all(rule.startswith("ct state new ") for rule in jumps)


def test_the_cluster_ip_of_another_proxy_is_left_alone():
    held = lowered(service("mesh", "10.96.0.11", foreign_proxy=True), service())
    assert "10.96.0.11" not in held.state.addresses
    assert {"accept"} == sent(held, OUTSIDER, "10.96.0.11")


def test_ports_that_nobody_serves_are_refused_on_every_address_of_the_interface():
    held = lowered(service(external_ips=addresses("192.0.2.1")))
    assert {"reject"} == sent(held, OUTSIDER, "10.96.0.10", 81) == sent(held, OUTSIDER, "192.0.2.1", 22)
    assert {"accept"} == sent(held, OUTSIDER, "192.0.2.1", 0, None) == sent(held, OUTSIDER, NODE_IP, 22)
    assert {"drop"} == sent(held, OUTSIDER, "10.96.0.99")


def gated(*ranges, policy=TrafficPolicy.CLUSTER):
    balancer = service(
        type=ServiceType.LOAD_BALANCER,
        load_balancer_ips=addresses("192.0.2.1"),
        source_ranges=networks(*ranges),
        external_policy=policy,
    )
    return lowered(balancer)


@pytest.mark.parametrize("policy", list(TrafficPolicy))
def test_a_process_of_the_node_passes_a_gate_that_holds_the_node(policy):
    # Its source is the address that it connects to, since that stands on an interface of the node.
    everyone = {f"{HERE}:8080*", f"{AWAY}:8080*"}
    assert everyone == sent(gated("172.20.0.0/16", policy=policy), "192.0.2.1", "192.0.2.1", hook=Hook.OUTPUT)
    assert {"drop"} == sent(gated("198.51.100.0/24", policy=policy), "192.0.2.1", "192.0.2.1", hook=Hook.OUTPUT)


def test_a_gate_is_asked_before_outsiders_go_to_this_nodes_endpoints():
    held = gated("198.51.100.0/24", policy=LOCAL)
    assert {f"{HERE}:8080"} == sent(held, OUTSIDER, "192.0.2.1")
    assert {"drop"} == sent(held, "203.0.113.9", "192.0.2.1") == sent(held, POD, "192.0.2.1")


def test_node_ports_on_localhost_are_the_companions():
    node_port = service(type=ServiceType.NODE_PORT, ports=NODE_PORT, external_policy=LOCAL)
    held = lowered(node_port, localhost_node_ports=True)
    assert not any(at.address.startswith("127.") for at in held.state.virtuals)
    assert {f"{HERE}:8080*", f"{AWAY}:8080*"} == sent(held, "127.0.0.1", "127.0.0.1", 30080, hook=Hook.OUTPUT)
    assert {"drop"} == sent(held, OUTSIDER, "127.0.0.1", 30080)
    assert {"accept"} == sent(lowered(node_port), "127.0.0.1", "127.0.0.1", 30080, hook=Hook.OUTPUT)
    assert {f"{HERE}:8080"} == sent(held, OUTSIDER, NODE_IP, 30080)


def test_all_traffic_to_cluster_ips_is_masqueraded_where_that_is_asked_for():
    held = lowered(service(), masquerade_all=True)
    assert {f"{HERE}:8080*", f"{AWAY}:8080*"} == sent(held, POD, "10.96.0.10")


def test_a_pod_that_is_sent_to_itself_is_masqueraded():
    assert {f"{HERE}:8080*", f"{AWAY}:8080"} == sent(lowered(service()), HERE, "10.96.0.10")
