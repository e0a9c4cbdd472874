"""The graph as text, JSON and drawings, and the settings and modules that it needs."""

import json
from xml.etree import ElementTree as ET

import pytest

from svcc.graph.draw import dot, mermaid, svg
from svcc.graph.settings import modules, settings
from svcc.graph.show import as_json, lines
from svcc.model.service import EVERY_OTHER, ConnectionLimit, ServicePort, ServiceType, TrafficPolicy
from svcc.net import Protocol
from tests.support import NODE, addresses, config, endpoint, endpoint_slice, graph_of, networks, service

BACKENDS = endpoint_slice(endpoint("10.128.7.21", NODE), endpoint("10.128.9.31", "worker-2"))
NODE_PORT = (ServicePort("http", Protocol.TCP, 80, 30080),)
FULL = graph_of(
    [
        service(
            type=ServiceType.LOAD_BALANCER,
            ports=NODE_PORT,
            external_policy=TrafficPolicy.LOCAL,
            load_balancer_ips=addresses("192.0.2.10"),
            source_ranges=networks("198.51.100.0/24"),
            affinity_seconds=600,
            weights={"10.128.7.21": 3},
            scheduler="lc",
            health_check_node_port=32000,
        ),
        service("mesh", "10.96.0.11", foreign_proxy=True),
        service("none", "10.96.0.12"),
    ],
    [BACKENDS],
)


def test_the_text_says_everything_that_the_graph_holds():
    assert [
        "host",
        "  addresses       172.20.5.11 fd00:20::11",
        "  node ports on   0.0.0.0/0 ::/0",
        "  pods            10.128.0.0/14 fd00:10::/48",
        "  service ranges  10.96.0.0/16 fd00:96::/112",
        "  cluster IPs     10.96.0.10 10.96.0.12",
        "  untouched       10.96.0.11",
        "  marks           masquerade bit 14, verdict bit 15",
        "frontend 10.96.0.10:80/TCP  cluster IP  lab/web:http",
        "  pod       pool lab/web:http TCP IPv4 cluster",
        "  others    pool lab/web:http TCP IPv4 cluster, masquerade",
        "frontend 10.96.0.12:80/TCP  cluster IP  lab/none:http",
        "  everyone  reject",
        "frontend 192.0.2.10:80/TCP  load-balancer IP  lab/web:http",
        "  gate      198.51.100.0/24",
        "  pod       pool lab/web:http TCP IPv4 cluster",
        "  node      pool lab/web:http TCP IPv4 cluster, masquerade",
        "  external  pool lab/web:http TCP IPv4 local",
        "frontend node port 30080/TCP IPv4  node port  lab/web:http",
        "  pod       pool lab/web:http TCP IPv4 cluster",
        "  node      pool lab/web:http TCP IPv4 cluster, masquerade",
        "  external  pool lab/web:http TCP IPv4 local",
        "pool lab/web:http TCP IPv4 cluster  affinity 600 s  scheduler lc",
        "  10.128.7.21:8080  weight 3  local",
        "  10.128.9.31:8080",
        "pool lab/web:http TCP IPv4 local  affinity 600 s  scheduler lc",
        "  10.128.7.21:8080  local",
        "health check 32000  lab/web  1 ready here",
    ] == list(lines(FULL))


def test_the_json_holds_the_same_in_the_same_order():
    held = json.loads(json.dumps(as_json(FULL)))
    assert [str(one.at) for one in FULL.frontends] == [one["at"] for one in held["frontends"]]
    assert {
        "at": "192.0.2.10:80/TCP",
        "kind": "load-balancer IP",
        "service": "lab/web:http",
        "gate": ["198.51.100.0/24"],
        "pod": {"pool": "lab/web:http TCP IPv4 cluster", "masquerade": False},
        "node": {"pool": "lab/web:http TCP IPv4 cluster", "masquerade": True},
        "external": {"pool": "lab/web:http TCP IPv4 local", "masquerade": False},
        "origin": None,
    } == held["frontends"][2]
    assert {"verdict": "reject"} == held["frontends"][1]["pod"]
    assert [{"port": 32000, "service": "lab/web", "readyLocal": 1}] == held["healthChecks"]
    assert ["10.96.0.11"] == held["host"]["untouched"]


def test_what_only_ipvs_does_is_shown_where_it_is_asked_for():
    asked = service(
        scheduler="sh",
        scheduler_flags=("sh-fallback", "sh-port"),
        forwarding="dr",
        connection_limits={"10.128.7.21": ConnectionLimit(0, 50), EVERY_OTHER: ConnectionLimit(100, 200)},
    )
    graph = graph_of([asked], [BACKENDS])
    assert [
        "pool lab/web:http TCP IPv4 cluster  scheduler sh, sh-fallback, sh-port  forwarding dr",
        "  10.128.7.21:8080  limit 0:50  local",
        "  10.128.9.31:8080  limit 100:200",
    ] == list(lines(graph))[-3:]
    (pool,) = as_json(graph)["pools"]
    assert (["sh-fallback", "sh-port"], "dr") == (pool["flags"], pool["forwarding"])
    assert [(0, 50), (100, 200)] == [(one["lower"], one["upper"]) for one in pool["backends"]]


def test_the_svg_is_well_formed_and_shows_every_frontend_and_backend():
    root = ET.fromstring("\n".join(svg(FULL)))
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    for shown in ("10.96.0.10:80/TCP", "node port 30080/TCP IPv4", "10.128.9.31:8080", "reject"):
        assert shown in texts


def test_an_empty_graph_is_drawn_too():
    empty = graph_of([])
    ET.fromstring("\n".join(svg(empty)))
    assert ["digraph svcc {", "  rankdir=LR; node [shape=box];", "}"] == list(dot(empty))
    assert ["flowchart LR"] == list(mermaid(empty))


def test_arrows_say_for_whom_they_are():
    small = graph_of([service()], [endpoint_slice(endpoint("10.128.7.21"))])
    assert [
        "digraph svcc {",
        "  rankdir=LR; node [shape=box];",
        (
            '  "10.96.0.10:80/TCP" -> "lab/web:http TCP IPv4 cluster" '
            '[label="pod, node (masquerade), external (masquerade)"];'
        ),
        '  "lab/web:http TCP IPv4 cluster" -> "10.128.7.21:8080";',
        "}",
    ] == list(dot(small))
    assert [
        "flowchart LR",
        '  n0["10.96.0.10:80/TCP"]',
        '  n1["lab/web:http TCP IPv4 cluster"]',
        '  n0 -->|"pod, node (masquerade), external (masquerade)"| n1',
        '  n2["10.128.7.21:8080"]',
        "  n1 --> n2",
    ] == list(mermaid(small))


FORWARD4, FORWARD6 = {"net.ipv4.ip_forward": "1"}, {"net.ipv6.conf.all.forwarding": "1"}


@pytest.mark.parametrize(
    ("services", "node", "expected"),
    [
        ([], config(), {}),
        ([service()], config(), FORWARD4),
        ([service(ip="fd00:96::10")], config(localhost_node_ports=True), FORWARD6),
        ([service(ip=("10.96.0.10", "fd00:96::10"))], config(), {**FORWARD4, **FORWARD6}),
        (
            [service(ports=NODE_PORT)],
            config(localhost_node_ports=True),
            {**FORWARD4, "net.ipv4.conf.all.route_localnet": "1"},
        ),
    ],
)
def test_settings_are_those_that_the_frontends_rely_on(services, node, expected):
    assert expected == settings(graph_of(services, node=node))


def test_the_module_that_remembers_clients_is_named_only_with_affinity():
    assert "xt_recent" in modules(FULL)
    assert "xt_recent" not in modules(graph_of([service()], [BACKENDS]))
