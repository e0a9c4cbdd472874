"""Where a probe goes and why, told by the graph and by the rules alike."""

from fractions import Fraction

import pytest

from svcc.diag import Source, Span
from svcc.emit.iptables.ruleset import adopt_origins
from svcc.emit.iptables.text import parse, render
from svcc.graph.nodes import Pods
from svcc.graph.packet import Hook
from svcc.model.service import ServicePort, TrafficPolicy
from svcc.net import Protocol, parse_address
from svcc.trace import GraphTracer, IptablesTracer, Kind, Probe, as_json
from tests.support import NODE, NODE_IP, addresses, compiled, endpoint, endpoint_slice, networks, rulesets_of, service

FILE = Source("web.yaml")
PORT = Span(FILE, 9, 3)
HERE = endpoint("10.128.7.21", NODE, span=Span(FILE, 21, 5))
AWAY = endpoint("10.128.9.31", "worker-2", span=Span(FILE, 22, 5))
SICK = endpoint("10.128.9.32", "worker-2", ready=False, span=Span(FILE, 23, 5))
WEB = {"ports": (ServicePort("http", Protocol.TCP, 80, span=PORT),), "external_ips": addresses("192.0.2.1")}


def probe(kind, source, to, port=80, protocol=Protocol.TCP):
    return Probe(Kind(kind), parse_address(source), parse_address(to), port, protocol)


def tracers(one=None):
    held = compiled([one or service(**WEB)], [endpoint_slice(HERE, AWAY, SICK)])
    read = {
        family: adopt_origins(parse(render(ruleset), family), ruleset)
        for family, ruleset in rulesets_of(held.graph)[0].items()
    }
    return GraphTracer(held), IptablesTracer(read, held.graph.host, held)


PROBES = [
    probe("pod", "10.128.7.40", "10.96.0.10"),
    probe("pod", "10.128.7.21", "10.96.0.10"),
    probe("external", "198.51.100.9", "192.0.2.1"),
    probe("node", NODE_IP, "192.0.2.1"),
    probe("pod", "10.128.7.40", "10.96.0.10", 81),
    probe("pod", "10.128.7.40", "10.96.0.77"),
    probe("external", "198.51.100.9", NODE_IP, 22),
    probe("pod", "10.128.7.40", "10.96.0.10", 0, None),
]
SERVICES = {
    "cluster": service(**WEB),
    "local": service(**WEB, external_policy=TrafficPolicy.LOCAL, internal_policy=TrafficPolicy.LOCAL),
    "sticky": service(**WEB, affinity_seconds=60),
    "gated": service(**WEB, load_balancer_ips=addresses("192.0.2.2"), source_ranges=networks("10.0.0.0/8")),
}


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("one", PROBES, ids=lambda one: f"{one.kind.value}-{one.to}-{one.port}")
def test_graph_and_rules_give_the_same_result_apart_from_the_path(name, one):
    told = [as_json(tracer.trace(one)) for tracer in tracers(SERVICES[name])]
    for held in told:
        del held["path"], held["service"]
    assert told[0] == told[1]


def test_a_result_has_the_shape_that_the_command_line_promises():
    graph, _ = tracers(SERVICES["sticky"])
    assert {
        "from": {"kind": "pod", "ip": "10.128.7.21"},
        "to": "10.96.0.10",
        "port": 80,
        "protocol": "TCP",
        "verdict": "dnat",
        "service": "lab/web:http",
        "affinity": {"type": "ClientIP", "timeoutSeconds": 60},
        "backends": [
            {"address": "10.128.7.21", "port": 8080, "probability": "1/2", "masquerade": True},
            {"address": "10.128.9.31", "port": 8080, "probability": "1/2", "masquerade": False},
        ],
        "path": [
            {"step": "frontend 10.96.0.10:80/TCP", "origin": "web.yaml:9"},
            {"step": "from pod", "origin": None},
            {"step": "pool lab/web:http TCP IPv4 cluster", "origin": "web.yaml:9"},
        ],
        "excluded": [{"address": "10.128.9.32", "port": 8080, "why": "not ready", "origin": "web.yaml:23"}],
    } == as_json(graph.trace(probe("pod", "10.128.7.21", "10.96.0.10")))


def test_the_path_through_the_rules_leads_back_to_the_manifests():
    _, rules = tracers()
    path = rules.trace(probe("pod", "10.128.7.40", "10.96.0.10")).path
    assert ("nat PREROUTING -j SVCC-SERVICES", None) == path[0]
    assert {"web.yaml:9"} == {origin for step, origin in path if "-d 10.96.0.10/32 " in step}


def test_under_a_local_policy_the_others_are_excluded_with_the_reason():
    graph, _ = tracers(SERVICES["local"])
    held = graph.trace(probe("external", "198.51.100.9", "192.0.2.1"))
    why = "not on this node, and the traffic policy is Local"
    assert [("10.128.9.31", why), ("10.128.9.32", "not ready")] == [(one.address, one.why) for one in held.excluded]


def test_a_refused_client_is_told_the_gate():
    graph, _ = tracers(SERVICES["gated"])
    held = graph.trace(probe("external", "198.51.100.9", "192.0.2.2"))
    assert ("drop", "lab/web:http") == (held.verdict, held.service)
    assert ("gate 10.0.0.0/8", "web.yaml:9") in held.path
    assert {"refused by the source ranges", "not ready"} == {one.why for one in held.excluded}


@pytest.mark.parametrize(
    ("one", "verdict", "why"),
    [
        (PROBES[4], "reject", "cluster IP, but no Service port"),
        (PROBES[5], "drop", "service range, but nobody's address"),
        (PROBES[6], "accept", "no frontend"),
        (PROBES[7], "accept", "cluster IP, but not TCP, UDP or SCTP"),
    ],
)
def test_where_no_frontend_is_met_the_path_says_why(one, verdict, why):
    held = tracers()[0].trace(one)
    assert (verdict, ((why, None),), None) == (held.verdict, held.path, held.service)


def test_a_probe_of_another_protocol_is_shown_as_such():
    assert "OTHER" == as_json(tracers()[0].trace(PROBES[7]))["protocol"]


@pytest.mark.parametrize(
    ("kind", "pods", "hook", "iface"),
    [
        ("pod", Pods(), Hook.PREROUTING, "pod0"),
        ("pod", Pods((), "cbr0"), Hook.PREROUTING, "cbr0"),
        ("pod", Pods((), "veth", prefix=True), Hook.PREROUTING, "veth0"),
        ("external", Pods((), "cbr0"), Hook.PREROUTING, "eth0"),
        ("node", Pods(), Hook.OUTPUT, None),
        ("localhost", Pods(), Hook.OUTPUT, None),
    ],
)
def test_a_probes_kind_chooses_hook_and_interface(kind, pods, hook, iface):
    packet = probe(kind, "10.128.7.40", "10.96.0.10").packet(pods)
    assert (hook, iface) == (packet.hook, packet.iface)


def test_rules_alone_are_traced_without_manifests():
    graph = compiled([service(**WEB)], [endpoint_slice(HERE)]).graph
    held = IptablesTracer(rulesets_of(graph)[0], graph.host).trace(PROBES[0])
    assert ("dnat", "lab/web:http", ()) == (held.verdict, held.service, held.excluded)
    assert [Fraction(1)] == [share for _, share in held.backends]
