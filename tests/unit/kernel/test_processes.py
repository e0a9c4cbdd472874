import os
import subprocess
import sys

import pytest

from svcc.kernel.processes import running

NAME = "svcc-test-sleep"


@pytest.fixture
def sleeping(tmp_path):
    """Start a program of a name of its own; the value is its number."""
    path = tmp_path / NAME
    path.symlink_to(sys.executable)
    with subprocess.Popen([path, "-c", "print(flush=True); input()"], stdin=-1, stdout=-1) as process:
        process.stdout.readline()
        yield process.pid
        process.stdin.close()


def test_a_program_is_found_by_its_name(sleeping):
    assert {NAME: sleeping} == running([NAME, "svcc-test-other"])


def test_a_program_of_another_network_namespace_is_not_here(sleeping, monkeypatch, tmp_path):
    for number in (str(sleeping), "self"):
        (tmp_path / number / "ns").mkdir(parents=True)
    (tmp_path / str(sleeping) / "comm").write_text(f"{NAME}\n")
    (tmp_path / str(sleeping) / "ns" / "net").symlink_to(f"/proc/{sleeping}/ns/net")
    (tmp_path / "self" / "ns" / "net").symlink_to(f"/proc/{os.getpid()}/ns/uts")
    monkeypatch.setattr("svcc.kernel.processes._PROC", tmp_path)
    assert {} == running([NAME])
