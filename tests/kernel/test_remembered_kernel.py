"""Settings and tables end as they were found, whichever way an apply or a clean ends; each test in a namespace of its own."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from test_cli_kernel import CONFIG, WEB, everything, svcc, tool

from svcc.kernel import netns
from svcc.kernel.backend import Backend
from svcc.net import Family

pytestmark = pytest.mark.kernel

LOCALNET = "net.ipv4.conf.all.route_localnet"
FORWARD = "net.ipv4.ip_forward"
FORWARD_6 = "net.ipv6.conf.all.forwarding"
LOCALHOST = CONFIG + "localhostNodePorts: true\n"
WITHOUT_PORT = WEB.replace("type: NodePort", "type: ClusterIP").replace(", nodePort: 30080", "")
ONLY_4 = WITHOUT_PORT.replace("RequireDualStack", "SingleStack").replace("[IPv4, IPv6]", "[IPv4]")
ONLY_4 = ONLY_4.replace(', "fd00:96::10"]', "]")


@pytest.fixture(params=list(Backend), ids=lambda one: one.value)
def which(request, namespace):
    return request.param


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "web.yaml").write_text(WEB)
    (folder / "svcc.yaml").write_text(LOCALHOST)
    return folder


def value(name):
    return path(name).read_text().strip()


def path(name):
    return Path("/proc/sys", *name.split("."))


def lines(which):
    """Return everything in an order of its own: chains that went and came back stand last in nft's listing."""
    text, settings = everything(which)
    return sorted(text.splitlines()), settings


def remembered(tmp_path):
    return json.loads((tmp_path / "state" / f"{netns.identity()}.json").read_text())


def watched(tmp_path, which, *, fail=False):
    """Make tools that write down route_localnet before each commit, of which the IPv6 one may fail; return a PATH."""
    folder = tmp_path / ("failing" if fail else "watched")
    folder.mkdir()
    for family in Family:
        name = which.tool(family, "restore")
        real = shutil.which(name)
        last = 'echo "no luck today" >&2; exit 1' if fail and family is Family.IPV6 else f'exec {real} "$@"'
        (folder / name).write_text(
            f'#!/bin/sh\ncase "$*" in *--test*) exec {real} "$@";; esac\n'
            f"cat {path(LOCALNET)} >> {tmp_path}/log\n{last}\n"
        )
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_loopback_is_routed_only_while_its_guard_stands(which, lab, tmp_path):
    found = everything(which)
    on = ("--backend", which.value, "-q")
    good, bad = watched(tmp_path, which), watched(tmp_path, which, fail=True)
    assert 4 == svcc("apply", lab, *on, PATH=bad).returncode
    assert found == everything(which)
    assert 0 == svcc("apply", lab, *on, PATH=good).returncode
    assert ("1", "0") == (value(LOCALNET), remembered(tmp_path)["sysctls"][LOCALNET])
    applied = lines(which)

    (lab / "svcc.yaml").write_text(CONFIG)
    (lab / "web.yaml").write_text(WEB.replace("fd00:10::21", "fd00:10::41"))
    assert 4 == svcc("apply", lab, *on, PATH=bad).returncode
    assert applied == lines(which)
    assert 0 == svcc("apply", lab, *on, PATH=good).returncode
    assert ("0", False) == (value(LOCALNET), LOCALNET in remembered(tmp_path)["sysctls"])
    assert "SVCC-GUARD" not in everything(which)[0]

    (lab / "svcc.yaml").write_text(LOCALHOST)
    assert 0 == svcc("apply", lab, *on, PATH=good).returncode
    assert 0 == svcc("clean", *on, PATH=good).returncode
    assert found == everything(which)
    assert {"0"} == set((tmp_path / "log").read_text().split())


def test_a_setting_goes_back_with_the_last_service_that_needs_it(namespace, lab, tmp_path):
    path(FORWARD_6).write_text("0")
    assert 0 == svcc("apply", lab).returncode
    assert ("1", "1") == (value(FORWARD_6), value(LOCALNET))
    (lab / "web.yaml").write_text(ONLY_4)
    plan = svcc("plan", lab, "--format", "json").stdout
    changed = {one["key"]: one["after"] for one in json.loads(plan)["changes"] if one["subsystem"] == "sysctl"}
    assert {FORWARD_6: ["0"], LOCALNET: ["0"]} == changed
    assert 0 == svcc("apply", lab).returncode
    assert ("0", "0") == (value(FORWARD_6), value(LOCALNET))
    assert set(remembered(tmp_path)["sysctls"]) <= {FORWARD}

    # What was put back is the administrator's again.
    path(FORWARD_6).write_text("1")
    assert 0 == svcc("apply", lab).returncode
    assert 0 == svcc("clean").returncode
    assert "1" == value(FORWARD_6)


def test_a_setting_found_as_it_should_be_is_never_put_back(namespace, lab):
    path(FORWARD).write_text("1")
    assert (0, 0) == (svcc("apply", lab).returncode, svcc("clean").returncode)
    assert "1" == value(FORWARD)


def test_a_failed_apply_remembers_nothing_and_leaves_no_table(which, lab, tmp_path):
    path(FORWARD).write_text("0")
    found = everything(which)
    on = ("--backend", which.value, "-q")
    assert 4 == svcc("apply", lab, *on, PATH=watched(tmp_path, which, fail=True)).returncode
    assert (found, []) == (everything(which), list((tmp_path / "state").iterdir()))
    path(FORWARD).write_text("1")
    assert 0 == svcc("apply", lab, *on).returncode
    assert 0 == svcc("clean", *on).returncode
    assert "1" == value(FORWARD)


def test_cleaning_one_backend_keeps_what_the_other_relies_on(namespace, lab):
    found = everything(Backend.LEGACY)
    assert 0 == svcc("apply", lab, "--backend", "legacy").returncode
    for again in range(2):
        ended = svcc("clean", "--backend", "nft")
        assert (0, "legacy", "1", again) == (
            ended.returncode,
            *re.findall(r"in the (\w+) backend", ended.stdout),
            value(LOCALNET),
            again,
        )
        assert "Nothing of svcc" not in ended.stdout
    assert "Nothing of svcc is left." in svcc("clean").stdout
    assert found == everything(Backend.LEGACY)


def test_cleaning_the_backend_that_was_applied_to_hands_the_settings_to_the_other(namespace, lab):
    found = everything(Backend.LEGACY)
    assert 0 == svcc("apply", lab, "--backend", "nft").returncode
    tool("iptables-legacy-restore", "--noflush", stdin="*nat\n:SVCC-A - [0:0]\nCOMMIT\n")
    assert "Left: the rules of svcc in the legacy backend" in svcc("clean", "--backend", "nft").stdout
    assert "1" == value(LOCALNET)
    assert "Nothing of svcc is left." in svcc("clean", "--backend", "legacy").stdout
    assert found == everything(Backend.LEGACY)


def test_without_nft_at_the_first_apply_no_table_is_ever_taken_away(namespace, lab, tmp_path):
    tool("nft", "add table ip nat; add chain ip nat OUTPUT { type nat hook output priority -100; policy accept; }")
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in Path("/usr/sbin").glob("*tables*"):
        shutil.copy(name, folder / name.name)
    hide = f'for folder in /usr/local/sbin /usr/sbin /sbin; do mount --bind {folder} $folder; done; exec "$@"'
    words = ("unshare", "--mount", "sh", "-c", hide, "sh", shutil.which("svcc", path=".venv/bin"), "apply", lab, "-q")
    tool(*map(str, words), "--backend", "nft")
    assert None is remembered(tmp_path)["found"]
    assert 0 == svcc("clean").returncode
    assert "chain OUTPUT" in tool("nft", "list", "ruleset")


@pytest.mark.parametrize("words", [("plan", "{lab}"), ("status", "{lab}"), ("status",), ("trace", "{lab}", "--live")])
def test_looking_makes_no_folder_of_state_and_needs_none(words, namespace, lab, tmp_path):
    to = ("--from", "10.128.7.40", "--to", "10.96.0.10:80") if words[0] == "trace" else ()
    words = [word.format(lab=lab) for word in words]
    assert svcc(*words, *to).returncode in (0, 3, 4)
    assert not (tmp_path / "state").exists()
    (tmp_path / "state").write_text("not a folder")
    first = svcc(*words, *to)
    (tmp_path / "state").unlink()
    assert (first.returncode, first.stdout) == (svcc(*words, *to).returncode, first.stdout)


def test_an_apply_that_changes_nothing_writes_nothing(namespace, lab, tmp_path):
    assert 0 == svcc("apply", lab, "--backend", "nft").returncode
    (seen,) = (tmp_path / "state").glob("*.seen")
    before = {one: one.stat().st_ino for one in (tmp_path / "state").iterdir()}
    assert 0 == svcc("apply", lab).returncode
    assert before == {one: one.stat().st_ino for one in (tmp_path / "state").iterdir()}
    seen.unlink()
    assert 0 == svcc("apply", lab).returncode
    assert seen.exists()
