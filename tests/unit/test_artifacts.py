"""The files of a compile as one value."""

import hashlib
import json

from svcc import __version__
from svcc.artifacts import artifacts, iptables_files, rules_text
from svcc.emit.iptables.text import parse
from svcc.model.service import ServicePort, ServiceType
from svcc.net import Family, Protocol
from tests.support import NODE, config, endpoint, endpoint_slice, graph_of, rulesets_of, service

PORTS = (ServicePort("http", Protocol.TCP, 80, 30080),)
GRAPH = graph_of(
    [service(type=ServiceType.NODE_PORT, ports=PORTS), service("none", "10.96.0.11")],
    [endpoint_slice(endpoint("10.128.7.21", NODE), endpoint("10.128.9.31", "worker-2"))],
    config(localhost_node_ports=True),
)
RULESETS, _ = rulesets_of(GRAPH)
FILES = artifacts(GRAPH, iptables_files(GRAPH, RULESETS), "iptables")


def test_the_files_are_those_of_the_mode_and_sorted():
    assert [
        "index.json",
        "iptables/rules.v4",
        "iptables/rules.v6",
        "modules-load.d/svcc.conf",
        "sysctl.d/90-svcc.conf",
    ] == list(FILES)


def test_the_index_says_what_is_there_and_for_whom():
    index = json.loads(FILES["index.json"])
    assert (__version__, "iptables") == (index["svcc"], index["mode"])
    assert {
        path: hashlib.sha256(text.encode()).hexdigest() for path, text in FILES.items() if path != "index.json"
    } == index["artifacts"]
    assert {"lab/none": {"frontends": 1, "backends": 0}, "lab/web": {"frontends": 2, "backends": 2}} == index[
        "services"
    ]


def test_the_scripts_hold_the_rulesets():
    for family, path in ((Family.IPV4, "iptables/rules.v4"), (Family.IPV6, "iptables/rules.v6")):
        assert RULESETS[family] == parse(FILES[path], family)


def test_a_script_says_how_it_is_loaded():
    lines = rules_text(GRAPH, RULESETS[Family.IPV6]).splitlines()
    assert f"# Made by svcc {__version__} from 2 Services: IPv6. Do not edit; compile again." == lines[0]
    assert "# Load it where svcc has no rules yet, with: ip6tables-restore --noflush" == lines[1]


def test_settings_and_modules_are_those_that_the_rules_need():
    assert "net.ipv4.conf.all.route_localnet = 1\nnet.ipv4.ip_forward = 1\n" in FILES["sysctl.d/90-svcc.conf"]
    assert "\nxt_statistic\n" in FILES["modules-load.d/svcc.conf"]


def test_the_same_graph_gives_the_same_bytes():
    assert FILES == artifacts(GRAPH, iptables_files(GRAPH, rulesets_of(GRAPH)[0]), "iptables")


def test_every_file_ends_with_one_newline():
    assert [] == [path for path, text in FILES.items() if not text.endswith("\n") or text.endswith("\n\n")]
