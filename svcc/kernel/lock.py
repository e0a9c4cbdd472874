"""One svcc at a time per network namespace.

    with hold("host"):            # /run/svcc/host.lock, or below SVCC_RUN_DIR
        …                         # a second svcc: Busy: pid 4711 (svcc apply shop/) is at work here
    with hold("host", wait=30):   # … after it has tried for 30 seconds

It is flock(2): the kernel lets go when the process ends, however it ends, so a lock file left behind means nothing.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from svcc.kernel.base import Busy, Denied
from svcc.kernel.folders import YOURS, private

_AGAIN = 0.05
"""Seconds between two tries."""


def run_dir() -> str:
    """Return the folder of locks."""
    return os.path.abspath(os.environ.get("SVCC_RUN_DIR") or "/run/svcc")  # noqa: PTH100 - a link in it must not be resolved


@contextmanager
def hold(identity: str, wait: float = 0) -> Iterator[None]:
    """Hold the lock of one network namespace.

    Raises:
        Busy: another process holds it, also after `wait` seconds; the message says which.
        Denied: the lock file cannot be opened safely.
    """
    descriptor = _open(private(run_dir()) / f"{identity}.lock")
    try:
        _take(descriptor, identity, wait)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise Denied(f"the lock {path} cannot be opened: {problem.strerror}", hint=YOURS) from None


def whoami() -> str:
    """Return how this process is known to another: `pid 4711 (svcc apply shop/)`."""
    words = Path("/proc/self/cmdline").read_bytes().decode(errors="replace").split("\0")
    named = words[1:] if Path(words[0]).name.startswith("python") else words
    return f"pid {os.getpid()} ({' '.join(named).strip()[:300]})"


def where(identity: str) -> str:
    """Return where a lock counts, for people."""
    return "on this host" if identity == "host" else f"in the network namespace {identity}"


def _take(descriptor: int, identity: str, wait: float) -> None:
    until = time.monotonic() + wait
    while not _taken(descriptor):
        left = until - time.monotonic()
        if left <= 0:
            holder = os.pread(descriptor, 400, 0).decode(errors="replace").strip() or "another svcc"
            hint = "wait until it has ended, then try again; --wait 30s does both"
            raise Busy(f"{holder} is at work {where(identity)}", hint=hint)
        time.sleep(min(_AGAIN, left))
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{whoami()}\n".encode(), 0)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
