"""Rules of others in front of ours, tools that are gone: nothing is claimed that does not hold."""

import subprocess

import pytest

from svcc.cli.main import run

pytestmark = pytest.mark.kernel

MANIFEST = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}
"""


@pytest.fixture(params=["nft", "legacy"])
def applied(request, namespace, tmp_path):
    """Apply one Service; the value is the backend and the file."""
    path = tmp_path / "web.yaml"
    path.write_text(MANIFEST)
    assert run(["apply", str(path), "--backend", request.param, "-q"]) == 0
    return request.param, str(path)


def test_a_rule_of_others_before_ours_is_told(applied, capsys):
    backend, path = applied
    trace = ["trace", "--live", "--from", "192.0.2.9", "--to", "10.96.0.10:80"]
    assert (run(["status", path]), run(trace), "preflight" in capsys.readouterr().err) == (0, 0, False)
    subprocess.run([f"iptables-{backend}", "-t", "nat", "-I", "PREROUTING", "-j", "ACCEPT"], check=True)
    for words in (["status", path], ["status"], trace, ["apply", path], ["plan", path]):
        assert run(words) == 0
        told = capsys.readouterr().err
        assert ("in IPv4 nat PREROUTING a rule of others stands before ours" in told) == (words[0] != "apply")


def test_a_rule_whose_comment_names_a_jump_to_ours_is_never_touched(applied):
    backend, path = applied
    rule = [
        "PREROUTING",
        "-s",
        "203.0.113.9/32",
        "-m",
        "comment",
        "--comment",
        "was -j SVCC-SERVICES once",
        "-j",
        "ACCEPT",
    ]
    subprocess.run([f"iptables-{backend}", "-t", "nat", "-A", *rule], check=True)
    assert run(["apply", path, "-q"]) == 0
    assert run(["clean", "-q"]) == 0
    subprocess.run([f"iptables-{backend}", "-t", "nat", "-C", *rule], check=True)


def test_without_any_iptables_nothing_is_claimed(applied, monkeypatch, capsys):
    _, path = applied
    for words in (["clean"], ["status"], ["apply", path], ["plan", path], ["plan", path, "--mode", "nftables"]):
        with monkeypatch.context() as without:
            without.setattr("svcc.kernel.backend.installed", lambda _: False)
            assert run(words) == 4
        assert "iptables is not installed" in capsys.readouterr().err
    assert run(["status", path, "-q"]) == 0
