"""Every fault that a graph can have is found and named."""

from dataclasses import replace

import pytest

from svcc.graph.nodes import AddressPort, Gate, Host, PoolId, Route, Target, Verdict
from svcc.graph.verify import demand_sound, verify
from svcc.net import Family, Protocol
from tests.support import addresses, endpoint, endpoint_slice, graph_of, networks, service

GRAPH = graph_of([service()], [endpoint_slice(endpoint("10.128.7.21"), endpoint("10.128.7.22"))])
(FRONTEND,) = GRAPH.frontends
(POOL,) = GRAPH.pools
BACKEND = POOL.backends[0]
POOL_NAME = "pool lab/web:http TCP IPv4 cluster"
PLACE = "frontend 10.96.0.10:80/TCP"


def with_pool(**changes):
    return replace(GRAPH, pools=(replace(POOL, **changes),))


def with_backend(**changes):
    return with_pool(backends=(replace(BACKEND, **changes),))


def with_frontend(**changes):
    return replace(GRAPH, frontends=(replace(FRONTEND, **changes),))


def everyone(to, *, masquerade=False):
    return Route(*(Target(to, masquerade),) * 3)


def test_a_built_graph_has_no_fault():
    assert () == verify(GRAPH)
    assert GRAPH is demand_sound(GRAPH)


@pytest.mark.parametrize(
    ("graph", "fault"),
    [
        (replace(GRAPH, pools=(POOL, POOL)), "two pools have the same id"),
        (replace(GRAPH, frontends=(FRONTEND, FRONTEND)), "two frontends stand at the same place"),
        (replace(GRAPH, host=Host(masquerade_bit=3, verdict_bit=3)), "masquerade and verdict share one mark bit"),
        (with_pool(backends=()), f"{POOL_NAME}: no backends"),
        (with_pool(backends=(BACKEND, replace(BACKEND, weight=2))), f"{POOL_NAME}: the same backend twice"),
        (with_pool(affinity=0), f"{POOL_NAME}: affinity of 0 s"),
        (with_pool(affinity=86401), f"{POOL_NAME}: affinity of 86401 s"),
        (
            with_backend(address=addresses("fd00::1")[0]),
            f"{POOL_NAME}: backend fd00::1 is of another family",
        ),
        (with_backend(port=0), f"{POOL_NAME}: backend port 0"),
        (with_backend(port=65536), f"{POOL_NAME}: backend port 65536"),
        (with_backend(weight=0), f"{POOL_NAME}: backend 10.128.7.21 has weight 0"),
        (
            with_backend(lower=2, upper=1),
            f"{POOL_NAME}: backend 10.128.7.21 takes connections again at 2 of 1",
        ),
        (with_pool(forwarding="nat"), f"{POOL_NAME}: forwarding nat"),
        (
            with_frontend(gate=Gate(networks("10.1.0.0/16", "10.0.0.0/16"))),
            f"{PLACE}: its gate is not collapsed",
        ),
        (with_frontend(gate=Gate(networks("fd00::/8"))), f"{PLACE}: its gate holds another family"),
        (with_frontend(then=everyone(Verdict.DROP, masquerade=True)), f"{PLACE}: a verdict is masqueraded"),
        (
            with_frontend(at=AddressPort(FRONTEND.at.address, Protocol.TCP, 0)),
            "frontend 10.96.0.10:0/TCP: its port",
        ),
        (
            with_frontend(at=AddressPort(FRONTEND.at.address, Protocol.UDP, 80)),
            "frontend 10.96.0.10:80/UDP: pool lab/web:http TCP IPv4 cluster is of another family or protocol",
        ),
        (replace(GRAPH, pools=()), f"{PLACE}: no {POOL_NAME}"),
    ],
)
def test_a_fault_is_named_with_its_place(graph, fault):
    assert fault in verify(graph)


def test_a_pool_whose_id_names_another_family_is_found():
    strange = PoolId(POOL.id.name, "UDP", Family.IPV6.value, "cluster")
    graph = replace(with_pool(id=strange), frontends=())
    assert ("pool lab/web:http UDP IPv6 cluster: its id names another family or protocol",) == verify(graph)


def test_a_faulty_graph_is_our_bug_and_says_so():
    with pytest.raises(AssertionError, match=r"^bug in svcc: two pools have the same id"):
        demand_sound(replace(GRAPH, pools=(POOL, POOL)))
