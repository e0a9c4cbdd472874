"""`svcc graph` in every shape, and `svcc trace`: the same answers from the graph and from the rules."""

import json
from xml.etree import ElementTree as ET

import pytest

PROBES = """\
- {from: {kind: pod, ip: 10.128.7.40}, to: 10.96.0.10, port: 80, protocol: TCP}
- {from: {kind: pod, ip: 10.128.7.21}, to: 10.96.0.10, port: 80, protocol: TCP}
- {from: {kind: external, ip: 198.51.100.9}, to: 10.96.0.10, port: 80, protocol: TCP, name: outside}
- {from: {kind: node, ip: 172.20.5.11}, to: 10.96.0.10, port: 81, protocol: TCP}
- {from: {kind: pod, ip: 10.128.7.40}, to: 10.96.0.99, port: 80, protocol: UDP}
- {from: {kind: pod, ip: 10.128.7.40}, to: 10.96.0.10, protocol: ICMP}
- {from: {kind: localhost, ip: 127.0.0.1}, to: 127.0.0.1, port: 30080, protocol: TCP}
"""
ONE = ("--from", "10.128.7.40", "--to", "10.96.0.10:80")


def test_the_graph_is_printed_as_text(svcc, lab):
    ended = svcc("graph", lab)
    assert (0, "") == (ended.code, ended.err)
    assert "frontend 10.96.0.10:80/TCP  cluster IP  lab/web:http\n" in ended.out


def test_the_graph_is_json_with_origins(svcc, lab):
    held = json.loads(svcc("graph", lab, "--format", "json").out)
    assert ["host", "frontends", "pools", "healthChecks"] == list(held)
    assert f"{lab}/web.yaml:7" == held["frontends"][0]["origin"]


def test_the_graph_is_drawn(svcc, lab):
    assert svcc("graph", lab, "--format", "dot").out.startswith("digraph svcc {\n")
    assert svcc("graph", lab, "--format", "mermaid").out.startswith("flowchart LR\n")
    root = ET.fromstring(svcc("graph", lab, "--format", "svg").out)
    assert "{http://www.w3.org/2000/svg}svg" == root.tag


def test_the_graph_of_one_service_and_a_guess_for_a_misspelled_one(svcc, lab):
    (lab / "more.yaml").write_text((lab / "web.yaml").read_text().replace("web", "api").replace("96.0.10", "96.0.11"))
    one = svcc("graph", lab, "--service", "lab/api")
    assert (0, False, True) == (one.code, "lab/web" in one.out, "lab/api:http" in one.out)
    wrong = svcc("graph", lab, "--service", "lab/wbe")
    assert (2, True) == (wrong.code, "No Service lab/wbe carries packets. Did you mean lab/web?" in wrong.err)


def test_the_graph_reads_standard_input(svcc, lab):
    ended = svcc("graph", "-", "--config", lab / "svcc.yaml", stdin=(lab / "web.yaml").read_bytes())
    assert svcc("graph", lab).out == ended.out


def test_a_single_probe_is_told_in_words(svcc, lab):
    ended = svcc("trace", lab, *ONE)
    assert 0 == ended.code
    assert [
        "pod 10.128.7.40 -> 10.96.0.10:80/TCP  dnat  lab/web:http",
        "     1/2  10.128.7.21:8080",
        "     1/2  10.128.9.31:8080",
        f"  via     frontend 10.96.0.10:80/TCP  ({lab}/web.yaml:7)",
        "  via     from pod",
        f"  via     pool lab/web:http TCP IPv4 cluster  ({lab}/web.yaml:7)",
        f"  not     10.128.9.32:8080  not ready  ({lab}/web.yaml:17)",
    ] == ended.out.splitlines()


def test_the_json_of_a_trace_has_exactly_the_promised_shape(svcc, lab):
    (lab / "web.yaml").write_text(
        (lab / "web.yaml").read_text().replace("spec:\n", "spec:\n  sessionAffinity: ClientIP\n", 1)
    )
    (only,) = json.loads(svcc("trace", lab, *ONE, "--format", "json").out)
    assert {
        "from": {"kind": "pod", "ip": "10.128.7.40"},
        "to": "10.96.0.10",
        "port": 80,
        "protocol": "TCP",
        "verdict": "dnat",
        "service": "lab/web:http",
        "affinity": {"type": "ClientIP", "timeoutSeconds": 10800},
        "backends": [
            {"address": "10.128.7.21", "port": 8080, "probability": "1/2", "masquerade": False},
            {"address": "10.128.9.31", "port": 8080, "probability": "1/2", "masquerade": False},
        ],
        "path": [
            {"step": "frontend 10.96.0.10:80/TCP", "origin": f"{lab}/web.yaml:8"},
            {"step": "from pod", "origin": None},
            {"step": "pool lab/web:http TCP IPv4 cluster", "origin": f"{lab}/web.yaml:8"},
        ],
        "excluded": [
            {"address": "10.128.9.32", "port": 8080, "why": "not ready", "origin": f"{lab}/web.yaml:18"},
        ],
    } == only


def traced(svcc, lab, mode, tmp_path):
    (tmp_path / "probes.yaml").write_text(PROBES)
    ended = svcc("trace", lab, "--probes", "probes.yaml", "--format", "json", "--mode", mode)
    assert (0, "") == (ended.code, ended.err)
    return json.loads(ended.out)


def test_probes_are_answered_in_order_and_graph_and_rules_agree(svcc, lab, tmp_path):
    graph, rules = (traced(svcc, lab, mode, tmp_path) for mode in ("graph", "iptables"))
    assert ["dnat", "dnat", "dnat", "reject", "drop", "accept", "accept"] == [one["verdict"] for one in graph]
    for one in (*graph, *rules):
        # The path is what each mode walks; a refused port belongs to no Service.
        del one["path"]
    assert graph == rules


def test_the_path_through_the_rules_shows_rules_with_origins(svcc, lab, tmp_path):
    path = traced(svcc, lab, "iptables", tmp_path)[0]["path"]
    assert {"step": "nat PREROUTING -j SVCC-SERVICES", "origin": None} == path[0]
    assert f"{lab}/web.yaml:7" in {one["origin"] for one in path}


def test_where_a_client_is_may_be_told(svcc, lab):
    ended = svcc("trace", lab, *ONE, "--kind", "external")
    assert ended.out.startswith("external 10.128.7.40 -> ")


def test_manifests_come_from_standard_input(svcc, lab):
    text = (lab / "web.yaml").read_bytes()
    ended = svcc("trace", "-", "--config", lab / "svcc.yaml", *ONE, stdin=text)
    assert (0, True) == (ended.code, "(<stdin>:7)" in ended.out)


def test_probes_may_be_json(svcc, lab, tmp_path):
    probe = {"from": {"kind": "pod", "ip": "10.128.7.40"}, "to": "10.96.0.10", "port": 80, "protocol": "TCP"}
    (tmp_path / "probes.json").write_text(json.dumps([probe]))
    held = json.loads(svcc("trace", lab, "--probes", "probes.json", "--format", "json").out)
    assert ["dnat"] == [one["verdict"] for one in held]


def test_an_empty_list_of_probes_has_no_results(svcc, lab, tmp_path):
    (tmp_path / "probes.yaml").write_text("[]\n")
    assert (0, "[]\n", "") == svcc("trace", lab, "--probes", "probes.yaml", "--format", "json")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "SVC004"),
        ("", "SVC005"),
        ("# none\n", "SVC005"),
        ("- [\n", "SVC001"),
        ("- {to: 10.96.0.10, port: 80}\n", "SVC104"),
        ("hello\n", "SVC101"),
    ],
)
def test_wrong_probes_are_told_with_exit_1(text, code, svcc, lab, tmp_path):
    if text is not None:
        (tmp_path / "probes.yaml").write_text(text)
    ended = svcc("trace", lab, "--probes", "probes.yaml")
    assert (1, "", True) == (ended.code, ended.out, f"[{code}]" in ended.err), ended.err


def test_wrong_manifests_are_told_with_exit_1(svcc, tmp_path):
    (tmp_path / "web.yaml").write_text("kind: Service\n")
    assert (1, "") == svcc("trace", "web.yaml", *ONE)[:2]
