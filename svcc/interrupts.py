"""Let a signal end an apply in one of two ways: rolled back, or done; never in between.

    with Interrupts() as signals:
        …                    Ctrl-C, SIGTERM, SIGHUP   ->  KeyboardInterrupt, once; more of them are not heard
        signals.ignore()     from here                 ->  nothing: half a rollback is worse than a late end
        signals.finish()     from here                 ->  SystemExit(0): everything is done, there is nothing to undo

At its end the block puts back how signals were answered before it, but where everything is done: what follows is the end of the process, which takes
a while when much is in memory, and whoever runs a command puts them back (`put_back`). A signal that was ignored already, as by nohup, stays
ignored. Python drops an exception that is raised inside a callback of its collector; a signal lost so is sent again. Only the
main thread can say how signals are answered; in any other one this changes nothing.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from enum import Enum
from types import FrameType, TracebackType
from typing import Any, Self

_AGAIN = 0.01
"""Seconds until a signal that was lost is sent again."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Answer(Enum):
    RAISE = "raise"
    IGNORE = "ignore"
    FINISH = "finish"


class Interrupts:
    """How the signals that ask a process to end are answered for as long as a block lasts."""

    def __init__(self) -> None:
        self._answer = _Answer.RAISE
        self._before: dict[signal.Signals, Any] = {}
        self._raised: tuple[int, BaseException] | None = None
        self._hook = sys.unraisablehook

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for one in _SIGNALS:
                if signal.getsignal(one) not in (signal.SIG_IGN, None):
                    self._before[one] = signal.signal(one, self._arrived)
            self._hook, sys.unraisablehook = sys.unraisablehook, self._dropped
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._answer is not _Answer.FINISH:
            for one, answer in self._before.items():
                signal.signal(one, answer)
        if sys.unraisablehook == self._dropped:
            sys.unraisablehook = self._hook

    def ignore(self) -> None:
        """Hear no signal any more."""
        self._answer = _Answer.IGNORE

    def finish(self) -> None:
        """Let a signal end the process as done."""
        self._answer = _Answer.FINISH

    def _arrived(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signal's signature
        answer = self._answer
        if answer is _Answer.RAISE:
            # Set before raising: a second signal must not stop what the first one has set going.
            self._answer = _Answer.IGNORE
            raised = KeyboardInterrupt()
            self._raised = (number, raised)
            raise raised
        if answer is _Answer.FINISH:
            raise SystemExit(0)

    def _dropped(self, unraisable: "sys.UnraisableHookArgs") -> None:
        if self._raised is None or unraisable.exc_value is not self._raised[1]:
            self._hook(unraisable)
            return
        self._answer = _Answer.RAISE
        again = threading.Timer(_AGAIN, os.kill, (os.getpid(), self._raised[0]))
        again.daemon = True
        again.start()


@contextlib.contextmanager
def put_back() -> Iterator[None]:
    """Answer signals behind a block as before it."""
    before = {one: signal.getsignal(one) for one in _SIGNALS}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for one, answer in before.items():
                signal.signal(one, answer)


def hear_no_more() -> None:
    """Ignore the signals for the rest of the process: what it has done is done, and its exit code is to say so."""
    for one in _SIGNALS:
        signal.signal(one, signal.SIG_IGN)
