"""One svcc at a time per network namespace.

    with hold("host"):       # /run/svcc/host.lock, or below SVCC_RUN_DIR
        …                    # a second svcc: Busy: pid 4711 (svcc apply shop/) is at work here

It is flock(2): the kernel lets go when the process ends, however it ends, so a lock file left behind means nothing.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from svcc.kernel.base import Busy, Denied
from svcc.kernel.folders import private


def run_dir() -> str:
    """Return the folder of locks."""
    return os.environ.get("SVCC_RUN_DIR") or "/run/svcc"


@contextmanager
def hold(identity: str) -> Iterator[None]:
    """Hold the lock of one network namespace.

    Raises:
        Busy: another process holds it; the message says which.
        Denied: the lock file cannot be opened safely.
    """
    descriptor = _open(private(run_dir()) / f"{identity}.lock")
    try:
        _take(descriptor, identity)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise Denied(f"the lock {path} cannot be opened: {problem.strerror}", hint="run svcc as root") from None


def _take(descriptor: int, identity: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 400, 0).decode(errors="replace").strip() or "another svcc"
        where = "on this host" if identity == "host" else f"in the network namespace {identity}"
        raise Busy(f"{holder} is at work {where}", hint="wait until it has ended, then try again") from None
    words = Path("/proc/self/cmdline").read_bytes().decode(errors="replace").split("\0")
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"pid {os.getpid()} ({' '.join(words).strip()[:300]})\n".encode(), 0)
