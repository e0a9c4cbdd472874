"""IPVS mode on a kernel without ip_vs, such as the one that these tests run on: iptables carries the Services, or nothing is touched."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from svcc.cli.live_ipvs import NEEDED
from svcc.cli.main import run
from svcc.kernel import modules
from tests.lab.flow_cluster import LAYOUT
from tests.lab.namespaces import NODE, Lab
from tests.lab.requests import Answer, Request, ask_all
from tests.lab.servers import Listen, Servers

pytestmark = pytest.mark.kernel

SHOP = """\
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop, annotations: {svcc.dev/scheduler: lc}}
spec:
  clusterIP: 10.96.0.10
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{port: 8080}]
endpoints:
- {addresses: [10.128.7.21]}
- {addresses: [10.128.9.31]}
"""
CONFIG = """\
apiVersion: svcc.dev/v1alpha1
kind: NodeConfig
mode: ipvs
nodeIPs: [172.20.5.11]
clusterCIDRs: [10.128.0.0/14]
serviceCIDRs: [10.96.0.0/16]
"""
WARNING = "this kernel has no IPVS (modules ip_vs, dummy): falling back to iptables"


@pytest.fixture(autouse=True)
def _lacking(monkeypatch):
    """Look for the modules for real; only on a developer's kernel that has them are they taken for missing."""
    if modules.missing(NEEDED) != NEEDED:
        monkeypatch.setattr(modules, "missing", tuple)


@pytest.fixture
def given(tmp_path):
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "svcc.yaml").write_text(CONFIG, encoding="utf-8")
    return str(tmp_path / "shop.yaml")


def rules():
    """Return every rule there is, without when it was looked at."""
    told = [subprocess.run([tool], stdout=subprocess.PIPE, text=True, check=True).stdout for tool in TOOLS]
    return [line for text in told for line in text.splitlines() if not line.startswith("#")]


TOOLS = ("iptables-nft-save", "ip6tables-nft-save")


def test_a_plan_says_that_it_is_for_iptables_and_why(namespace, given, capfd):
    assert 0 == run(["plan", given, "--format", "json"])
    told = capfd.readouterr()
    assert "iptables" == json.loads(told.out)["mode"]
    assert WARNING in told.err


def test_an_apply_falls_back_with_a_warning_and_is_planned_no_more(namespace, given, capfd):
    assert 0 == run(["apply", given])
    told = capfd.readouterr()
    assert WARNING in told.err
    assert "modprobe ip_vs" in told.err
    assert "in mode iptables;" in told.out
    assert 0 == run(["plan", given, "--exit-code"])
    assert 0 == run(["status", given])


@pytest.mark.parametrize("command", ["apply", "plan", "status"])
def test_without_a_fallback_nothing_is_touched(namespace, given, capfd, command):
    before = rules()
    assert 4 == run([command, given, "--no-fallback"])
    assert "error: this kernel has no IPVS (modules ip_vs, dummy)" in capfd.readouterr().err
    assert before == rules()


def test_the_fallback_carries_traffic(tmp_path, given, monkeypatch):
    monkeypatch.setenv("SVCC_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("SVCC_STATE_DIR", str(tmp_path / "state"))
    with Lab(LAYOUT) as lab, Servers(lab, [Listen("l1", 8080), Listen("r1", 8080)]):
        svcc = str(Path(sys.executable).with_name("svcc"))
        subprocess.run([svcc, "apply", given, "-q", "--netns", lab.netns(NODE)], check=True)
        found = ask_all(lab, [Request("c", "198.18.0.2", "10.96.0.10", 80)] * 20)
        subprocess.run([svcc, "clean", "-q", "--netns", lab.netns(NODE)], check=True)
    assert {"10.128.7.21", "10.128.9.31"} == {one.address for one in found if isinstance(one, Answer)}
    assert 20 == sum(isinstance(one, Answer) for one in found)
