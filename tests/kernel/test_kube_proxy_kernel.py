"""What kube-proxy has left behind: shown, removed when asked twice, and nothing else touched."""

import io
import json
import subprocess
import sys
from random import Random

import pytest

from examples.big import shapes
from svcc.cli.main import run
from svcc.kernel.backend import Backend
from svcc.net import Family
from tests.bench.baseline import kube_proxy_script
from tests.lab import foreign
from tests.lab.edits import run as tool

pytestmark = pytest.mark.kernel

SIX = """\
*mangle
:KUBE-PROXY-CANARY - [0:0]
COMMIT
*nat
:KUBE-SERVICES - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-SVC-TCOU7JCQXEZGVUNU - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-SERVICES -d fd00:96::a/128 -p udp -m udp --dport 53 -j KUBE-SVC-TCOU7JCQXEZGVUNU
-A KUBE-SVC-TCOU7JCQXEZGVUNU -m set --match-set KUBE-6-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ
COMMIT
"""
KUBELET = """\
*mangle
:KUBE-KUBELET-CANARY - [0:0]
:KUBE-IPTABLES-HINT - [0:0]
COMMIT
*filter
:KUBE-KUBELET-CANARY - [0:0]
:KUBE-FIREWALL - [0:0]
-A INPUT -j KUBE-FIREWALL
-A OUTPUT -j KUBE-FIREWALL
COMMIT
"""
TABLES = "table ip kube-proxy { set s { type mark; }; }\ntable ip6 kube-proxy { chain c { counter; }; }\n"
SETS = "create KUBE-6-CLUSTER-IP hash:ip,port family inet6\ncreate KUBE-LOOP-BACK hash:ip\n"
MANIFEST = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}
"""


def clean(*words):
    return run(["clean", "--foreign=kube-proxy", *words])


@pytest.fixture(params=list(Backend), ids=lambda one: one.value)
def left(request, namespace):
    """Give a backend in which others have rules, and kube-proxy has left its own behind; the value has what stands without these."""
    backend = request.param
    foreign.add(Random(3), backend, 60)
    for family in Family:
        tool(backend.tool(family, "restore"), "--noflush", text=KUBELET)
    before = foreign.everything(backend)
    tool("ipset", "restore", text=SETS)
    tool("nft", "-f", "-", text=TABLES)
    # The generator's script has the kubelet's chain too, which is there already.
    script = "".join(
        line for line in kube_proxy_script(shapes(30, 4)).splitlines(keepends=True) if "KUBE-FIREWALL" not in line
    )
    tool(backend.tool(Family.IPV4, "restore"), "--noflush", text=script)
    tool(backend.tool(Family.IPV6, "restore"), "--noflush", text=SIX)
    return backend, before


def test_it_is_shown_and_stays_unless_it_is_asked_for_twice(left, capsys):
    backend, before = left
    held = foreign.everything(backend)
    assert before != held
    assert 3 == clean()
    told = capsys.readouterr().out
    assert f"- jump IPv4 nat PREROUTING (iptables-{backend.value}): 1 rule" in told
    assert "- 154 of these: chain IPv4 nat" in told
    for line in (
        "- table ip kube-proxy (nftables)",
        "- set KUBE-6-CLUSTER-IP (ipset)",
        "Nothing is removed: --yes does.",
    ):
        assert line in told
    assert 3 == clean("--format", "json")
    told = json.loads(capsys.readouterr().out)
    assert (None, False, []) == (told["process"], told["removed"], told["stays"])
    assert {f"iptables-{backend.value}", "nftables", "ipset"} == {one["subsystem"] for one in told["objects"]}
    assert held == foreign.everything(backend)


def test_asked_twice_exactly_that_goes(left, capsys, tmp_path):
    backend, before = left
    (tmp_path / "web.yaml").write_text(MANIFEST)
    apply = ["apply", str(tmp_path / "web.yaml"), "-q", "--backend", backend.value]
    assert 4 == run(apply)
    assert "run `svcc clean --foreign=kube-proxy`" in capsys.readouterr().err
    assert 0 == clean("--yes")
    assert "objects of kube-proxy." in capsys.readouterr().out
    assert before == foreign.everything(backend)
    assert 0 == clean("--yes")
    assert "There is nothing of kube-proxy." in capsys.readouterr().out
    assert 0 == run(apply)
    assert 0 == clean("--yes", "-q")
    assert 0 == run([*apply[:2], *apply[3:]])
    assert "Nothing to do" in capsys.readouterr().out


class Terminal(io.StringIO):
    """Somebody at a keyboard."""

    def isatty(self):
        return True


def test_at_a_terminal_the_second_time_is_a_question(left, capsys, monkeypatch):
    backend, before = left
    held = foreign.everything(backend)
    for said, code, then in (("n\n", 3, held), ("\n", 3, held), ("y\n", 0, before)):
        monkeypatch.setattr("sys.stdin", Terminal(said))
        assert code == clean()
        assert "Remove them? [y/N]" in capsys.readouterr().out
        assert then == foreign.everything(backend)


def test_what_rules_of_others_need_of_it_stays_and_is_named(left, capsys):
    backend, _ = left
    chain = "*nat\n:CNI-HOSTPORT - [0:0]\n-A CNI-HOSTPORT -j KUBE-MARK-MASQ\n-A CNI-HOSTPORT -m set --match-set KUBE-LOOP-BACK src -j RETURN\nCOMMIT\n"
    tool(backend.tool(Family.IPV4, "restore"), "--noflush", text=chain)
    assert 0 == clean("--yes")
    told = capsys.readouterr().out
    assert (
        f"stays: chain IPv4 nat KUBE-MARK-MASQ in iptables-{backend.value}: a rule in CNI-HOSTPORT leads there" in told
    )
    assert "stays: set KUBE-LOOP-BACK: a rule of others asks it" in told
    held = tool(backend.tool(Family.IPV4, "save"), "-t", "nat")
    assert ["KUBE-MARK-MASQ", "KUBE-POSTROUTING"] == sorted(
        line[1:].split(" ")[0] for line in held.splitlines() if line.startswith(":KUBE")
    )
    assert 1 == held.count("-j KUBE-POSTROUTING")


def test_while_kube_proxy_runs_here_nothing_is_removed_without_force(left, capsys, tmp_path):
    backend, before = left
    (tmp_path / "kube-proxy").symlink_to(sys.executable)
    words = [str(tmp_path / "kube-proxy"), "-c", "print(flush=True); input()"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        held = foreign.everything(backend)
        assert 4 == clean("--yes")
        assert f"kube-proxy runs here (pid {process.pid})" in capsys.readouterr().err
        assert held == foreign.everything(backend)
        assert 0 == clean("--yes", "--force")
        assert before == foreign.everything(backend)
        process.stdin.close()


def test_options_of_foreign_alone_are_wrong_usage(namespace, capsys):
    for words in (["--yes"], ["--force"], ["--format", "json"]):
        assert 2 == run(["clean", *words])
    assert "go together with --foreign" in capsys.readouterr().err


def test_an_interface_of_kube_proxy_is_a_sign_of_it(namespace, capsys, tmp_path):
    # Any kind of interface: this kernel may have no dummies.
    subprocess.run(["ip", "link", "add", "kube-ipvs0", "type", "bridge"], check=True)
    path = tmp_path / "web.yaml"
    path.write_text(MANIFEST)
    for mode in ("iptables", "nftables"):
        assert 4 == run(["apply", str(path), "--mode", mode])
        assert "interface kube-ipvs0" in capsys.readouterr().err
    assert 4 == clean("--yes")
    assert "there is an interface kube-ipvs0, and it is not a dummy" in capsys.readouterr().err
