"""Rolling back, confirming and probing, as a user meets them: each test in a namespace of its own."""

import json
import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import pytest
from test_cli_kernel import CONFIG, SVCC, WEB, everything, svcc, tool

from svcc.kernel import journal, netns
from svcc.kernel.backend import Backend

pytestmark = pytest.mark.kernel

ALIVE = "[s]vcc.cli.watcher"


@pytest.fixture(params=["iptables", "nftables"])
def mode(request, namespace):
    return request.param


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "web.yaml").write_text(WEB)
    (folder / "svcc.yaml").write_text(CONFIG)
    return folder


@pytest.fixture
def other(tmp_path):
    """Give manifests with another endpoint, which need another setting too."""
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "web.yaml").write_text(WEB.replace("10.128.9.31", "10.128.9.41"))
    (folder / "svcc.yaml").write_text(f"{CONFIG}localhostNodePorts: true\n")
    return folder


def remembered(tmp_path):
    """Return what clean goes by; the rest in the folder of state is only ever a shortcut."""
    return {path.name: path.read_text() for path in (tmp_path / "state").glob("*.json")}


def everything_sorted():
    text, settings = everything(Backend.NFT)
    return sorted(text.splitlines()), settings


def last():
    return json.loads(svcc("status", "--format", "json").stdout)["apply"]


def watchers(namespace):
    """Return the watchers of a namespace that are alive."""
    found = subprocess.run(["pgrep", "-f", f"{ALIVE} {namespace} "], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.splitlines()]


def gone(namespace, seconds=10):
    """Tell whether every watcher of a namespace ends in time."""
    until = time.monotonic() + seconds
    while watchers(namespace) and time.monotonic() < until:
        time.sleep(0.1)
    return watchers(namespace) == []


def test_the_first_apply_is_rolled_back_to_nothing_at_all(mode, lab, tmp_path):
    found = everything(Backend.NFT)
    assert 0 == svcc("apply", lab, "--mode", mode).returncode
    back = svcc("rollback")
    assert (0, True) == (back.returncode, "Rolled back, and read back" in back.stdout), back.stderr
    assert (found, {}) == (everything(Backend.NFT), remembered(tmp_path))
    again = svcc("rollback")
    assert (4, True) == (again.returncode, "there is no apply to return from" in again.stderr)


def test_a_change_of_rules_and_settings_is_rolled_back_exactly(mode, lab, other, tmp_path):
    assert 0 == svcc("apply", lab, "--mode", mode).returncode
    found, kept = everything_sorted(), remembered(tmp_path)
    assert 0 == svcc("apply", other, "--mode", mode).returncode
    held = json.loads(svcc("rollback", "--format", "json").stdout)
    assert ["lab/web:http"] == [one["service"] for one in held["services"]]
    assert (found, kept) == (everything_sorted(), remembered(tmp_path))
    assert 0 == svcc("status", lab, "--mode", mode).returncode


def test_a_change_of_the_mode_and_a_clean_are_rolled_back(mode, lab, tmp_path):
    before = everything(Backend.NFT)
    assert 0 == svcc("apply", lab, "--mode", mode).returncode
    found = everything_sorted()
    for words in (("apply", lab, "--mode", {"iptables": "nftables"}.get(mode, "iptables")), ("clean",)):
        assert 0 == svcc(*words).returncode
        assert found != everything_sorted()
        assert 0 == svcc("rollback").returncode
        assert found == everything_sorted()
        assert 0 == svcc("status", lab, "--mode", mode).returncode
    assert 0 == svcc("clean").returncode
    assert before == everything(Backend.NFT)


def test_an_empty_apply_does_not_change_where_a_rollback_leads(mode, lab, other):
    assert 0 == svcc("apply", lab, "--mode", mode).returncode
    found = everything_sorted()
    assert 0 == svcc("apply", other, "--mode", mode).returncode
    assert 0 == svcc("apply", other, "--mode", mode).returncode
    assert 0 == svcc("rollback").returncode
    assert found == everything_sorted()


def test_what_somebody_broke_meanwhile_is_rolled_back_too(namespace, lab, other):
    assert 0 == svcc("apply", lab, "--mode", "nftables").returncode
    found = everything_sorted()
    assert 0 == svcc("apply", other, "--mode", "nftables").returncode
    tool("nft", "delete", "table", "ip", "svcc")
    tool("nft", "add", "table", "ip", "somebody")
    assert 0 == svcc("rollback").returncode
    tool("nft", "delete", "table", "ip", "somebody")
    assert found == everything_sorted()


def test_a_rollback_that_fails_leaves_what_was_there_and_can_be_tried_again(namespace, lab, other, tmp_path):
    assert 0 == svcc("apply", lab, "--mode", "nftables").returncode
    found = everything_sorted()
    assert 0 == svcc("apply", other, "--mode", "nftables").returncode
    after = everything_sorted()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "nft").write_text(
        '#!/bin/sh\ncase "$*" in *-f*) echo "no luck today" >&2; exit 1;; esac\nexec /usr/sbin/nft "$@"\n'
    )
    (tmp_path / "bin" / "nft").chmod(0o755)
    failed = svcc("rollback", PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    assert (4, True) == (failed.returncode, "no luck today" in failed.stderr)
    assert (after, "done") == (everything_sorted(), last()["phase"])
    assert 0 == svcc("rollback").returncode
    assert found == everything_sorted()


def test_a_probe_sees_the_new_rules_and_its_failure_rolls_back(mode, lab, tmp_path):
    found = everything(Backend.NFT)
    look = {"iptables": "iptables-nft-save | grep -c SVCC", "nftables": "nft list tables | grep svcc"}[mode]
    ended = svcc("apply", lab, "--mode", mode, "--probe", f"{look}; echo not good enough >&2; exit 7")
    assert (4, "") == (ended.returncode, ended.stdout)
    assert "ended with status 7" in ended.stderr
    assert "not good enough" in ended.stderr
    assert (found, {}, None) == (everything(Backend.NFT), remembered(tmp_path), last())
    assert 0 == svcc("apply", lab, "--mode", mode, "--probe", look).returncode
    assert 0 == svcc("status", lab, "--mode", mode).returncode


def test_a_probe_that_hangs_rolls_back(namespace, lab):
    found = everything(Backend.NFT)
    ended = svcc("apply", lab, "--probe", "sleep 100", "--probe-within", "1s")
    assert (4, True) == (ended.returncode, "did not end within 1 seconds" in ended.stderr)
    assert found == everything(Backend.NFT)


def test_a_confirmed_apply_stays_and_its_watcher_ends(mode, namespace, lab):
    applied = svcc("apply", lab, "--mode", mode, "--confirm-within", "60s")
    assert (0, True) == (applied.returncode, "unless `svcc confirm` comes" in applied.stdout), applied.stderr
    assert 1 == len(watchers(namespace))
    confirmed = svcc("confirm")
    assert (0, True) == (confirmed.returncode, confirmed.stdout.startswith("Confirmed with "))
    assert gone(namespace)
    assert 0 == svcc("status", lab, "--mode", mode).returncode
    assert (0, "Nothing waits to be confirmed.\n") == (svcc("confirm").returncode, svcc("confirm").stdout)


def test_what_nobody_confirms_is_rolled_back_and_confirming_is_too_late(mode, namespace, lab, other):
    assert 0 == svcc("apply", lab, "--mode", mode).returncode
    found = everything_sorted()
    assert 0 == svcc("apply", other, "--mode", mode, "--confirm-within", "2s").returncode
    assert gone(namespace)
    assert found == everything_sorted()
    late = svcc("confirm")
    assert (4, True) == (late.returncode, "too late to confirm: it was rolled back" in late.stderr)
    status = svcc("status", lab, "--mode", mode)
    assert (0, True) == (status.returncode, "rolled back, since nobody confirmed it in time" in status.stderr)
    assert ("undone", "nobody confirmed it in time") == (last()["phase"], last()["why"])


def test_inside_the_window_nothing_else_is_applied_and_a_rollback_ends_it(namespace, lab, other):
    assert 0 == svcc("apply", lab).returncode
    found = everything_sorted()
    assert 0 == svcc("apply", other, "--confirm-within", "60s").returncode
    after = everything_sorted()
    for words in (("apply", lab), ("apply", other), ("clean",)):
        refused = svcc(*words)
        assert (4, True) == (refused.returncode, "an apply waits to be confirmed until" in refused.stderr)
        assert "hint   `svcc confirm` keeps it, `svcc rollback` takes it back now" in refused.stderr
        assert after == everything_sorted()
    assert "waits to be confirmed" in svcc("status").stderr
    assert 0 == svcc("rollback").returncode
    assert found == everything_sorted()
    assert gone(namespace)
    assert 0 == svcc("apply", other).returncode


def test_an_apply_whose_probe_fails_is_not_watched(namespace, lab):
    assert 4 == svcc("apply", lab, "--confirm-within", "60s", "--probe", "false").returncode
    assert gone(namespace)
    assert None is last()


def test_a_watcher_that_is_told_to_end_rolls_back_at_once(namespace, lab):
    found = everything(Backend.NFT)
    assert 0 == svcc("apply", lab, "--confirm-within", "600s").returncode
    (watcher,) = watchers(namespace)
    os.kill(watcher, signal.SIGTERM)
    assert gone(namespace)
    assert (found, "undone") == (everything(Backend.NFT), last()["phase"])


def test_a_watcher_that_is_killed_is_made_up_for_by_the_next_svcc(namespace, lab, other):
    assert 0 == svcc("apply", lab).returncode
    found = everything_sorted()
    assert 0 == svcc("apply", other, "--confirm-within", "1s").returncode
    for one in watchers(namespace):
        os.kill(one, signal.SIGKILL)
    time.sleep(1.2)
    assert "neither done nor undone, since nobody confirmed it in time" in svcc("status").stderr
    again = svcc("apply", lab)
    assert (0, True) == (again.returncode, "Undone first" in again.stderr)
    assert found == everything_sorted()


def test_losing_the_terminal_and_its_session_rolls_back_on_time(namespace, lab):
    """As when an SSH session dies right after an apply: its terminal hangs up, and all of its processes are killed."""
    found = everything(Backend.NFT)
    shell, terminal = pty.fork()
    if shell == 0:
        os.execv("/bin/sh", ["sh", "-c", f"{SVCC} apply {lab} -q --confirm-within 3s; echo committed; sleep 60"])
    said = b""
    while b"committed" not in said:
        said += os.read(terminal, 4096)
    assert found != everything(Backend.NFT)
    (watcher,) = watchers(namespace)
    assert os.getsid(watcher) != os.getsid(shell)
    os.close(terminal)
    os.killpg(shell, signal.SIGHUP)
    os.killpg(shell, signal.SIGKILL)
    os.waitpid(shell, 0)
    assert gone(namespace)
    assert (found, "nobody confirmed it in time") == (everything(Backend.NFT), last()["why"])


def test_an_apply_that_is_killed_inside_its_window_is_undone_at_once(namespace, lab, tmp_path):
    found = everything(Backend.NFT)
    process = subprocess.Popen(
        [SVCC, "apply", lab, "--confirm-within", "600s", "--probe", f"touch {tmp_path}/here; sleep 100"],
        stdout=subprocess.DEVNULL,
    )
    while not (tmp_path / "here").exists():
        assert None is process.poll()
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert gone(namespace)
    assert (found, "it was cut off") == (everything(Backend.NFT), last()["why"])


def test_the_end_of_a_window_does_not_depend_on_the_clock(namespace, lab):
    assert 0 == svcc("apply", lab, "--confirm-within", "60s").returncode
    held = journal.read(netns.identity())
    assert 0 < held.until - journal.since_boot() <= 60
    assert 0 == svcc("rollback", "-q").returncode
    assert gone(namespace)


def test_a_confirm_window_and_a_drain_are_not_for_one_apply(namespace, lab):
    ended = svcc("apply", lab, "--confirm-within", "1m", "--drain", "1m")
    assert (2, True) == (ended.returncode, "not together with --confirm-within" in ended.stderr)


FULL = 'mount -t tmpfs -o size={size} none "$SVCC_RUN_DIR"; {more} exec "$@"'


@pytest.mark.parametrize("folder", ["run", "state"])
@pytest.mark.parametrize(("size", "more"), [("4k", ""), ("1m", 'mount -o remount,ro "$SVCC_RUN_DIR";')])
def test_with_a_full_or_read_only_folder_nothing_is_applied(size, more, folder, namespace, lab, tmp_path):
    found = everything(Backend.NFT)
    (tmp_path / folder).mkdir(mode=0o700)
    script = FULL.format(size=size, more=more).replace("none", "-o mode=700 none")
    script = script.replace("SVCC_RUN_DIR", f"SVCC_{folder.upper()}_DIR")
    big = lab / "web.yaml"
    big.write_text("".join(f"{WEB}---\n" for _ in range(1)))
    ended = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", SVCC, "apply", lab],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (4, "") == (ended.returncode, ended.stdout)
    assert "cannot be" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (found, {}) == (everything(Backend.NFT), remembered(tmp_path))


def test_a_damaged_journal_stops_an_apply_and_says_how_to_go_on(namespace, lab, tmp_path):
    assert 0 == svcc("apply", lab).returncode
    (path,) = Path(tmp_path / "run").glob("*.journal")
    path.write_text("{")
    for words in (("apply", lab), ("rollback",), ("confirm",)):
        ended = svcc(*words)
        assert (4, True) == (ended.returncode, f"the journal {path} is damaged" in ended.stderr)
    path.unlink()
    assert 0 == svcc("apply", lab).returncode
