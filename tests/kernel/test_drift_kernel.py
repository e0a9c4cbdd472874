"""Who has changed what: `svcc status` tells what somebody did since the last apply from what the manifests ask for, with its evidence."""

import json
import subprocess
from pathlib import Path

import pytest
from test_cli_kernel import CHAIN, CONFIG, WEB

from svcc.cli.main import run

pytestmark = pytest.mark.kernel

DOCKER = """\
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
COMMIT
"""
FIREWALLD = "table inet firewalld {\n\tchain filter_INPUT {\n\t\ttype filter hook input priority 10;\n\t}\n}\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "web.yaml").write_text(WEB)
    (tmp_path / "lab" / "svcc.yaml").write_text(CONFIG)
    return str(tmp_path / "lab")


def tool(*argv, stdin=""):
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=True).stdout


def drift(files, capsys, *words):
    """Return what `svcc status` says in JSON of the drift; it exits 3 exactly when the kernel is not as the manifests say."""
    capsys.readouterr()
    code = run(["status", files, "--format", "json", "-q", *words])
    held = json.loads(capsys.readouterr().out)
    assert (3 if held["changes"] else 0) == code
    return held["drift"]


def causes(files, capsys, *words):
    return [(one["what"], one["who"], one["evidence"]) for one in drift(files, capsys, *words)["causes"]]


@pytest.mark.parametrize("backend", ["nft", "legacy"])
def test_each_way_of_losing_rules_of_iptables_is_told_from_the_others(backend, namespace, files, capsys):
    iptables, on = f"iptables-{backend}", ("--backend", backend)
    assert 0 == run(["apply", files, "-q", *on])
    assert [] == causes(files, capsys, *on)

    tool(f"{iptables}-restore", "--noflush", stdin=DOCKER)
    tool(iptables, "-t", "nat", "-F", "PREROUTING")
    assert [("jumps", ["Docker"], ["chain DOCKER in IPv4 nat"])] == causes(files, capsys, *on)
    assert 0 == run(["apply", files, "-q", *on])

    tool(iptables, "-t", "nat", "-F")
    assert [("emptied", [], [])] == causes(files, capsys, *on)
    assert 0 == run(["apply", files, "-q", *on])

    tool(iptables, "-t", "nat", "-A", CHAIN, "-s", "192.0.2.7", "-j", "RETURN")
    assert [("edited", [], [f"IPv4 nat {CHAIN}: + -s 192.0.2.7/32 -j RETURN"])] == causes(files, capsys, *on)
    assert 0 == run(["apply", files, "-q", *on])

    tool(f"{iptables}-restore", stdin=DOCKER)
    found = drift(files, capsys, *on)
    assert ["gone"] == [one["what"] for one in found["causes"]]
    assert "iptables-restore without --noflush does that" in found["causes"][0]["text"]
    assert (found["bySomebody"], 0) == (len(found["objects"]), found["byManifests"])


def test_a_flush_of_everything_is_told_by_what_else_is_gone(namespace, files, capsys):
    assert 0 == run(["apply", files, "-q", "--mode", "nftables"])
    tool("nft", "flush", "ruleset")
    found = drift(files, capsys, "--mode", "nftables")["causes"]
    assert [("gone", ["nf_tables holds no table of anybody"])] == [(one["what"], one["evidence"]) for one in found]
    assert "`nft flush ruleset` does that" in found[0]["text"]

    assert 0 == run(["apply", files, "-q", "--mode", "nftables"])
    tool("nft", "-f", "-", stdin="flush ruleset\n" + FIREWALLD)
    assert [("gone", ["firewalld"], ["table inet firewalld"])] == causes(files, capsys, "--mode", "nftables")


def test_elements_and_rules_of_nftables_are_told_by_name(namespace, files, capsys):
    on = ("--mode", "nftables")
    assert 0 == run(["apply", files, "-q", *on])
    tool("nft", "add", "rule", "ip", "svcc", "services", "counter")
    tool("nft", "flush", "map", "ip", "svcc", "slots")
    found = drift(files, capsys, *on)
    assert [("edited", ["ip svcc services"]), ("edited", ["ip svcc slots lab/web:http"])] == [
        (one["what"], one["objects"]) for one in found["causes"]
    ]
    assert 2 == found["bySomebody"]


def test_what_the_manifests_changed_is_not_somebodys(namespace, files, capsys):
    assert 0 == run(["apply", files, "-q"])
    manifest = Path(files) / "web.yaml"
    manifest.write_text(manifest.read_text().replace("10.128.9.31", "10.128.9.33"))
    found = drift(files, capsys)
    assert (0, 1, []) == (found["bySomebody"], found["byManifests"], found["causes"])
    Path("/proc/sys/net/ipv4/ip_forward").write_text("0")
    found = drift(files, capsys)
    assert (1, 1, ["settings"]) == (found["bySomebody"], found["byManifests"], [one["what"] for one in found["causes"]])
    capsys.readouterr()
    assert 3 == run(["status", files])
    assert capsys.readouterr().out.startswith(
        "1 object was changed by somebody since the last apply; 1 differs because the manifests changed.\n"
        "  net.ipv4.ip_forward is 0 and was 1: a program or `sysctl --system` has set it\n"
    )
    assert 3 == run(["plan", files, "--exit-code"])
    assert "drift: 1 object was changed by somebody since the last apply; 1 differs" in capsys.readouterr().err
    assert 0 == run(["apply", files])
    told = capsys.readouterr().out
    assert "Repaired 1 object that somebody had changed since the last apply: net.ipv4.ip_forward is 0" in told
    assert 0 == run(["apply", files])
    assert "Repaired" not in capsys.readouterr().out


def test_a_namespace_made_anew_and_a_boot_are_told_for_what_they_are(namespace, files, capsys, tmp_path):
    assert 0 == run(["apply", files, "-q"])
    tool("nft", "flush", "ruleset")
    path = next((tmp_path / "state").glob("*.json"))
    held = json.loads(path.read_text())
    boot, cookie = held["instance"].split(":")
    for instance, words in (
        (f"{boot}:{int(cookie) + 1}", "the network namespace was made anew since the last apply"),
        (f"00000000-0000-0000-0000-000000000000:{cookie}", "this machine was started anew since the last apply"),
    ):
        path.write_text(json.dumps({**held, "instance": instance}))
        assert all(words in one["text"] for one in drift(files, capsys)["causes"])


def test_rules_of_svcc_in_a_backend_that_was_not_applied_to_are_told_as_a_copy(namespace, files, capsys):
    assert 0 == run(["apply", files, "-q", "--backend", "legacy"])
    saved = tool("iptables-legacy-save")
    assert 0 == run(["apply", files, "-q", "--mode", "nftables"])
    tool("iptables-nft-restore", stdin=saved)
    found = drift(files, capsys, "--mode", "nftables")
    assert [("stray", True)] == [(one["what"], "in iptables-nft" in one["text"]) for one in found["causes"]]
    assert 0 == run(["apply", files, "-q", "--mode", "nftables"])
    assert [] == causes(files, capsys, "--mode", "nftables")


def test_without_what_was_applied_last_nobody_is_blamed(namespace, files, capsys, tmp_path):
    found = drift(files, capsys)
    assert (False, 0, []) == (found["lastApplyKnown"], found["bySomebody"], found["causes"])
    assert 0 == run(["apply", files, "-q"])
    tool("nft", "flush", "ruleset")
    for path in (tmp_path / "state").glob("*.applied"):
        path.write_text("damaged")
    found = drift(files, capsys)
    assert (False, 0, []) == (found["lastApplyKnown"], found["bySomebody"], found["causes"])


def test_what_waits_to_be_confirmed_is_what_was_applied_last(namespace, files, capsys):
    assert 0 == run(["apply", files, "-q", "--confirm-within", "300s"])
    tool("nft", "flush", "ruleset")
    assert ["gone"] == [one["what"] for one in drift(files, capsys)["causes"]]
    assert 0 == run(["rollback", "-q"])
    found = drift(files, capsys)
    assert (0, True) == (found["bySomebody"], found["byManifests"] > 0)


def test_a_rule_that_came_before_ours_is_told_with_its_owner(namespace, files, capsys):
    assert 0 == run(["apply", files, "-q", "--backend", "nft"])
    tool("iptables-nft-restore", "--noflush", stdin=DOCKER.replace("-A PREROUTING", "-I PREROUTING 1"))
    rule = "-m addrtype --dst-type LOCAL -j DOCKER"
    assert [("overtaken", ["Docker"], [rule])] == causes(files, capsys)
