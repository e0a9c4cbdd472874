"""nftables mode on a real kernel, through the command line: what is applied is there, what is edited is found, what fails leaves no trace."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from svcc.cli.main import run
from svcc.emit.nftables.text import parse
from svcc.kernel import generation, netns, state
from svcc.plan.nftables import DIGEST_PLACE

pytestmark = pytest.mark.kernel

CONFIG = """\
apiVersion: svcc.dev/v1alpha1
kind: NodeConfig
mode: nftables
nodeName: worker-1
nodeIPs: [172.20.5.11, "fd00:20::11"]
clusterCIDRs: [10.128.0.0/14, "fd00:10::/48"]
serviceCIDRs: [10.96.0.0/16, "fd00:96::/112"]
"""
WEB = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: lab}
spec:
  type: NodePort
  ipFamilyPolicy: RequireDualStack
  ipFamilies: [IPv4, IPv6]
  clusterIP: 10.96.0.10
  clusterIPs: [10.96.0.10, "fd00:96::10"]
  ports: [{name: http, port: 80, nodePort: 30080}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-4, namespace: lab, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints:
- {addresses: [10.128.7.21], nodeName: worker-1}
- {addresses: [10.128.9.31], nodeName: worker-2}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-6, namespace: lab, labels: {kubernetes.io/service-name: web}}
addressType: IPv6
ports: [{name: http, port: 8080}]
endpoints:
- {addresses: ["fd00:10::21"], nodeName: worker-1}
"""
FOREIGN = """\
table ip nat { chain PREROUTING { type nat hook prerouting priority dstnat; policy accept; ip daddr 203.0.113.9 accept; }; }
table inet svcc { set x { type ipv4_addr; elements = { 192.0.2.1 }; }; }
table inet filter { chain input { type filter hook input priority filter; policy accept; counter; }; }
"""
TO_WEB = ("--from", "10.128.7.40", "--to", "10.96.0.10:80")


def nft(*words, stdin=""):
    return subprocess.run(["nft", *words], input=stdin, capture_output=True, text=True, check=True).stdout


def held(place):
    return place in nft("list", "tables").replace("table ", "").splitlines()


def listing():
    """Return every table that nft lists: ours read, those of others as they are, without counters."""
    places = [line.removeprefix("table ") for line in nft("list", "tables").splitlines()]
    texts = {place: re.sub(r"packets \d+ bytes \d+", "", nft("list", "table", *place.split(" "))) for place in places}
    return {place: parse(text) if place in ("ip svcc", "ip6 svcc") else text for place, text in texts.items()}


@pytest.fixture
def lab(namespace, tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "web.yaml").write_text(WEB, encoding="utf-8")
    (folder / "svcc.yaml").write_text(CONFIG, encoding="utf-8")
    return str(folder)


@pytest.fixture
def applied(lab):
    assert 0 == run(["apply", lab, "-q"])
    return lab


def change(lab, before="10.128.9.31", after="10.128.9.33"):
    path = Path(lab, "web.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")


def test_apply_plan_status_and_clean_agree(lab, capsys):
    before = nft("list", "ruleset")
    assert 3 == run(["plan", lab, "--exit-code", "-q"])
    assert 0 == run(["apply", lab])
    assert "Applied, and read back. nftables" in capsys.readouterr().out
    for words in (["plan", lab, "--exit-code"], ["status", lab], ["status", lab, "--full"]):
        assert 0 == run([*words, "-q"])
    capsys.readouterr()
    assert 0 == run(["status", "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert (None, ["lab/web:http"]) == (told["backend"], told["services"])
    assert [("IPv4", "svcc"), ("IPv6", "svcc")] == [(one["family"], one["table"]) for one in told["tables"]]
    assert 0 == run(["clean", "-q"])
    assert before == nft("list", "ruleset")
    assert [] == [one.name for one in Path(state.state_dir()).iterdir()]


def test_a_dry_run_checks_and_changes_nothing(lab):
    assert 0 == run(["apply", lab, "--dry-run", "-q"])
    assert "" == nft("list", "ruleset")


def test_a_changed_endpoint_is_a_few_elements_of_its_service(applied, capsys):
    change(applied)
    assert 0 == run(["plan", applied, "--format", "json"])
    plan = json.loads(capsys.readouterr().out)
    assert [("lab/web:http", "1 backend more, 1 backend fewer")] == [
        (one["service"], one["reason"]) for one in plan["services"]
    ]
    assert {"ip svcc slots lab/web:http", "ip svcc members lab/web:http", DIGEST_PLACE} == {
        one["key"] for one in plan["changes"]
    }
    assert 0 == run(["apply", applied, "-q"])
    assert 0 == run(["status", applied, "--full", "-q"])


EDITS = {
    "element added": "add element ip svcc slots { 5801:1 . 0 : 5c01:1 }",
    "element removed": "delete element ip svcc same { 0.0.0.15 . 0.0.0.15 }",
    "element changed": "delete element ip svcc port-pools { tcp . 30080 }; add element ip svcc port-pools { tcp . 30080 : 5800:0 }",
    "rule added": "add rule ip svcc services counter",
    "rules gone": "flush chain ip6 svcc services",
    "chain added": "add chain ip svcc mine",
    "chain with a comment": 'add chain ip svcc mine { comment "mine"; }',
    "base chain added": "add chain ip svcc mine { type filter hook input priority 0; policy drop; }",
    "policy changed": "add chain ip svcc nat-output { policy drop; }",
    "set added": "add set ip svcc mine { type ipv4_addr; }",
    "counter added": "add counter ip svcc mine",
    "table dormant": "add table ip svcc { flags dormant; }",
    "table gone": "delete table ip svcc",
    "both gone": "delete table ip svcc; delete table ip6 svcc",
    "digest gone": f"delete table {DIGEST_PLACE}",
    "digest another": f'delete table {DIGEST_PLACE}; add table {DIGEST_PLACE} {{ comment "ab"; }}',
    "digest without words": f"delete table {DIGEST_PLACE}; add table {DIGEST_PLACE}",
    "everything gone": "flush ruleset",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_what_is_edited_by_hand_is_found_and_repaired(edit, applied):
    nft("-f", "-", stdin=FOREIGN)
    assert 0 == run(["status", applied, "-q"])
    expected = listing()
    nft("-f", "-", stdin=edit.replace("; ", "\n") if "{" not in edit else edit + "\n")
    assert 3 == run(["status", applied, "-q"])
    assert 0 == run(["apply", applied, "-q"])
    assert 0 == run(["status", applied, "--full", "-q"])
    if "flush ruleset" not in edit:
        assert expected == listing()


def test_tables_of_others_are_never_touched(lab):
    nft("-f", "-", stdin=FOREIGN)
    expected = listing()
    assert 0 == run(["apply", lab, "-q"])
    assert 0 == run(["clean", "-q"])
    assert expected == listing()


@pytest.mark.parametrize("name", ["nft", "seen"])
@pytest.mark.parametrize("damage", [None, "", "nonsense\n", "table ip svcc {\n}\n"])
def test_what_is_remembered_may_be_lost_or_damaged(name, damage, applied):
    path = Path(state.state_dir(), f"{netns.identity()}.{name}")
    assert path.exists()
    if damage is None:
        path.unlink()
    else:
        path.write_text(damage, encoding="utf-8")
    assert 0 == run(["status", applied, "-q"])
    change(applied)
    assert 0 == run(["apply", applied, "-q"])
    assert 0 == run(["status", applied, "--full", "-q"])


def test_a_memory_that_is_wrong_is_noticed_by_the_kernel_and_planned_again(applied, capsys):
    member = re.search(r"(\S+ : 10\.128\.9\.31 \. 8080)", nft("list", "map", "ip", "svcc", "members"))[1]
    nft("delete", "element", "ip", "svcc", "members", f"{{ {member} }}")
    seen = Path(state.state_dir(), f"{netns.identity()}.seen")
    head, _, body = seen.read_text(encoding="utf-8").partition("\n")
    told = {**json.loads(head), "generation": generation.current()}
    seen.write_text(f"{json.dumps(told)}\n{body}", encoding="utf-8")
    assert 0 == run(["status", applied, "-q"])  # it believes what it remembers
    change(applied)
    assert 0 == run(["apply", applied, "-q"])
    assert 0 == run(["status", applied, "--full", "-q"])


def wrapper(folder, monkeypatch, name, script):
    """Put a tool of our own before the real one; `$REAL` is that."""
    real = subprocess.run(
        ["sh", "-c", f"PATH=$PATH:/usr/sbin command -v {name}"], capture_output=True, text=True, check=True
    )
    path = Path(folder) / "bin"
    path.mkdir(exist_ok=True)
    (path / name).write_text(f"#!/bin/sh\nREAL={real.stdout.strip()}\n{script}\n", encoding="utf-8")
    (path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{path}:/usr/sbin:/usr/bin:/sbin:/bin")


REFUSING = r"""
case "$*" in *-f*) ;; *) exec $REAL "$@";; esac
cat > $0.in
line=$(grep -n '10.128.9.33 . 8080' $0.in | head -1 | cut -d: -f1)
[ -n "$line" ] || exec $REAL "$@" < $0.in
echo "/dev/stdin:$line:1-20: Error: Could not process rule: No space left on device" >&2
echo "5c01:1 : 10.128.9.33 . 8080" >&2
exit 1
"""


def test_what_nft_refuses_is_told_with_its_service_and_line_and_nothing_changes(applied, tmp_path, monkeypatch, capsys):
    expected = listing()
    change(applied)
    wrapper(tmp_path, monkeypatch, "nft", REFUSING)
    assert 4 == run(["apply", applied])
    told = capsys.readouterr().err
    assert "No space left on device [elements ip svcc members lab/web:http of lab/web:http" in told
    assert re.search(r"web\.yaml:\d+", told)
    assert expected == listing()


def test_an_nft_that_is_too_old_is_told_before_anything_changes(lab, tmp_path, monkeypatch, capsys):
    script = r'echo "/dev/stdin:4:3-8: Error: syntax error, unexpected typeof" >&2; exit 1'
    wrapper(tmp_path, monkeypatch, "nft", f'case "$*" in *-f*) {script};; *) exec $REAL "$@";; esac')
    assert 4 == run(["apply", lab])
    told = capsys.readouterr().err
    assert "this kernel or nft cannot do what svcc needs" in told
    assert "--mode iptables" in told


def test_without_nft_it_says_what_to_install(lab, monkeypatch, capsys):
    monkeypatch.setattr("svcc.kernel.run.shutil.which", lambda *_, **__: None)
    assert 4 == run(["apply", lab])
    assert "nft is not installed" in (told := capsys.readouterr().err)
    assert "apt-get install nftables" in told


def test_without_iptables_nftables_works_alone(lab, monkeypatch):
    monkeypatch.setattr("svcc.kernel.backend.installed", lambda _: False)
    for words in (["apply", lab], ["status", lab], ["apply", lab], ["clean"]):
        assert 0 == run([*words, "-q"])
    assert "" == nft("list", "ruleset")


@pytest.mark.parametrize("backend", ["nft", "legacy"])
def test_a_change_of_the_mode_leaves_one_mode_and_at_last_nothing(backend, lab):
    iptables = ["--mode", "iptables", "--backend", backend]
    for options, ours in ((iptables, False), ([], True), (iptables, False), ([], True)):
        assert 0 == run(["apply", lab, *options, "-q"])
        assert ours == held("ip svcc") == held(DIGEST_PLACE)
        assert ours != (
            ":SVCC-" in subprocess.run([f"iptables-{backend}-save"], capture_output=True, text=True, check=True).stdout
        )
        assert 0 == run(["plan", lab, *options, "--exit-code", "-q"])
        if ours:
            assert not held("ip nat")
    assert 0 == run(["clean", "-q"])
    assert "" == nft("list", "ruleset")
    assert "0" == Path("/proc/sys/net/ipv4/ip_forward").read_text().strip()


def test_a_change_of_the_mode_that_fails_halfway_is_taken_back(lab, tmp_path, monkeypatch):
    assert 0 == run(["apply", lab, "--mode", "iptables", "--backend", "nft", "-q"])
    expected = listing()
    wrapper(tmp_path, monkeypatch, "iptables-nft-restore", "echo 'iptables-nft-restore: line 2 failed' >&2; exit 1")
    assert 4 == run(["apply", lab, "-q"])
    assert expected == listing()
    monkeypatch.undo()


def test_kube_proxys_tables_need_force(lab, capsys):
    nft("add", "table", "ip", "kube-proxy")
    assert 4 == run(["apply", lab])
    assert "SVC401" in capsys.readouterr().err
    assert not held("ip svcc")
    assert 0 == run(["apply", lab, "--force", "-q"])
    assert held("ip kube-proxy")


def test_what_is_live_is_traced_with_the_name_of_its_service(applied, capsys):
    capsys.readouterr()
    assert 0 == run(["trace", applied, "--mode", "nftables", "--format", "json", *TO_WEB])
    emitted = json.loads(capsys.readouterr().out)
    assert 0 == run(["trace", applied, "--live", "--format", "json", *TO_WEB])
    assert emitted == json.loads(capsys.readouterr().out)
    assert 0 == run(["trace", "--live", "--config", f"{applied}/svcc.yaml", "--format", "json", *TO_WEB])
    (alone,) = json.loads(capsys.readouterr().out)
    assert ("dnat", "lab/web:http", emitted[0]["backends"]) == (alone["verdict"], alone["service"], alone["backends"])
    nft("insert", "rule", "ip", "svcc", "services", "counter")
    assert 4 == run(["trace", applied, "--live", *TO_WEB])
    assert "not as svcc writes them" in capsys.readouterr().err
