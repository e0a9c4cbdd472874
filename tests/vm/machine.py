"""One boot of a machine that runs one command, with the host's whole file system below a layer in memory.

    run(kernel, Job(("ipvsadm", "-Ln"), folder=Path("/checkout"), seconds=60))   ->   0     what it printed has come out meanwhile

Its output streams to ours. A machine that stops without an exit status (a panic, a crash) or takes too long is an error that carries
the end of its console. Whatever becomes of us, no process stays behind: qemu dies with us, and virtiofsd with qemu.

Facts (QEMU 7.2, emulation alone; KVM is not to be had everywhere): one processor is faster than two; `-chardev stdio` blocks for ever once
our end is closed, so output goes to the file /dev/stdout; everything inside takes 15 times as long, a new process 40 times.
"""

import os
import select
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tests.vm.kernel import Kernel
from tests.vm.missing import MachineError, tool

SECOND = Path(__file__).parent / "inside" / "second.sh"
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
}
_LINES = 60
"""So much of the console is told when a machine fails."""
_START = 20
_CHUNK = 65536


class TimeOutError(MachineError):
    """The machine took too long and was stopped."""


class Job(NamedTuple):
    """What to run: a command, the folder it starts in, and how long it may take, the boot included."""

    command: tuple[str, ...]
    folder: Path
    seconds: float
    megabytes: int = 1024


def run(kernel: Kernel, job: Job) -> int:
    """Boot, run the command, and return its exit status.

    Raises:
        MachineError: the machine failed.
        TimeOutError: it took too long.
    """
    with tempfile.TemporaryDirectory(prefix="svcc-vm-") as name:
        folder = Path(name)
        _write_job(folder, kernel, job)
        with _shared(folder) as socket, _started(_qemu(folder, kernel, job, socket), folder) as qemu:
            in_time = _stream(qemu, time.monotonic() + job.seconds)
        status = _read(folder / "status").strip()
        if not in_time:
            raise TimeOutError(f"no end after {job.seconds:g} seconds; the end of its console:\n{_told(folder)}")
        if not status:
            raise MachineError(f"it stopped without an exit status; the end of its console:\n{_told(folder)}")
        return int(status)


def _write_job(folder: Path, kernel: Kernel, job: Job) -> None:
    settings = {"modules": str(kernel.modules), "second": str(SECOND)}
    (folder / "settings").write_text("".join(f"{key}={shlex.quote(one)}\n" for key, one in settings.items()))
    exported = "".join(f"export {key}={shlex.quote(one)}\n" for key, one in ENVIRONMENT.items())
    (folder / "command").write_text(f"{exported}cd {shlex.quote(str(job.folder))}\nexec {shlex.join(job.command)}\n")


@contextmanager
def _shared(folder: Path) -> Iterator[Path]:
    """Serve the host's root for as long as qemu wants it; yield the socket."""
    program, socket = tool("virtiofsd"), folder / "virtiofsd"
    # Debian 12 has the one in C, later releases the one in Rust: they name their options differently.
    in_c = program.startswith("/usr/lib/qemu")
    options = ("-o", "source=/", "-o", "sandbox=chroot", "-o", "cache=always")
    options = options if in_c else ("--shared-dir=/", "--sandbox=chroot", "--cache=always")
    with _started((program, f"--socket-path={socket}", *options), folder) as server:
        until = time.monotonic() + _START
        while not socket.exists():
            if server.poll() is not None or time.monotonic() > until:
                raise MachineError(f"virtiofsd did not start:\n{_told(folder)}")
            time.sleep(0.01)
        yield socket


def _qemu(folder: Path, kernel: Kernel, job: Job, socket: Path) -> tuple[str, ...]:
    append = f"console=ttyS0 quiet loglevel=4 panic=-1 oops=panic mitigations=off svcc.job={folder}"
    memory = f"memory-backend-memfd,id=memory,size={job.megabytes}M,share=on"
    return (
        *(tool("qemu-system-x86_64"), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", f"{job.megabytes}M"),
        *("-M", "q35,memory-backend=memory", "-object", memory),
        *("-kernel", str(kernel.image), "-initrd", str(kernel.initramfs), "-append", append),
        *("-serial", f"file:{folder}/console"),
        *("-chardev", f"socket,id=host,path={socket}"),
        *("-device", "vhost-user-fs-pci,chardev=host,tag=host,queue-size=1024"),
        *("-device", "virtio-serial-pci,max_ports=4"),
        *("-chardev", "file,id=output,path=/dev/stdout", "-device", "virtserialport,chardev=output,nr=1"),
        *("-chardev", f"file,id=status,path={folder}/status", "-device", "virtserialport,chardev=status,nr=2"),
    )


@contextmanager
def _started(command: tuple[str, ...], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program that ends with the block, or with us should we be killed; what it complains of is kept."""
    dying_with_us = (tool("setpriv"), "--pdeathsig", "KILL", *command)
    with (folder / "complaints").open("ab") as complaints:
        started = subprocess.Popen(
            dying_with_us, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, start_new_session=True
        )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def _stream(qemu: "subprocess.Popen[bytes]", until: float) -> bool:
    """Copy what the machine prints to our own output until it ends; False when its time is over before."""
    assert qemu.stdout is not None
    sys.stdout.flush()
    while (left := until - time.monotonic()) > 0:
        if not select.select([qemu.stdout], [], [], left)[0]:
            break
        chunk = os.read(qemu.stdout.fileno(), _CHUNK)
        if not chunk:
            with suppress(subprocess.TimeoutExpired):
                qemu.wait(_START)
            return True
        while chunk:
            chunk = chunk[os.write(1, chunk) :]
    return False


def _told(folder: Path) -> str:
    """Return the end of what the console and the programs around it said."""
    lines = [*_read(folder / "complaints").splitlines(), *_read(folder / "console").replace("\r", "").splitlines()]
    return "\n".join(f"  {line}" for line in lines[-_LINES:])


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
