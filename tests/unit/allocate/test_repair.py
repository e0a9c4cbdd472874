"""Facts that cannot stay: who moves, why, and where it is said."""

import pytest

from svcc.diag import Severity
from tests.unit.allocate.given import PORT, allocated, lock, node, service

NODE_PORT = "type: NodePort, clusterIP: 10.96.0.{}, ports: [{{port: 80}}]"
BALANCER = (
    "type: LoadBalancer, externalTrafficPolicy: Local, clusterIP: 10.96.0.{}, ports: [{{port: 80, nodePort: {}}}]"
)
EXTERNAL = "type: ExternalName, externalName: a.example.com"


def places(outcome):
    return [(one.span.source.name, one.span.line, [place.span.line for place in one.related]) for one in outcome.sink]


def test_a_fact_outside_of_the_ranges_moves():
    outcome = allocated(service("cart"), held=lock("shop/cart IPv4: 10.97.0.40"))
    assert ["SVC232"] == outcome.codes
    new = outcome.facts["shop/cart IPv4"]
    assert [
        f"Service shop/cart moves from 10.97.0.40 to {new}, because 10.97.0.40 is outside serviceCIDRs (10.96.0.0/24)"
    ] == outcome.messages
    assert [("svcc.lock", 4, [])] == places(outcome)
    one = next(iter(outcome.sink))
    assert ("Service/shop/cart", "clusterIPs[shop/cart IPv4]", 19) == (one.object, one.field, one.span.column)


@pytest.mark.parametrize(("address", "end"), [("10.96.0.0", "network"), ("10.96.0.255", "broadcast")])
def test_the_ends_of_a_range_belong_to_nobody(address, end):
    outcome = allocated(service("cart"), held=lock(f"shop/cart IPv4: {address}"))
    assert ["SVC232"] == outcome.codes
    assert outcome.messages[0].endswith(f"because {address} is the {end} address of 10.96.0.0/24")


def test_the_last_address_of_ipv6_is_an_address_like_others():
    facts = lock("shop/cart IPv6: fd00::ff", 'shop/front IPv6: "fd00::"')
    outcome = allocated(service("cart"), service("front"), held=facts, config=node("fd00::/120"))
    assert "fd00::ff" == outcome.facts["shop/cart IPv6"]
    assert outcome.messages[0].startswith(
        f"Service shop/front moves from fd00:: to {outcome.facts['shop/front IPv6']}, "
    )
    assert outcome.messages[0].endswith("because fd00:: is the network address of fd00::/120")


def test_a_family_without_range_has_its_idle_facts_dropped():
    facts = lock("shop/cart IPv4: 10.96.0.40", "shop/cart IPv6: fd00::40")
    outcome = allocated(service("cart"), held=facts)
    assert {"shop/cart IPv4": "10.96.0.40"} == outcome.facts
    assert ["SVC232"] == outcome.codes
    assert [
        (
            "Service shop/cart gives up fd00::40, which it does not need now, "
            "because fd00::40 is outside serviceCIDRs (no IPv6 range)"
        )
    ] == outcome.messages


def test_a_node_port_outside_of_the_range_moves():
    outcome = allocated(service("cart", NODE_PORT.format(5)), held=lock("shop/cart 80/TCP: 29999"))
    new = outcome.facts["shop/cart 80/TCP"]
    assert [
        (
            f"port 80/TCP of Service shop/cart moves from node port 29999 to {new}, "
            "because 29999 is outside nodePortRange (30000-32767)"
        )
    ] == outcome.messages


def test_of_two_facts_with_one_value_the_first_key_stays():
    facts = lock("shop/front IPv4: 10.96.0.40", "shop/cart IPv4: 10.96.0.40")
    outcome = allocated(service("front"), service("cart"), held=facts)
    assert "10.96.0.40" == outcome.facts["shop/cart IPv4"]
    new = outcome.facts["shop/front IPv4"]
    assert ["SVC233"] == outcome.codes
    assert [
        f"Service shop/front moves from 10.96.0.40 to {new}, because the lock has 10.96.0.40 for Service shop/cart too"
    ] == outcome.messages
    assert [("svcc.lock", 4, [9, 5])] == places(outcome)


def test_of_two_facts_with_one_value_the_needed_one_stays():
    facts = lock("shop/cart IPv4: 10.96.0.40", "shop/front IPv4: 10.96.0.40")
    outcome = allocated(service("front"), service("cart", EXTERNAL), held=facts)
    assert {"shop/front IPv4": "10.96.0.40"} == outcome.facts
    assert [
        (
            "Service shop/cart gives up 10.96.0.40, which it does not need now, "
            "because the lock has 10.96.0.40 for Service shop/front too"
        )
    ] == outcome.messages


def test_a_node_port_and_a_health_check_cannot_be_one():
    facts = lock("shop/front: 31000", "shop/cart 80/TCP: 31000")
    outcome = allocated(service("front", BALANCER.format(6, 30001)), service("cart", NODE_PORT.format(5)), held=facts)
    assert 31000 == outcome.facts["shop/cart 80/TCP"]
    assert ["SVC233"] == outcome.codes
    assert outcome.messages[0].startswith("the health check of Service shop/front moves from node port 31000 to ")


def test_an_address_that_a_manifest_states_is_taken_from_the_lock():
    other = service("front", f"clusterIP: 10.96.0.40, {PORT}")
    outcome = allocated(service("cart"), other, held=lock("shop/cart IPv4: 10.96.0.40"))
    new = outcome.facts["shop/cart IPv4"]
    assert ["SVC234"] == outcome.codes
    assert [
        f"Service shop/cart moves from 10.96.0.40 to {new}, because Service shop/front states 10.96.0.40 in spec.clusterIP"
    ] == outcome.messages
    assert [("svcc.lock", 4, [10])] == places(outcome)
    assert ("10.96.0.40",) == outcome.services["front"].cluster_ips


def test_an_address_counts_as_stated_in_any_role():
    other = service("front", f"clusterIP: 10.96.0.5, externalIPs: [192.0.2.1, 10.96.0.40], {PORT}")
    outcome = allocated(service("cart"), other, held=lock("shop/cart IPv4: 10.96.0.40"))
    assert ["SVC234"] == outcome.codes
    assert outcome.messages[0].endswith("because Service shop/front states 10.96.0.40 in spec.externalIPs[1]")


def test_a_service_may_have_its_own_external_ip_as_cluster_ip():
    cart = service("cart", f"externalIPs: [10.96.0.40], {PORT}")
    assert [] == allocated(cart, held=lock("shop/cart IPv4: 10.96.0.40")).codes


def test_an_idle_fact_makes_way_for_what_a_manifest_states():
    other = service("front", f"clusterIP: 10.96.0.40, {PORT}")
    outcome = allocated(service("cart", EXTERNAL), other, held=lock("shop/cart IPv4: 10.96.0.40"))
    assert {} == outcome.facts
    assert ["SVC234"] == outcome.codes
    assert outcome.messages[0].startswith("Service shop/cart gives up 10.96.0.40, which it does not need now")


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ("shop/cart 80/TCP: 31000", "port 80/TCP of Service shop/cart"),
        ("shop/cart: 31000", "the health check of Service shop/cart"),
    ],
)
@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ("type: NodePort, clusterIP: 10.96.0.6, ports: [{port: 80, nodePort: 31000}]", "spec.ports[0].nodePort"),
        (f"{BALANCER.format(6, 30001)}, healthCheckNodePort: 31000", "spec.healthCheckNodePort"),
    ],
)
def test_a_port_that_a_manifest_states_is_taken_from_the_lock(fact, words, stated, field):
    cart = service("cart", f"type: LoadBalancer, externalTrafficPolicy: Local, clusterIP: 10.96.0.5, {PORT}")
    outcome = allocated(cart, service("front", stated), held=lock(fact))
    new = outcome.facts[fact.rpartition(":")[0]]
    assert ["SVC234"] == outcome.codes
    assert [
        f"{words} moves from node port 31000 to {new}, because Service shop/front states 31000 in {field}"
    ] == outcome.messages


def test_a_port_makes_way_for_another_port_of_its_own_service():
    spec = "type: NodePort, clusterIP: 10.96.0.5, ports: [{name: a, port: 80}, {name: b, port: 443, nodePort: 31000}]"
    outcome = allocated(service("cart", spec), held=lock("shop/cart 80/TCP: 31000"))
    assert ["SVC234"] == outcome.codes
    assert [outcome.facts["shop/cart 80/TCP"], 31000] == [port.node_port for port in outcome.services["cart"].ports]


def test_an_idle_fact_makes_room_in_a_full_range():
    facts = lock("shop/cart IPv4: 10.96.0.1", "shop/front IPv4: 10.96.0.2")
    texts = [service("cart", EXTERNAL), service("front"), service("search")]
    outcome = allocated(*texts, held=facts, config=node("10.96.0.0/30"))
    assert {"shop/front IPv4": "10.96.0.2", "shop/search IPv4": "10.96.0.1"} == outcome.facts
    assert ["SVC237"] == outcome.codes
    assert [
        (
            "Service shop/cart gives up 10.96.0.1, which it does not need now, "
            "because 10.96.0.0/30 is full and Service shop/search needs one of its addresses"
        )
    ] == outcome.messages
    assert [("svcc.lock", 4, [14])] == places(outcome)


def test_the_protocols_of_an_idle_port_make_room_together():
    spec = "type: NodePort, clusterIP: 10.96.0.5, ports: [{port: 80}]"
    facts = lock("shop/dns 53/SCTP: 30000", "shop/dns 53/TCP: 30001", "shop/dns 53/UDP: 30000")
    idle = service("dns", EXTERNAL)
    outcome = allocated(idle, service("cart", spec), held=facts, config=node(ports=(30000, 30001)))
    assert ["SVC237"] == outcome.codes
    assert {"shop/cart 80/TCP": 30001, "shop/dns 53/SCTP": 30000, "shop/dns 53/UDP": 30000} == outcome.facts
    second = service("front", spec.replace("0.5", "0.6"))
    outcome = allocated(idle, service("cart", spec), second, held=facts, config=node(ports=(30000, 30001)))
    assert ["SVC237"] * 3 == outcome.codes
    assert {"shop/cart 80/TCP": 30001, "shop/front 80/TCP": 30000} == outcome.facts


def test_a_value_that_a_needed_port_shares_is_no_room():
    dns = service("dns", "type: NodePort, clusterIP: 10.96.0.4, ports: [{port: 53, protocol: UDP}]")
    facts = lock("shop/dns 53/TCP: 30000", "shop/dns 53/UDP: 30000")
    cart = service("cart", NODE_PORT.format(5))
    outcome = allocated(dns, cart, held=facts, config=node(ports=(30000, 30000)))
    assert ["SVC235"] == outcome.codes
    assert 30000 == outcome.services["dns"].ports[0].node_port


def test_a_value_that_another_protocol_can_have_is_no_room():
    dns = service("dns", "type: NodePort, clusterIP: 10.96.0.4, ports: [{port: 53, protocol: UDP}]")
    cart = service("cart", NODE_PORT.format(5))
    outcome = allocated(dns, cart, held=lock("shop/dns 53/TCP: 30000"), config=node(ports=(30000, 30000)))
    assert ["SVC235"] == outcome.codes
    assert {"shop/dns 53/TCP": 30000, "shop/dns 53/UDP": 30000} == outcome.facts


def test_whoever_finds_no_room_loses_its_value():
    other = service("front", f"clusterIP: 10.96.0.1, {PORT}")
    held = lock("shop/cart IPv4: 10.96.0.1", "shop/search IPv4: 10.96.0.2")
    outcome = allocated(service("cart"), other, service("search"), held=held, config=node("10.96.0.0/30"))
    assert ["SVC235", "SVC234"] == outcome.codes
    assert "Service shop/cart loses 10.96.0.1" in outcome.messages[1]


def test_moves_are_warnings():
    outcome = allocated(service("cart"), held=lock("shop/cart IPv4: 10.97.0.40"))
    assert [Severity.WARNING] == [one.severity for one in outcome.sink]


def test_a_repaired_lock_needs_no_repair():
    facts = lock("shop/front IPv4: 10.96.0.40", "shop/cart IPv4: 10.96.0.40", "shop/pay IPv4: 10.97.0.1")
    texts = [service("front"), service("cart"), service("pay")]
    first = allocated(*texts, held=facts)
    assert ["SVC233", "SVC232"] == first.codes
    second = allocated(*texts, held=first)
    assert [] == second.codes
    assert first.facts == second.facts


def test_of_two_lines_for_one_key_the_other_is_told_to_give_up():
    outcome = allocated(service("cart"), held=lock("shop/cart IPv4: 10.96.0.41", "shop/cart IPv4: 10.96.0.40"))
    assert {"shop/cart IPv4": "10.96.0.40"} == outcome.facts
    assert ["Service shop/cart gives up 10.96.0.41, because the lock has 10.96.0.40 for it too"] == outcome.messages
    assert [("svcc.lock", 4, [5])] == places(outcome)
