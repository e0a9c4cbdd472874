"""The machine with ip_vs, from outside: what becomes of a command in it, and of the machine when something goes wrong."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.vm.demands import demand_ip_vs
from tests.vm.initramfs import Part, initramfs
from tests.vm.missing import MachineError, static_busybox, tool
from tests.vm.run import FAILED, ROOT, TIME_OUT

pytestmark = pytest.mark.kernel

RUN = (sys.executable, str(ROOT / "tests/vm/run.py"))
CRASH = "echo c > /proc/sysrq-trigger; sleep 60"


@pytest.fixture
def folder():
    """A folder for the machine's sockets, whose names may not be longer than a hundred letters."""
    made = tempfile.mkdtemp(prefix="vm-", dir="/tmp")
    yield Path(made)
    shutil.rmtree(made)


def running(folder):
    """Return the programs of whatever machine has its files in a folder."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = one.read_bytes().decode(errors="replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if any(f"{folder}/" in word for word in words):
            found.append(Path(words[0]).name)
    return sorted(found)


def done(folder, *words, **environment):
    return subprocess.run(
        (*RUN, *words),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder), **environment},
        text=True,
        capture_output=True,
        check=False,
        timeout=300,
    )


def test_output_and_exit_status_of_a_command_come_through_and_what_it_writes_stays_inside(folder):
    script = f"pwd; echo complaint >&2; echo kept > {folder}/written; cat {folder}/written; exit 7"
    ended = done(folder, "sh", "-c", script)
    assert (7, f"{ROOT}\ncomplaint\nkept\n", "") == (ended.returncode, ended.stdout, ended.stderr)
    assert [] == list(folder.iterdir())


def test_a_panic_is_a_failure_that_tells_the_end_of_the_console(folder):
    ended = done(folder, "sh", "-c", f"echo before; {CRASH}")
    assert (FAILED, "before\n") == (ended.returncode, ended.stdout)
    assert "vm: it stopped without an exit status" in ended.stderr
    assert "Kernel panic - not syncing: sysrq triggered crash" in ended.stderr


def test_a_time_out_is_a_failure_that_leaves_no_process_behind(folder):
    ended = done(folder, "--seconds", "2", "sleep", "600")
    assert TIME_OUT == ended.returncode
    assert "vm: no end after 2 seconds" in ended.stderr
    assert [] == running(folder)


def test_no_process_outlives_one_that_is_killed(folder):
    started = subprocess.Popen(
        (*RUN, "sleep", "600"), cwd=ROOT, env={**os.environ, "TMPDIR": str(folder)}, stderr=subprocess.DEVNULL
    )
    assert eventually(lambda: running(folder) == ["qemu-system-x86_64", "virtiofsd"])
    started.send_signal(signal.SIGKILL)
    started.wait()
    assert eventually(lambda: running(folder) == [])


def eventually(holds) -> bool:
    until = time.monotonic() + 60
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    return holds()


@pytest.mark.parametrize(
    ("missing", "package"), [("qemu-system-x86_64", "qemu-system-x86"), ("busybox", "busybox-static")]
)
def test_a_missing_program_is_told_with_its_package(folder, missing, package):
    programs = folder / "bin"
    programs.mkdir()
    for name in {"qemu-system-x86_64", "busybox", "setpriv", "apt-cache", "apt-get", "dpkg-deb"} - {missing}:
        (programs / name).symlink_to(tool(name))
    ended = done(folder, "true", PATH=str(programs))
    assert FAILED == ended.returncode
    assert f"vm: {missing} is missing: apt-get install {package}\n" == ended.stderr


def test_a_busybox_that_needs_libraries_is_told_apart(folder, monkeypatch):
    (folder / "busybox").write_bytes(Path("/bin/ls").read_bytes())
    (folder / "busybox").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(MachineError, match="busybox needs libraries: apt-get install busybox-static"):
        static_busybox()


def test_the_initramfs_is_an_archive_that_busybox_unpacks(tmp_path):
    packed = initramfs([Part("mod"), Part("mod/order", 0o644, b"a.ko\n"), Part("init", 0o755, b"#!/bin/sh\n")])
    subprocess.run(["sh", "-c", "gunzip | busybox cpio -i"], input=packed, cwd=tmp_path, check=True)
    found = {str(one.relative_to(tmp_path)): one.is_file() and one.read_bytes() for one in tmp_path.rglob("*")}
    assert {"mod": False, "mod/order": b"a.ko\n", "init": b"#!/bin/sh\n"} == found
    assert os.access(tmp_path / "init", os.X_OK)


def test_a_test_of_the_guest_fails_on_a_kernel_without_ip_vs(tmp_path):
    with pytest.raises(AssertionError, match=r"this kernel has no ip_vs .*`make vm`"):
        demand_ip_vs(tmp_path / "ip_vs")


def test_the_tests_of_the_guest_are_not_collected_outside():
    command = (sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests/vm")
    collected = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True).stdout
    assert "tests/vm/test_machine.py::" in collected
    assert "tests/vm/guest/" not in collected
