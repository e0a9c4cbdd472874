"""Any cluster at all: the graph is sound, passes keep its meaning, and every target walks like the graph."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcc.config import DetectLocal
from svcc.emit.iptables.text import parse, render
from svcc.emit.iptables.walk import Walker as RulesWalker
from svcc.graph.packet import Hook
from svcc.graph.passes import PASSES
from svcc.graph.verify import verify
from svcc.graph.walk import Walker
from svcc.model.endpoints import Endpoint, EndpointSlice, SlicePort
from svcc.model.manifests import Manifests
from svcc.model.service import ObjectName, Service, ServicePort, ServiceType, TrafficPolicy
from svcc.net import Family, Protocol, family_of
from svcc.pipeline import compile_graph
from tests.support import NODE, addresses, config, networks, packet, raw_graph, rulesets_of

# Few addresses, so that services, endpoints and clients meet often.
CLUSTER_IPS = addresses("10.96.0.10", "10.96.0.11", "10.96.0.12", "10.96.3.7", "10.200.0.5")
CLUSTER_IPS6 = addresses("fd00:96::10", "fd00:96::11", "fd00:96::1:1")
OUTER_IPS = addresses("192.0.2.1", "192.0.2.2", "172.20.5.11", "10.96.9.9")
POD_IPS = addresses("10.128.7.21", "10.128.7.22", "10.128.9.31", "172.20.5.11")
POD_IPS6 = addresses("fd00:10::21", "fd00:10::22", "fd00:9::31")
SOURCES = (
    ("10.128.7.21", Hook.PREROUTING, "cbr0"),
    ("10.128.9.99", Hook.PREROUTING, "eth0"),
    ("172.20.5.11", Hook.OUTPUT, None),
    ("127.0.0.1", Hook.OUTPUT, None),
    ("192.0.2.77", Hook.PREROUTING, "eth0"),
    ("192.0.2.1", Hook.OUTPUT, None),
)
SOURCES6 = (
    ("fd00:10::21", Hook.PREROUTING, "cbr0"),
    ("fd00:20::11", Hook.OUTPUT, None),
    ("fd00:1::2", Hook.PREROUTING, "eth0"),
)
RANGES = networks("192.0.2.0/24", "10.128.7.0/24", "172.20.5.11/32", "0.0.0.0/0", "fd00:1::/64")
PORTS = (80, 81, 443, 30080, 30081)

endpoints = st.builds(
    Endpoint,
    st.sampled_from(POD_IPS),
    ready=st.booleans(),
    serving=st.booleans(),
    terminating=st.booleans(),
    node_name=st.sampled_from((NODE, "worker-2", None)),
    hint_zones=st.sampled_from(((), ("eu-a",), ("eu-b",), ("eu-a", "eu-b"))),
    hint_nodes=st.sampled_from(((), (NODE,), ("worker-2",))),
)
endpoints6 = st.builds(
    Endpoint, st.sampled_from(POD_IPS6), ready=st.booleans(), node_name=st.sampled_from((NODE, None))
)


@st.composite
def clusters(draw):
    """A few Services that share no address and port, with any endpoints at all."""
    services, slices = [], []
    taken = set()
    for index in range(draw(st.integers(1, 4))):
        one = _service(draw, index, taken)
        services.append(one)
        for number in range(draw(st.integers(0, 2))):
            slices.append(_slice(draw, one, number))  # noqa: PERF401 - a draw is not a comprehension's business
    return Manifests(tuple(services), tuple(slices))


def _service(draw, index, taken):
    families = draw(st.sampled_from(((CLUSTER_IPS,), (CLUSTER_IPS6,), (CLUSTER_IPS, CLUSTER_IPS6))))
    cluster_ips = tuple(family[index % len(family)] for family in families)
    cluster_ips = tuple(one for one in cluster_ips if one not in taken)
    taken.update(cluster_ips)
    kind = draw(st.sampled_from((ServiceType.CLUSTER_IP, ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER)))
    ports = tuple(
        ServicePort(name, protocol, port, node_port if kind is not ServiceType.CLUSTER_IP else None)
        for name, protocol, port, node_port in draw(
            st.lists(
                st.sampled_from(
                    (
                        ("http", Protocol.TCP, 80, 30080 + index),
                        ("dns", Protocol.UDP, 80, 30080 + index),
                        ("call", Protocol.SCTP, 443, 30180 + index),
                        # The number of another Service's node port, which on an address of the node comes second.
                        ("high", Protocol.TCP, 30081, 30280 + index),
                    )
                ),
                unique=True,
                min_size=1,
                max_size=3,
            )
        )
    )
    outer = [one for one in OUTER_IPS if ("outer", one) not in taken]
    external = draw(st.lists(st.sampled_from(outer), max_size=1)) if outer else []
    taken.update(("outer", one) for one in external)
    outer = [one for one in outer if one not in external]
    balancer = draw(st.lists(st.sampled_from(outer), max_size=1)) if outer else []
    taken.update(("outer", one) for one in balancer)
    return Service(
        ObjectName("lab", f"s{index}"),
        type=kind,
        cluster_ips=cluster_ips,
        ports=ports,
        external_ips=tuple(external),
        load_balancer_ips=tuple(balancer) if kind is ServiceType.LOAD_BALANCER else (),
        internal_policy=draw(st.sampled_from(TrafficPolicy)),
        external_policy=draw(st.sampled_from(TrafficPolicy)),
        affinity_seconds=draw(st.sampled_from((None, 1, 86400))),
        source_ranges=tuple(draw(st.lists(st.sampled_from(RANGES), max_size=2, unique=True))),
        gate_node_ports=draw(st.booleans()),
        foreign_proxy=draw(st.sampled_from((False, False, False, True))),
        weights=draw(st.dictionaries(st.sampled_from(POD_IPS), st.integers(0, 1000), max_size=2)),
    )


def _slice(draw, one, number):
    six = bool(one.cluster_ips) and draw(st.booleans())
    held = draw(st.lists(endpoints6 if six else endpoints, max_size=4))
    ports = tuple(SlicePort(port.name, port.protocol, 8080 + draw(st.integers(0, 1))) for port in one.ports)
    name = ObjectName("lab", f"{one.name.name}-{number}")
    return EndpointSlice(name, one.name, Family.IPV6 if six else Family.IPV4, ports, tuple(held))


configs = st.builds(
    config,
    detect_local=st.sampled_from(DetectLocal),
    local_interface=st.just("cbr"),
    pod_cidrs=st.just(networks("10.128.7.0/24")),
    cluster_cidrs=st.sampled_from(
        (networks("10.128.0.0/14", "fd00:10::/48"), networks("10.128.7.0/24", "10.128.9.0/24"), ())
    ),
    service_cidrs=st.sampled_from((networks("10.96.0.0/16", "fd00:96::/112"), networks("10.96.0.0/15"), ())),
    localhost_node_ports=st.booleans(),
    masquerade_all=st.booleans(),
    node_port_primary=st.booleans(),
    node_port_cidrs=st.sampled_from(((), networks("172.20.0.0/16"), networks("0.0.0.0/1", "fd00:30::/64"))),
    node_ips=st.sampled_from((addresses("172.20.5.11", "fd00:20::11"), addresses("172.20.5.11"))),
    zone=st.sampled_from(("eu-a", None)),
    masquerade_bit=st.sampled_from((14, 0, 31)),
)


def _packets():
    four = (*CLUSTER_IPS, *OUTER_IPS, *addresses("10.96.0.99", "127.0.0.1", "10.97.0.1", "8.8.8.8"))
    six = (*CLUSTER_IPS6, *addresses("fd00:20::11", "::1", "fd00:96::9999"))
    for (source, hook, iface), to, port, protocol in product(
        (*SOURCES, *SOURCES6), (*four, *six), PORTS, (Protocol.TCP, Protocol.UDP)
    ):
        if family_of(source) is family_of(to):
            yield packet(source, to, port, protocol, hook, iface)
    for (source, hook, iface), to in product(SOURCES, four):
        yield packet(source, to, 0, None, hook, iface)


PACKETS = tuple(_packets())
SAMPLE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@SAMPLE
@given(clusters(), configs, st.integers(0, 4))
def test_iptables_walks_like_the_graph(manifests, node, offset):
    graph = compile_graph(manifests, node).graph
    rulesets, _ = rulesets_of(graph)
    read = {family: parse(render(ruleset), family) for family, ruleset in rulesets.items()}
    assert rulesets == read
    by_graph, by_rules = Walker(graph), RulesWalker(read, graph.host.addresses)
    for one in PACKETS[offset::5]:
        expected = by_graph.walk(one)
        assert Fraction(1) == sum(expected.outcomes.values())
        actual = by_rules.walk(one)
        assert (one, expected.outcomes) == (one, actual.outcomes)
        assert (one, expected.affinity) == (one, actual.affinity)


@SAMPLE
@given(clusters(), configs)
def test_passes_keep_the_meaning_and_the_soundness(manifests, node):
    graph = raw_graph(manifests.services, manifests.slices, node)
    assert () == verify(graph)
    for simpler in PASSES:
        before, graph = graph, simpler(graph)
        assert () == verify(graph)
        walked, again = Walker(before), Walker(graph)
        for one in PACKETS[::7]:
            assert walked.walk(one).outcomes == again.walk(one).outcomes


@SAMPLE
@given(clusters(), configs, st.randoms())
def test_input_order_never_changes_output(manifests, node, random):
    services, slices = list(manifests.services), list(manifests.slices)
    random.shuffle(slices)
    shuffled = [replace(one, endpoints=tuple(random.sample(one.endpoints, len(one.endpoints)))) for one in slices]
    expected = compile_graph(manifests, node).graph
    actual = compile_graph(Manifests(tuple(services), tuple(shuffled)), node).graph
    assert expected == actual
    assert [render(one) for one in rulesets_of(expected)[0].values()] == [
        render(one) for one in rulesets_of(actual)[0].values()
    ]
