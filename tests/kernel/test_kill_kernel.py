"""Killed at any point of an apply, a rollback or a clean, the next svcc finds out, and the kernel is exactly as before or as after."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from test_cli_kernel import CONFIG, WEB, everything

from svcc.cli.main import run
from svcc.kernel import journal, netns
from svcc.kernel.backend import Backend
from svcc.kernel.journal import Phase

pytestmark = pytest.mark.kernel

KILLED = Path(__file__).with_name("killed.py")
OTHER = {"iptables": "nftables", "nftables": "iptables"}


def killed(number, when, *words):
    argv = [sys.executable, str(KILLED), str(number), when, *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def kernel():
    """Return every line that the tools list and every setting, as a set: how often it stands there is the last word."""
    text, settings = everything(Backend.NFT)
    # What nft says of rules of iptables depends on which table it has read before; iptables-save has said it already.
    counted = Counter(
        line for line in text.splitlines() if line.strip() and not (line.startswith("\t") and "counter" in line)
    )
    return {f"{line} {number}" for line, number in counted.items()} | set(settings.items())


def remembered(tmp_path):
    folder = tmp_path / "state"
    return {path.name: path.read_text() for kind in ("json", "applied") for path in folder.glob(f"*.{kind}")}


def points(*words):
    """Return how many things an svcc does; what it does is undone again."""
    done = killed(0, "count", *words)
    assert 0 == done.returncode, done.stderr
    assert 0 == run(["rollback", "-q"])
    return int(done.stderr.splitlines()[-1])


@pytest.fixture
def files(tmp_path):
    """Give two states of manifests: another endpoint, a Service more, and a setting more."""
    for name, text, more in (
        ("old", WEB, ""),
        ("new", WEB.replace("10.128.9.31", "10.128.9.41") + MORE, "localhostNodePorts: true\n"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "web.yaml").write_text(text)
        (tmp_path / name / "svcc.yaml").write_text(CONFIG + more)
    return str(tmp_path / "old"), str(tmp_path / "new")


MORE = """\
---
apiVersion: v1
kind: Service
metadata: {name: more, namespace: lab}
spec: {clusterIP: 10.96.0.20, ports: [{name: http, port: 80}]}
"""


@pytest.mark.parametrize(
    ("act", "mode"), [("change", "iptables"), ("switch", "iptables"), ("switch", "nftables"), ("clean", "nftables")]
)
def test_killed_at_any_point_it_is_undone_exactly_or_done_again(act, mode, namespace, files, tmp_path, capfd):
    old, new = files
    words = {
        "change": ("apply", new, "--mode", mode),
        "switch": ("apply", new, "--mode", OTHER[mode]),
        "clean": ("clean",),
    }[act]
    assert 0 == run(["apply", old, "--mode", mode, "-q"])
    count = points(*words)
    before, kept = kernel(), remembered(tmp_path)
    assert 0 == run([*words, "-q"])
    after = kernel()
    assert 0 == run(["rollback", "-q"])
    assert (set(), kept) == (before ^ kernel(), remembered(tmp_path))
    tried = 0
    for number in range(1, count + 1):
        # In turn, so that every point is tried on one side, and every second on each.
        when = ("before", "after")[number % 2]
        generation = journal.read(netns.identity()).generation
        assert -9 == killed(number, when, *words).returncode
        tried += 1
        held = journal.read(netns.identity())
        if held.generation == generation and held.phase is not Phase.UNDOING:
            assert set() == before ^ kernel(), f"{number} of {count}"
            continue
        if number % 4 < 2:
            assert 0 == run([*words, "-q"])
            assert set() == after ^ kernel(), f"{number} of {count}"
        assert 0 == run(["rollback", "-q"])
        assert (set(), kept) == (before ^ kernel(), remembered(tmp_path)), f"{number} of {count}"
    with capfd.disabled():
        print(f" [{act} in {mode}: killed at {tried} points]", end="")
    assert 0 == run(["status", old, "--mode", mode, "-q"])


@pytest.mark.parametrize("mode", ["nftables"])
def test_a_rollback_that_is_killed_is_rolled_back_by_the_next(mode, namespace, files, tmp_path):
    old, new = files
    assert 0 == run(["apply", old, "--mode", mode, "-q"])
    before, kept = kernel(), remembered(tmp_path)
    assert 0 == run(["apply", new, "--mode", mode, "-q"])
    done = killed(0, "count", "rollback", "-q")
    count = int(done.stderr.splitlines()[-1])
    for number in range(1, count + 1):
        assert 0 == run(["apply", new, "--mode", mode, "-q"])
        assert -9 == killed(number, ("before", "after")[number % 2], "rollback", "-q").returncode
        if journal.read(netns.identity()).phase is not Phase.UNDONE:
            assert 0 == run(["rollback", "-q"])
        assert (set(), kept) == (before ^ kernel(), remembered(tmp_path)), f"{number} of {count}"


def test_what_was_cut_off_is_told_by_plan_and_status_and_in_json(namespace, files, capsys):
    old, new = files
    assert 0 == run(["apply", old, "-q"])
    count = points("apply", new)
    killed(count // 2, "after", "apply", new)
    while journal.read(netns.identity()).phase is not Phase.COMMITTING:
        count += 2
        killed(count // 2, "after", "apply", new)
    for words in (("plan", old), ("status",)):
        capsys.readouterr()
        run(list(words))
        assert "the last apply is neither done nor undone, since it was cut off" in capsys.readouterr().err
    assert 0 == run(["status", "--format", "json"])
    assert "committing" == json.loads(capsys.readouterr().out)["apply"]["phase"]
