"""Endpoint slices that are made of Pods."""

import pytest

from svcc.derive.pods import slice_pods
from svcc.derive.select import select
from svcc.model.endpoints import Endpoint, EndpointSlice, SlicePort
from svcc.model.manifests import Manifests
from svcc.model.node import Node
from svcc.model.pod import Pod
from svcc.model.service import ObjectName, Service, ServicePort, TrafficDistribution
from svcc.net import Address, Family, Protocol

NAME = ObjectName("shop", "cart")
APP = {"app": "cart"}
HTTP = (ServicePort("http", Protocol.TCP, 80, target="web"),)
BOTH = (Family.IPV4, Family.IPV6)
EU = (Node("worker-1", "eu-a"), Node("worker-2", "eu-b"))


def service(**changes):
    return Service(NAME, **{"selector": APP, "ports": HTTP, "ip_families": (Family.IPV4,), **changes})


def pod(name, *addresses, **changes):
    held = {"node_name": "worker-1", "phase": "Running", "ready": True, "ports": {("web", Protocol.TCP): 8080}}
    found = tuple(Address(one) for one in addresses or ("10.128.7.21",))
    return Pod(ObjectName("shop", name), APP, found, **{**held, **changes})


def slices(*pods, of=None, nodes=(), given=()):
    held = Manifests(services=(of or service(),), slices=given, pods=tuple(pods), nodes=nodes)
    return slice_pods(select(held)).slices


def endpoints(*pods, **changes):
    return [one for held in slices(*pods, **changes) for one in held.endpoints]


def states(*pods, **changes):
    return [(one.ready, one.serving, one.terminating) for one in endpoints(*pods, **changes)]


def test_a_pod_is_an_endpoint_with_its_own_number_for_a_named_port():
    assert (
        EndpointSlice(
            ObjectName("shop", "cart-pods-0-ipv4"),
            NAME,
            Family.IPV4,
            (SlicePort("http", Protocol.TCP, 8080),),
            (Endpoint(Address("10.128.7.21"), node_name="worker-1"),),
        ),
    ) == slices(pod("a"))


@pytest.mark.parametrize(
    ("target", "expected"), [(None, 80), (9000, 9000), ("web", 8080), ("metrics", 9090), ("nobody", None)]
)
def test_a_target_is_a_number_or_the_name_of_a_container_port(target, expected):
    ports = {("web", Protocol.TCP): 8080, ("metrics", Protocol.TCP): 9090, ("nobody", Protocol.UDP): 1}
    (one,) = slices(pod("a", ports=ports), of=service(ports=(ServicePort("http", Protocol.TCP, 80, target=target),)))
    assert ((SlicePort("http", Protocol.TCP, expected),) if expected else ()) == one.ports


def test_pods_with_other_numbers_are_in_slices_of_their_own():
    other = {("web", Protocol.TCP): 9090}
    pods = (
        pod("a", "10.128.7.3"),
        pod("b", "10.128.7.2", ports=other),
        pod("c", "10.128.7.1"),
        pod("d", "10.128.7.4", ports={}),
    )
    seen = [([at.port for at in one.ports], [at.address for at in one.endpoints]) for one in slices(*pods)]
    assert [
        ([], ["10.128.7.4"]),
        ([8080], ["10.128.7.1", "10.128.7.3"]),
        ([9090], ["10.128.7.2"]),
    ] == seen  # fmt: skip


def test_a_port_that_a_pod_does_not_have_is_none_of_its_slice():
    ports = (*HTTP, ServicePort("admin", Protocol.TCP, 81, target="admin"))
    assert [("http", 8080)] == [(one.name, one.port) for one in slices(pod("a"), of=service(ports=ports))[0].ports]


def test_a_headless_service_without_ports_has_endpoints():
    (one,) = slices(pod("a"), of=service(ports=(), headless=True))
    assert ((), ["10.128.7.21"]) == (one.ports, [at.address for at in one.endpoints])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (True, True, False)),
        ({"ready": False}, (False, False, False)),
        ({"terminating": True}, (False, True, True)),
        ({"ready": False, "terminating": True}, (False, False, True)),
        ({"ready": False, "phase": "Pending"}, (False, False, False)),
        ({"phase": "Unknown"}, (True, True, False)),
        ({"phase": ""}, (True, True, False)),
    ],
)
def test_the_state_of_an_endpoint_is_that_of_its_pod(changes, expected):
    assert [expected] == states(pod("a", **changes))


def test_pods_that_are_not_ready_can_be_published():
    open_ = service(publish_not_ready=True)
    pods = (pod("a", "10.128.7.1", ready=False), pod("b", "10.128.7.2", ready=False, terminating=True))
    assert [(True, False, False), (True, False, True)] == states(*pods, of=open_)


@pytest.mark.parametrize("changes", [{"phase": "Succeeded"}, {"phase": "Failed"}, {"addresses": ()}])
def test_pods_that_have_ended_and_pods_without_an_address_are_no_endpoints(changes):
    one = Pod(
        ObjectName("shop", "a"), **{"labels": APP, "addresses": (Address("10.128.7.1"),), "ready": True, **changes}
    )
    assert [] == endpoints(one)
    assert [] == endpoints(one, of=service(publish_not_ready=True))


def test_a_pod_on_the_network_of_its_host_is_an_endpoint_as_any_other():
    assert ["172.20.5.11"] == [one.address for one in endpoints(pod("a", "172.20.5.11", host_network=True))]


@pytest.mark.parametrize(
    ("families", "expected"),
    [
        ((Family.IPV4,), [(Family.IPV4, "10.128.7.1")]),
        ((Family.IPV6,), [(Family.IPV6, "fd00::1")]),
        ((Family.IPV6, Family.IPV4), [(Family.IPV4, "10.128.7.1"), (Family.IPV6, "fd00::1")]),
    ],
)
def test_each_family_of_the_service_has_slices_of_its_own(families, expected):
    seen = slices(pod("a", "10.128.7.1", "fd00::1"), of=service(ip_families=families))
    assert sorted(expected, key=lambda one: one[0].value) == sorted(
        ((one.family, one.endpoints[0].address) for one in seen), key=lambda one: one[0].value
    )


def test_a_slice_has_a_hundred_endpoints_at_most_sorted_by_address():
    pods = [pod(f"p{n:03}", f"10.128.{n % 3}.{n}") for n in range(1, 202)]
    made = slices(*reversed(pods))
    assert [100, 100, 1] == [len(one.endpoints) for one in made]
    addresses = [one.address for held in made for one in held.endpoints]
    assert sorted(addresses, key=lambda one: [int(part) for part in one.split(".")]) == addresses


def test_a_name_that_is_taken_is_passed_over():
    other = EndpointSlice(ObjectName("shop", "cart-pods-0-ipv4"), ObjectName("shop", "other"), Family.IPV4)
    assert ["cart-pods-0-ipv4", "cart-pods-1-ipv4"] == [one.name.name for one in slices(pod("a"), given=(other,))]


def test_slices_that_are_given_are_all():
    given = EndpointSlice(ObjectName("shop", "cart-x"), NAME, Family.IPV6)
    assert (given,) == slices(pod("a"), given=(given,))


@pytest.mark.parametrize(
    ("hostname", "subdomain", "expected"),
    [("a", "cart", "a"), ("a", "other", None), ("a", None, None), (None, "cart", None)],
)
def test_a_hostname_counts_where_the_subdomain_is_the_service(hostname, subdomain, expected):
    assert [expected] == [one.hostname for one in endpoints(pod("a", hostname=hostname, subdomain=subdomain))]


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        (None, [((), ()), ((), ())]),
        (TrafficDistribution.SAME_ZONE, [(("eu-a",), ()), (("eu-b",), ())]),
        (TrafficDistribution.SAME_NODE, [(("eu-a",), ("worker-1",)), (("eu-b",), ("worker-2",))]),
    ],
)
def test_hints_are_the_zones_and_nodes_that_the_distribution_asks_for(distribution, expected):
    pods = (pod("a", "10.128.7.1"), pod("b", "10.128.7.2", node_name="worker-2"))
    found = endpoints(*pods, of=service(distribution=distribution), nodes=EU)
    assert expected == [(one.hint_zones, one.hint_nodes) for one in found]


@pytest.mark.parametrize(
    "changes", [{"ready": False}, {"terminating": True}, {"node_name": "worker-3"}, {"node_name": None}]
)
def test_endpoints_that_are_not_ready_or_of_which_the_zone_is_not_known_have_no_hints(changes):
    (one,) = endpoints(pod("a", **changes), of=service(distribution=TrafficDistribution.SAME_ZONE), nodes=EU)
    assert ((), ()) == (one.hint_zones, one.hint_nodes)
