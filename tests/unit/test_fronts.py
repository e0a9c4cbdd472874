"""Where the flows of each frontend may lead, from Services and slices."""

import pytest

from svcc.config import Mode
from svcc.fronts import fronts_of
from svcc.graph.nodes import AddressPort, NodePort
from svcc.model.service import ServicePort, TrafficPolicy
from svcc.net import Family, Protocol
from tests.support import NODE, NODE_IP, addresses, compiled, endpoint, endpoint_slice, service

UDP = (ServicePort("http", Protocol.UDP, 53, node_port=30053),)
A, B = "10.128.7.21", "10.128.9.31"


def backends(*endpoints, mode=Mode.NFTABLES, **changes):
    slices = [endpoint_slice(*endpoints, protocol=Protocol.UDP)] if endpoints else []
    fronts = fronts_of(compiled([service(ports=UDP, **changes)], slices), mode)
    (served,) = set(fronts.frontends.values())
    return sorted(address for address, port in served.backends if port == 8080)


def test_every_frontend_of_a_service_leads_to_its_endpoints():
    held = service(ports=UDP, external_ips=addresses("203.0.113.5"))
    fronts = fronts_of(compiled([held], [endpoint_slice(endpoint(A), protocol=Protocol.UDP)]), Mode.NFTABLES)
    places = [AddressPort(one, Protocol.UDP, 53) for one in addresses("10.96.0.10", "203.0.113.5")]
    assert {*places, NodePort(Family.IPV4, Protocol.UDP, 30053)} == fronts.frontends.keys()
    assert {("lab/web:http", frozenset({(A, 8080)}))} == {
        (one.service, one.backends) for one in fronts.frontends.values()
    }
    assert addresses(NODE_IP, "fd00:20::11") == fronts.host.addresses


def test_tcp_has_no_frontends_here():
    fronts = fronts_of(compiled([service()], [endpoint_slice(endpoint(A))]), Mode.NFTABLES)
    assert {} == fronts.frontends


@pytest.mark.parametrize(
    "state",
    [
        {"ready": False, "serving": True, "terminating": True},
        {"ready": True, "hint_zones": ("eu-b",)},
    ],
)
def test_an_endpoint_that_gets_no_new_flow_and_serves_keeps_those_it_has(state):
    assert [A, B] == backends(endpoint(A, hint_zones=("eu-a",)), endpoint(B, **state))


@pytest.mark.parametrize(
    "state",
    [
        {"ready": False, "serving": False},
        {"ready": False, "serving": False, "terminating": True},
    ],
)
def test_an_endpoint_that_does_not_serve_keeps_none(state):
    assert [A] == backends(endpoint(A), endpoint(B, **state))


def test_a_weight_of_zero_lets_flows_end_by_themselves():
    weights = {addresses(B)[0]: 0}
    assert [A, B] == backends(endpoint(A), endpoint(B), weights=weights)
    assert [B] == backends(endpoint(B), weights=weights)


def test_traffic_policies_keep_no_flow_from_an_endpoint():
    local = TrafficPolicy.LOCAL
    endpoints = endpoint(A, node=NODE), endpoint(B, node="worker-2")
    assert [A, B] == backends(*endpoints, internal_policy=local, external_policy=local)


def test_a_service_without_endpoints_has_frontends_that_lead_nowhere():
    assert [] == backends()


def test_forwarding_without_translation_matters_to_ipvs_alone():
    slices = [endpoint_slice(endpoint(A), port=53, protocol=Protocol.UDP)]
    held = compiled([service(ports=(ServicePort("http", Protocol.UDP, 53),), forwarding="dr")], slices)
    for mode, expected in ((Mode.IPVS, True), (Mode.NFTABLES, False)):
        fronts = fronts_of(held, mode)
        assert (expected, mode is Mode.IPVS) == (next(iter(fronts.frontends.values())).direct, fronts.by_ipvs)
