"""Run programs and say how long they took and how much memory they held, in network namespaces of the bench's own.

with namespace() as name:
    timed(["ip", "netns", "exec", name, "iptables-nft-restore", "--noflush", "rules.v4"])  ->  Run(3.1, 120.5, "")
"""

import itertools
import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

PREFIX = "svccbench"
SETTLE = 1.0
"""Seconds that the kernel has to free a deleted namespace's rules before the next measurement."""
_turn = itertools.count()


class Run(NamedTuple):
    """One run of a program: wall-clock seconds, peak memory in MB, and what it printed."""

    seconds: float
    peak: float
    printed: str


class Failed(Exception):  # noqa: N818 - as short as what it says
    """A measured program ended with an error, or took too long."""


def timed(
    argv: Sequence[str], timeout: float = 600, env: Mapping[str, str] | None = None, *, keep: bool = False
) -> Run:
    """Run a program; its output is thrown away unless it is to be kept.

    Raises:
        Failed: it ended with an error or did not end in time; the message holds the end of what it said.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        sink = out if keep else subprocess.DEVNULL
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=sink, stderr=said, env={**os.environ, **(env or {})}
        )
        alarm = threading.Timer(timeout, os.kill, (child.pid, signal.SIGKILL))
        alarm.start()
        try:
            _, status, used = os.wait4(child.pid, 0)
        finally:
            alarm.cancel()
        seconds = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            said.seek(0)
            words = said.read().decode(errors="replace").strip()[-500:]
            raise Failed(f"{' '.join(argv[:8])} ended with {child.returncode} after {seconds:.0f} s: {words}")
        out.seek(0)
        return Run(seconds, used.ru_maxrss / 1024, out.read().decode())


@contextmanager
def namespace() -> Iterator[str]:
    """Make a fresh network namespace, and delete it with all its rules."""
    name = f"{PREFIX}-{os.getpid()}-{next(_turn)}"
    subprocess.run(["ip", "netns", "add", name], check=True, timeout=60)
    try:
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True, timeout=60)
        time.sleep(SETTLE)


def raise_stack() -> None:
    """Let programs that we start have a deep stack: iptables-nft-save overflows the usual 8 MB on large rulesets."""
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    resource.setrlimit(resource.RLIMIT_STACK, (hard, hard))
