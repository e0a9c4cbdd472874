"""On a machine that fails in the middle of an apply, everything is as before, requests are answered, and the message says what to do."""

import os
import resource
import shutil
from pathlib import Path

import pytest
from test_faults import LAYOUT, PODS, PORT, Host

from svcc.kernel import run as tools
from tests.lab.namespaces import Lab
from tests.lab.servers import Listen, Servers

pytestmark = pytest.mark.kernel

TOOLS = ("nft", "iptables", "iptables-nft", "ip6tables-nft", "modprobe", "sh", "rm", "sleep", "cat", "grep")
CHANGING = {"nft": "iptables-nft-restore", "nftables": "nft"}
WRONG = {
    "hangs": ("sleep 60", "did not end within 2 seconds"),
    "is killed": ("kill -9 $$", "was ended by signal 9"),
    "says nonsense and does nothing": ("cat > /dev/null; echo nonsense", "the kernel held something else"),
    "cannot be understood": ("echo '\033[31mno \377' >&2; exit 111", "failed with status 111"),
    "cannot be started": ("", "cannot be started: Exec format error"),
}


@pytest.fixture(scope="module")
def lab():
    with Lab(LAYOUT) as made, Servers(made, [Listen(pod, PORT) for pod in PODS]):
        yield made


@pytest.fixture(params=["nft", "nftables"])
def host(request, lab, tmp_path):
    made = Host(lab, tmp_path, (request.param, request.param), "apply")
    made.learn()
    made.changing = CHANGING[request.param]
    yield made
    made.node.prepare, made.node.sbin = lambda: None, tools._SBIN
    made.node.environment["PATH"] = os.environ["PATH"]
    made.done("clean", "-q")


def shim(host, name, text):
    """Put a tool before the real one, which does as that does unless it changes something."""
    folder = host.folder / "bin"
    folder.mkdir(exist_ok=True)
    real = shutil.which(name)
    passed = f'case "$*" in *--test*|*-c*|*list*|*-j*) exec {real} "$@";; esac'
    (folder / name).write_text(f"#!/bin/sh\n{passed}\n{text}\n" if text else "\0\1nothing to run")
    (folder / name).chmod(0o755)
    host.node.environment["PATH"] = f"{folder}:{os.environ['PATH']}"


def is_told(host, ended, words, now="everything is as before"):
    assert (4, True) == (ended.status, words in ended.printed), ended.printed
    assert "Traceback" not in ended.printed
    assert f"now    {now}" in ended.printed, ended.printed
    assert "while  " in ended.printed, ended.printed
    host.is_before(words)


@pytest.mark.parametrize("what", WRONG)
def test_a_tool_that_goes_wrong_changes_nothing(what, host):
    text, words = WRONG[what]
    shim(host, host.changing, text)
    host.node.seconds = 2.0
    now = "nothing was changed" if what == "cannot be started" else "everything is as before"
    is_told(host, host.node.ended(*host.act), words, now)


@pytest.mark.parametrize("host", ["nft"], indirect=True)
@pytest.mark.parametrize(
    "said", ["nonsense", "*nat\n:SVCC-SERVICES", "*nat\n-A SVCC-NOWHERE -j", ":PREROUTING ACCEPT [0:0]"]
)
def test_a_tool_that_says_nonsense_of_what_is_there_changes_nothing(said, host):
    (host.folder / "said").write_text(said)
    shim(host, "iptables-nft-save", f"cat {host.folder}/said")
    ended = host.node.ended(*host.act)
    assert (4, True) == (ended.status, "now    nothing was changed" in ended.printed), ended.printed
    host.is_before(said)


@pytest.mark.parametrize("host", ["nft"], indirect=True)
def test_a_tool_that_goes_away_midway_changes_nothing(host):
    folder = host.folder / "bin"
    folder.mkdir()
    for name in (*TOOLS, *(f"ip{six}tables-nft-{verb}" for six in ("", "6") for verb in ("save", "restore"))):
        (folder / name).symlink_to(shutil.which(name))
    (folder / "iptables-nft-restore").unlink()
    real = shutil.which("iptables-nft-restore")
    gone = folder / "ip6tables-nft-restore"
    (folder / "iptables-nft-restore").write_text(
        f'#!/bin/sh\ncase "$*" in *--test*) ;; *) mv {gone} {folder}/away;; esac\nexec {real} "$@"\n'
    )
    (folder / "iptables-nft-restore").chmod(0o755)
    (folder / "mv").symlink_to(shutil.which("mv"))
    host.node.environment["PATH"], host.node.sbin = str(folder), "/nowhere"
    ended = host.node.ended(*host.act)
    # Without the tool of IPv6 there is no way on; what was there of it was never changed.
    assert "ip6tables-nft-restore is not installed" in ended.printed
    is_told(host, ended, "apt-get install iptables")


def test_without_memory_for_another_process_nothing_is_changed(host):
    host.node.prepare = lambda: _little_memory(32 << 20)
    ended = host.node.ended(*host.act)
    assert 4 == ended.status, ended.printed
    assert "Traceback" not in ended.printed
    host.is_before("little memory")


def _little_memory(more):
    """Let this process have only so many bytes more than it has."""
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + more, resource.RLIM_INFINITY))
