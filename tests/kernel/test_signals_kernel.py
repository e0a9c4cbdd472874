"""A signal ends an apply before or after, never in between, and the exit code says which; each in a namespace of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_cli_kernel import CONFIG, ROOT, SVCC, WEB, everything, svcc, tool

from svcc.kernel.backend import Backend
from svcc.net import Family

pytestmark = pytest.mark.kernel

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


@pytest.fixture(params=list(Backend), ids=lambda one: one.value)
def which(request, namespace):
    return request.param


def stopped(words, delay, number):
    """Send a signal to a svcc after some seconds; return how it ended."""
    process = subprocess.Popen([SVCC, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(delay)
    process.send_signal(number)
    output, complaint = process.communicate(timeout=120)
    assert ("Traceback" in output + complaint, "bug in svcc" in output + complaint) == (False, False), complaint
    return process.returncode, complaint


def lines(which):
    text, settings = everything(which)
    return sorted(text.splitlines()), settings


def test_an_apply_that_is_told_to_end_ends_before_or_after(which, tmp_path):
    Path("/proc/sys/net/ipv4/ip_forward").write_text("0")
    big = tmp_path / "big.yaml"
    big.write_text(tool(sys.executable, str(ROOT / "examples" / "big.py"), "--services", "2000", "--endpoints", "3"))
    words = ("apply", big, "--backend", which.value, "-q")
    before = lines(which)
    began = time.monotonic()
    assert 0 == svcc(*words).returncode
    whole = time.monotonic() - began
    after = lines(which)
    assert 0 == svcc("clean", "-q").returncode
    assert before == lines(which)
    codes = set()
    for step in range(6):
        code, complaint = stopped(words, whole * (step + 2) / 7.5, SIGNALS[step % 3])
        codes.add(code)
        if code == 0:
            assert after == lines(which)
            assert 0 == svcc("clean", "-q").returncode
        else:
            # Before Python has started up, the signal ends it as any process.
            assert code in (130, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT), complaint
            assert (130 == code) == ("interrupted" in complaint)
        assert (before, []) == (lines(which), list((tmp_path / "state").iterdir()) if code else [])
    assert 130 in codes


def lingering(tmp_path, name):
    """Make a tool that does its work, says so, and then lingers; return a PATH with it first."""
    folder = tmp_path / "bin"
    folder.mkdir()
    real = subprocess.run(["sh", "-c", f"command -v {name}"], capture_output=True, text=True, check=True).stdout.strip()
    (folder / name).write_text(
        f'#!/bin/sh\ncase "$*" in *--test*) exec {real} "$@";; esac\n{real} "$@"; touch {tmp_path}/here; sleep 1\n'
    )
    (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_after_the_first_family_rolls_it_back(number, which, tmp_path):
    (tmp_path / "web.yaml").write_text(WEB)
    (tmp_path / "svcc.yaml").write_text(CONFIG)
    before = everything(which)
    path = lingering(tmp_path, which.tool(Family.IPV4, "restore"))
    process = subprocess.Popen(
        [SVCC, "apply", tmp_path / "web.yaml", "--config", tmp_path / "svcc.yaml", "--backend", which.value],
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "here").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(number)
    process.send_signal(number)
    output, complaint = process.communicate(timeout=60)
    assert (130, "", True) == (process.returncode, output, "interrupted, rolled back" in complaint), complaint
    assert (before, []) == (everything(which), list((tmp_path / "state").iterdir()))
