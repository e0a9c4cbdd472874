"""Which endpoints a Service port gets, and why the others get nothing."""

import pytest

from svcc.model.endpoints import EndpointSlice, SlicePort
from svcc.model.manifests import Manifests
from svcc.model.node import Node
from svcc.model.service import ObjectName, ServicePort, TrafficPolicy
from svcc.net import Family, Protocol
from svcc.resolve.cluster import Empty
from svcc.resolve.join import resolve
from tests.support import NODE, cluster_of, config, endpoint, endpoint_slice, service

HERE, HERE2, AWAY = "10.128.7.21", "10.128.7.22", "10.128.9.31"
READY = {}
NOT_READY = {"ready": False}
DRAINING = {"ready": False, "terminating": True}
GONE = {"ready": False, "serving": False, "terminating": True}


def binding(*slices, of=None, node=None):
    (only,) = cluster_of([of or service()], slices, node).bindings
    return only


def addresses(chosen):
    return [one.address for one in chosen.endpoints]


def test_service_port_and_slice_port_meet_by_name_and_the_number_is_the_slices():
    (one,) = binding(endpoint_slice(endpoint(HERE), port=9090)).cluster.endpoints
    assert (HERE, 9090) == (one.address, one.port)


@pytest.mark.parametrize(
    "port",
    [
        SlicePort("other", Protocol.TCP, 8080),
        SlicePort("http", Protocol.UDP, 8080),
        SlicePort("", Protocol.TCP, 8080),
        SlicePort("http", Protocol.TCP, None),
    ],
)
def test_a_slice_port_of_another_name_or_protocol_or_without_number_carries_nothing(port):
    held = EndpointSlice(ObjectName("lab", "x"), ObjectName("lab", "web"), Family.IPV4, (port,), (endpoint(HERE),))
    assert Empty.NO_ENDPOINTS is binding(held).cluster.empty


def test_a_slice_of_another_namespace_is_not_joined():
    other = ObjectName("elsewhere", "web")
    held = EndpointSlice(ObjectName("elsewhere", "x"), other, Family.IPV4, (), (endpoint(HERE),))
    assert [] == addresses(binding(held).cluster)


def test_a_slice_without_family_carries_nothing():
    ports = (SlicePort("http", Protocol.TCP, 80),)
    held = EndpointSlice(ObjectName("lab", "x"), ObjectName("lab", "web"), None, ports, (endpoint(HERE),))
    assert [] == addresses(binding(held).cluster)


@pytest.mark.parametrize(
    ("states", "used"),
    [
        ([READY, READY], [HERE, HERE2]),
        ([READY, NOT_READY], [HERE]),
        ([READY, DRAINING], [HERE]),
        ([NOT_READY, DRAINING], [HERE2]),
        ([DRAINING, DRAINING], [HERE, HERE2]),
        ([NOT_READY, NOT_READY], []),
        ([GONE, NOT_READY], []),
        ([GONE, READY], [HERE2]),
    ],
)
def test_serving_terminating_endpoints_are_used_only_where_none_is_ready(states, used):
    ends = [endpoint(at, **state) for at, state in zip((HERE, HERE2), states, strict=True)]
    assert used == addresses(binding(endpoint_slice(*ends)).cluster)


@pytest.mark.parametrize(
    ("here", "away", "local", "empty"),
    [
        (READY, READY, [HERE], None),
        (NOT_READY, READY, [], Empty.NONE_HERE),
        (NOT_READY, DRAINING, [], Empty.NONE_HERE),
        (NOT_READY, GONE, [], Empty.NO_ENDPOINTS),
        (DRAINING, READY, [HERE], None),
        (DRAINING, DRAINING, [HERE], None),
    ],
)
def test_the_local_set_is_chosen_apart_and_says_why_it_is_empty(here, away, local, empty):
    ends = (endpoint(HERE, NODE, **here), endpoint(AWAY, "worker-2", **away))
    chosen = binding(endpoint_slice(*ends)).local
    assert (local, empty) == (addresses(chosen), chosen.empty)


def test_an_endpoint_without_node_is_not_local():
    assert Empty.NONE_HERE is binding(endpoint_slice(endpoint(HERE))).local.empty


def test_without_a_node_name_nothing_is_local():
    held = binding(endpoint_slice(endpoint(HERE, NODE)), node=config(node_name=None))
    assert (Empty.NONE_HERE, False) == (held.local.empty, held.cluster.endpoints[0].local)


@pytest.mark.parametrize("order", [1, -1])
def test_the_same_address_and_port_twice_is_one_backend_and_the_running_record_wins(order):
    running = endpoint_slice(endpoint(HERE, NODE), suffix="a")
    draining = endpoint_slice(endpoint(HERE, "worker-2", **DRAINING), suffix="b")
    (only,) = binding(*(running, draining)[::order]).cluster.endpoints
    assert (HERE, True) == (only.address, only.local)


def test_one_address_with_two_ports_is_two_backends():
    held = binding(endpoint_slice(endpoint(HERE)), endpoint_slice(endpoint(HERE), port=9090, suffix="y"))
    assert [8080, 9090] == [one.port for one in held.cluster.endpoints]


def test_endpoints_are_sorted_by_the_value_of_their_address():
    held = binding(endpoint_slice(endpoint("10.128.10.1"), endpoint("10.128.9.1"), endpoint("10.128.9.31")))
    assert ["10.128.9.1", "10.128.9.31", "10.128.10.1"] == addresses(held.cluster)


def test_endpoints_of_a_family_without_cluster_ip_are_ignored():
    four, six = endpoint_slice(endpoint(HERE)), endpoint_slice(endpoint("fd00:10::21"), suffix="six")
    bindings = cluster_of([service(ip="fd00:96::10")], [four, six]).bindings
    assert [(Family.IPV6, ["fd00:10::21"])] == [(one.family, addresses(one.cluster)) for one in bindings]


def test_each_family_and_port_has_a_binding():
    ports = (ServicePort("http", Protocol.TCP, 80), ServicePort("dns", Protocol.UDP, 53))
    both = service(ip=("10.96.0.10", "fd00:96::10"), ports=ports)
    bindings = cluster_of([both]).bindings
    four, six = Family.IPV4, Family.IPV6
    assert [(four, "http"), (four, "dns"), (six, "http"), (six, "dns")] == [
        (one.family, one.port.name) for one in bindings
    ]


def test_weights_of_the_service_beat_those_of_the_slice():
    slice_ = endpoint_slice(endpoint(HERE), endpoint(HERE2), endpoint(AWAY), weights={HERE: 5, HERE2: 7})
    held = binding(slice_, of=service(weights={HERE: 2, AWAY: 0}))
    assert [(HERE, 2), (HERE2, 7), (AWAY, 0)] == [(one.address, one.weight) for one in held.cluster.endpoints]


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (NOT_READY, "not ready"),
        (DRAINING, "terminating, and others are ready"),
        (GONE, "terminating and not serving"),
    ],
)
def test_an_endpoint_that_gets_nothing_is_excluded_with_the_reason(state, why):
    held = binding(endpoint_slice(endpoint(HERE), endpoint(HERE2, **state)))
    assert [(HERE2, why)] == [(one.address, one.why) for one in held.excluded]


def test_an_endpoint_of_weight_0_is_excluded_and_still_counts():
    held = binding(endpoint_slice(endpoint(HERE)), of=service(weights={HERE: 0}))
    assert [(HERE, "its weight is 0")] == [(one.address, one.why) for one in held.excluded]
    assert held.cluster.empty is None


def test_an_endpoint_of_another_zone_is_excluded_with_the_reason():
    near, far = endpoint(HERE, hint_zones=("eu-a",)), endpoint(AWAY, hint_zones=("eu-b",))
    held = binding(endpoint_slice(near, far))
    assert [(AWAY, "its topology hints do not name this zone")] == [(one.address, one.why) for one in held.excluded]


def test_topology_does_not_restrict_local_sets():
    here, away = endpoint(HERE, NODE, hint_zones=("eu-b",)), endpoint(AWAY, "worker-2", hint_zones=("eu-a",))
    held = binding(endpoint_slice(here, away))
    assert ([AWAY], [HERE]) == (addresses(held.cluster), addresses(held.local))


def test_topology_does_not_restrict_the_terminating_fallback():
    ends = (endpoint(HERE, hint_zones=("eu-a",), **DRAINING), endpoint(AWAY, hint_zones=("eu-b",), **DRAINING))
    assert [HERE, AWAY] == addresses(binding(endpoint_slice(*ends)).cluster)


def test_headless_and_foreign_services_have_no_binding_and_foreign_addresses_are_kept():
    headless = service("db", (), headless=True)
    foreign = service("mesh", "10.96.0.11", foreign_proxy=True)
    cluster = cluster_of([headless, foreign])
    assert ((), ("10.96.0.11",)) == (cluster.bindings, cluster.untouched)


def test_a_health_check_counts_distinct_ready_local_addresses_over_all_ports():
    slices = [
        endpoint_slice(endpoint(HERE, NODE), endpoint(HERE2, NODE, **DRAINING), endpoint(AWAY, "worker-2")),
        endpoint_slice(endpoint(HERE, NODE), port=9090, suffix="y"),
    ]
    checked = service(health_check_node_port=32000, external_policy=TrafficPolicy.LOCAL)
    assert [(32000, 1)] == [(one.port, one.ready_local) for one in cluster_of([checked], slices).health_checks]


@pytest.mark.parametrize(
    ("given", "name", "expected"),
    [("eu-b", "worker-1", "eu-b"), (None, "worker-1", "eu-a"), (None, "worker-2", None), (None, None, None)],
)
def test_the_zone_of_this_node_is_the_configured_one_or_that_of_its_node(given, name, expected):
    held = Manifests(nodes=(Node("worker-1", "eu-a"), Node("worker-2")))
    assert expected == resolve(held, config(zone=given, node_name=name)).config.zone
