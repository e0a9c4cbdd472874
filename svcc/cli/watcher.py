"""The process that undoes an apply unless it is confirmed in time, or whose apply dies on the way.

    python -P -m svcc.cli.watcher IDENTITY GENERATION     started by an apply, right before its first commit

It waits until the apply has ended, then looks at the journal once a second:

    done, undone, another generation     nothing is left to do here
    committing, and nobody at work       the apply was killed: undo it at once
    confirming                           when the time is over, counted in seconds since boot: undo it

It is in a session of its own and hears no SIGHUP or SIGINT, so that neither the end of a terminal nor of a login stops it. SIGTERM means
that nobody will watch any more: it undoes at once. What it cannot undo now, as while somebody holds the lock of iptables, it tries again
for an hour. What it does is in the system's log and in `svcc status`.
"""

import os
import signal
import sys
import syslog

from svcc.apply import Applied
from svcc.cli import live_undo
from svcc.kernel import detached, journal, lock
from svcc.kernel.base import KernelError
from svcc.kernel.journal import Journal, Phase

_LOOKS = 1.0
"""Seconds between two looks."""
_TRIES = 3600
_LOCKED = 5.0
"""Seconds to wait for the lock of another svcc at a time."""


def main() -> int:
    """Watch one apply to its end."""
    if not detached.detach():
        return 0
    identity, generation = sys.argv[1], int(sys.argv[2])
    for one in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
        signal.signal(one, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    syslog.openlog("svcc", syslog.LOG_PID, syslog.LOG_DAEMON)
    detached.tell_ready()
    detached.wait_for_release()
    watch(identity, generation)
    return 0


def watch(identity: str, generation: int) -> None:
    """Look until there is nothing to undo, or it is undone."""
    told, tries = False, 0
    while tries < _TRIES and (found := _look(identity, generation)) is not None:
        if not told and found.left:
            told = _sleep(min(_LOOKS, found.left))
            continue
        if _undone(identity, generation, told=told):
            return
        tries += 1
        told = _sleep(_LOOKS) or told


def _look(identity: str, generation: int) -> Journal | None:
    """Return the journal while it is about the watched apply, and there is something to undo."""
    try:
        found = journal.read(identity)
    except KernelError as problem:
        syslog.syslog(syslog.LOG_ERR, f"nothing can be undone: {problem.message}")
        return None
    if found is None or found.generation != generation or found.phase in (Phase.DONE, Phase.UNDONE):
        return None
    return found


def _undone(identity: str, generation: int, *, told: bool) -> bool:
    """Undo the apply, if that is still to be done when the lock is ours; return whether there is nothing more to do."""
    try:
        with lock.hold(identity, wait=_LOCKED):
            found = _look(identity, generation)
            if found is None:
                return True
            why = _why(found, told=told)
            if why is None:
                return False
            _say(live_undo.roll_back(found, why=why), found, why)
    except (KernelError, OSError) as problem:
        syslog.syslog(syslog.LOG_ERR, f"the apply of {generation} is not undone yet: {problem}")
        return False
    return True


def _why(found: Journal, *, told: bool) -> str | None:
    if found.phase is not Phase.CONFIRMING:
        return "it was cut off"
    if told:
        return "nobody had confirmed it when its watcher was told to end"
    return None if found.left else "nobody confirmed it in time"


def _say(applied: Applied, found: Journal, why: str) -> None:
    number = len(applied.plan.changes)
    syslog.syslog(syslog.LOG_WARNING, f"rolled back, {number} changes: {why} ({found.who})")


def _sleep(seconds: float) -> bool:
    """Sleep; return at once, and true, when we are told to end."""
    return signal.sigtimedwait([signal.SIGTERM], seconds) is not None


if __name__ == "__main__":
    os._exit(main())
