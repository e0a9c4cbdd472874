"""What is remembered of iptables-nft's rules is believed only while the kernel says that nothing has changed."""

import subprocess

import pytest

from svcc.cli.main import run
from svcc.kernel import backend, generation, netns, seen
from svcc.kernel.backend import Backend
from svcc.net import Family

pytestmark = pytest.mark.kernel

MANIFESTS = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{port: 8080}]
endpoints: [{addresses: [10.128.7.21]}, {addresses: [10.128.9.31]}]
"""


def tool(*argv):
    subprocess.run(argv, check=True, capture_output=True)


@pytest.fixture
def applied(namespace, tmp_path):
    """Apply one Service with the nft backend beside a foreign rule; the value is its file."""
    path = tmp_path / "web.yaml"
    path.write_text(MANIFESTS)
    tool("iptables-nft", "-t", "nat", "-A", "POSTROUTING", "-s", "192.0.2.0/24", "-j", "MASQUERADE")
    assert run(["apply", str(path), "--backend", "nft", "-q"]) == 0
    return path


def test_after_an_apply_the_rules_are_known_without_listing_them(applied):
    known = seen.recall()
    listed = backend.read_all()
    assert backend.foreign(backend.read_all(known)) == backend.foreign(listed)
    for family in Family:
        ours = [line for line in known[family].splitlines() if "SVCC-" in line]
        assert sorted(ours) == sorted(
            line for line in listed.texts[Backend.NFT, family].splitlines() if "SVCC-" in line
        )
    assert "-A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE" in known[Family.IPV4]


def test_planning_again_lists_nothing(applied, monkeypatch, capfd):
    monkeypatch.setattr(backend, "run", lambda argv: pytest.fail(f"called {argv}"))
    assert run(["plan", str(applied), "--exit-code", "--backend", "nft", "--format", "json"]) == 0


@pytest.mark.parametrize(
    "edit",
    [
        ("iptables-nft", "-t", "nat", "-A", "SVCC-LOCAL", "-j", "RETURN"),
        ("iptables-nft", "-t", "nat", "-D", "PREROUTING", "-j", "SVCC-SERVICES"),
        ("iptables-nft", "-P", "FORWARD", "DROP"),
        ("nft", "add", "table", "ip", "somebody"),
    ],
)
def test_any_change_by_anybody_ends_the_knowledge(applied, edit):
    assert seen.recall() is not None
    tool(*edit)
    assert seen.recall() is None
    expected = 3 if "SVCC" in " ".join(edit) else 0
    assert run(["status", str(applied), "-q"]) == expected
    assert run(["apply", str(applied), "-q"]) == 0
    assert seen.recall() is not None
    assert run(["status", str(applied), "--full", "-q"]) == 0


def test_a_namespace_made_anew_under_the_same_name_is_not_taken_for_the_old_one(applied, namespace):
    before = netns.instance()
    subprocess.run(["ip", "netns", "add", f"{namespace}-b"], check=True)
    try:
        netns.enter(f"{namespace}-b")
        assert netns.instance() != before
        assert generation.current() == 1
    finally:
        netns.enter(namespace)
        subprocess.run(["ip", "netns", "del", f"{namespace}-b"], check=True)
    assert netns.instance() == before


def test_a_damaged_memory_is_no_memory(applied, tmp_path):
    (path,) = (tmp_path / "state").glob("*.seen")
    for text in ("", "{}", "[]\n", '{"generation": null, "instance": 1, "length": "x"}\n*nat\n'):
        path.write_text(text)
        assert seen.recall() is None
    path.write_bytes(b"\xff\xfe")
    assert seen.recall() is None
