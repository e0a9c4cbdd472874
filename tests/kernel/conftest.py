"""Fixtures for tests against a real kernel: every test works inside a network namespace of its own."""

import ctypes
import itertools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from svcc.kernel import netns

_numbers = itertools.count()


@pytest.fixture
def namespace(tmp_path, monkeypatch):
    """Enter a fresh network namespace for one test; its name is the value. Locks and state go to a folder of the test."""
    assert os.geteuid() == 0, "kernel tests need root"
    monkeypatch.setenv("SVCC_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("SVCC_STATE_DIR", str(tmp_path / "state"))
    name = f"svcc-test-{os.getpid()}-{next(_numbers)}"
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        netns.enter(name)
        Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("0")
        yield name
    finally:
        assert ctypes.CDLL(None).setns(home, 0) == 0
        os.close(home)
        subprocess.run(["ip", "netns", "del", name], check=True)


@pytest.fixture
def boot(namespace, tmp_path):
    """Give a function that makes the namespace anew under its name, and forgets what no boot remembers."""

    def anew():
        subprocess.run(["ip", "netns", "del", namespace], check=True)
        subprocess.run(["ip", "netns", "add", namespace], check=True)
        netns.enter(namespace)
        Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("0")
        shutil.rmtree(tmp_path / "run", ignore_errors=True)

    return anew
