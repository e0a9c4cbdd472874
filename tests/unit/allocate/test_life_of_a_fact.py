import re
from pathlib import Path

import pytest

import svcc.allocate
from svcc.allocate import Lock, render
from svcc.net import Family
from tests.unit.allocate.given import PORT, allocated, lock, node, service

WIDE = node("10.96.0.0/16")
CART = service("cart", f"type: NodePort, {PORT}")
FACTS = {"shop/cart IPv4": "10.96.199.48", "shop/cart 80/TCP": 31573}
OTHERS = [service(f"other-{one}", f"type: NodePort, {PORT}") for one in range(30)]


def cart_of(outcome):
    return {key: value for key, value in outcome.facts.items() if key.startswith("shop/cart ")}


def test_a_service_is_given_what_its_hash_leads_to():
    outcome = allocated(CART, config=WIDE)
    assert FACTS == outcome.facts
    cart = outcome.services["cart"]
    assert ("10.96.199.48",) == cart.cluster_ips
    assert (Family.IPV4,) == cart.ip_families
    assert [31573] == [port.node_port for port in cart.ports]
    assert [] == outcome.codes


def test_the_documentation_shows_these_values():
    root = Path(__file__).parents[3]
    for text in (svcc.allocate.__doc__, (root / "README.md").read_text(encoding="utf-8")):
        assert ["10.96.199.48"] == re.findall(r"shop/cart IPv4: (\S+)", text)
        assert ["31573"] == re.findall(r"shop/cart 80/TCP: (\S+)", text)
    other = service("search", f"clusterIP: 10.96.199.48, {PORT}")
    moved = allocated(CART, other, held=allocated(CART, config=WIDE), config=WIDE)
    assert "10.96.199.49" == moved.facts["shop/cart IPv4"]
    assert "moves to 10.96.199.49" in svcc.allocate.__doc__


def test_a_service_keeps_its_values_while_others_come_and_go():
    alone = allocated(CART, config=node("10.96.0.0/26"))
    crowd = allocated(*OTHERS[:15], CART, *OTHERS[15:], held=alone, config=node("10.96.0.0/26"))
    again = allocated(CART, held=crowd, config=node("10.96.0.0/26"))
    assert alone.facts == cart_of(crowd) == again.facts
    assert [] == [*crowd.codes, *again.codes]


@pytest.mark.parametrize(
    "spec",
    [
        "type: ExternalName, externalName: cart.example.com",
        f"clusterIP: None, {PORT}",
        "type: LoadBalancer, allocateLoadBalancerNodePorts: false, ports: [{port: 80}]",
        "type: NodePort, ports: [{port: 8080}]",
        "type: NodePort, ports: [{port: 80, protocol: UDP}]",
    ],
)
def test_a_fact_outlives_a_time_in_which_nobody_needs_it(spec):
    before = allocated(CART, config=WIDE)
    meanwhile = allocated(service("cart", spec), held=before, config=WIDE)
    after = allocated(CART, held=meanwhile, config=WIDE)
    assert FACTS == {key: meanwhile.facts[key] for key in FACTS}
    assert FACTS == {key: after.facts[key] for key in FACTS}
    assert [] == [*meanwhile.codes, *after.codes]


def test_an_idle_value_is_given_to_nobody_else():
    idle = service("aa", "type: ExternalName, externalName: aa.example.com")
    outcome = allocated(idle, service("cart"), held=lock("shop/aa IPv4: 10.96.199.48"), config=WIDE)
    assert {"shop/aa IPv4": "10.96.199.48", "shop/cart IPv4": "10.96.199.49"} == outcome.facts


def test_what_the_manifest_states_ends_the_fact():
    before = allocated(CART, config=WIDE)
    stated = service("cart", "type: NodePort, clusterIP: 10.96.0.9, ports: [{port: 80, nodePort: 30005}]")
    outcome = allocated(stated, held=before, config=WIDE)
    assert {} == outcome.facts
    assert ("10.96.0.9",) == outcome.services["cart"].cluster_ips
    assert [] == outcome.codes


def test_a_fact_is_released_when_its_service_leaves():
    before = allocated(CART, service("front"), config=WIDE)
    outcome = allocated(service("front"), held=before, config=WIDE)
    assert ["shop/front IPv4"] == list(outcome.facts)
    assert [] == outcome.codes


def test_a_renamed_service_is_a_new_one():
    before = allocated(CART, config=WIDE)
    outcome = allocated(service("cart2", f"type: NodePort, {PORT}"), held=before, config=WIDE)
    assert ["shop/cart2 IPv4", "shop/cart2 80/TCP"] == list(outcome.facts)
    assert "10.96.199.48" not in outcome.facts.values()


def test_a_service_that_comes_back_has_its_first_values_when_they_are_free():
    gone = allocated(*OTHERS, held=allocated(CART, *OTHERS, config=WIDE), config=WIDE)
    assert FACTS == cart_of(allocated(CART, *OTHERS, held=gone, config=WIDE))


def test_a_service_that_comes_back_has_another_value_when_somebody_took_its_own():
    gone = allocated(held=allocated(CART, config=WIDE), config=WIDE)
    taker = service("taker", f"clusterIP: 10.96.199.48, {PORT}")
    assert "10.96.199.49" == allocated(CART, taker, held=gone, config=WIDE).facts["shop/cart IPv4"]


def test_a_service_that_made_way_comes_back_to_where_its_hash_leads():
    taker = service("taker", f"clusterIP: 10.96.199.48, {PORT}")
    first = allocated(CART, taker, config=WIDE)
    assert "10.96.199.49" == first.facts["shop/cart IPv4"]
    assert "10.96.199.49" == allocated(CART, held=first, config=WIDE).facts["shop/cart IPv4"]
    gone = allocated(held=first, config=WIDE)
    assert "10.96.199.48" == allocated(CART, held=gone, config=WIDE).facts["shop/cart IPv4"]


def test_families_are_facts_of_their_own():
    both = node("10.96.0.0/16", "fd00:96::/112")
    dual = service("cart", f"ipFamilyPolicy: PreferDualStack, {PORT}")
    first = allocated(service("cart"), config=both)
    grown = allocated(dual, held=first, config=both)
    shrunk = allocated(service("cart"), held=grown, config=both)
    assert {"shop/cart IPv4": "10.96.199.48"} == first.facts
    assert {"shop/cart IPv4": "10.96.199.48", "shop/cart IPv6": "fd00:96::506a"} == grown.facts
    assert grown.facts == shrunk.facts
    assert ("10.96.199.48",) == shrunk.services["cart"].cluster_ips


def test_allocating_again_changes_nothing():
    texts = [CART, service("front", "type: LoadBalancer, externalTrafficPolicy: Local, ports: [{port: 80}]"), *OTHERS]
    first = allocated(*texts, config=WIDE)
    second = allocated(*reversed(texts), held=first, config=WIDE)
    assert first.facts == second.facts
    assert first.services == second.services
    assert render(first.lock) == render(second.lock)


def test_without_services_there_are_no_facts():
    assert Lock() == allocated().lock
