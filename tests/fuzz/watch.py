"""Judge one case with a watchdog, and say where it went wrong.

watched(case)   ->   Watched("compiled", None), or Watched("", Find("IndexError cursor.py:149", "Traceback …"))
"""

import signal
import traceback
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.case import Case
from tests.fuzz.oracles import judge
from tests.fuzz.outputs import Broken

SECONDS, SECONDS_A_MB = 2, 2
"""Of a processor: a busy machine makes no find."""
_HERE = str(Path(__file__).parent)


class Hang(BaseException):
    """The watchdog bit."""


class Find(NamedTuple):
    """What went wrong: its place, by which finds are told apart, and everything that is known of it."""

    place: str
    words: str


class Watched(NamedTuple):
    """How a case ended, "" where it did not; and what went wrong."""

    how: str
    find: Find | None


def ring(_number: int, _frame: object) -> None:
    """Hear the alarm."""
    raise Hang


def watched(case: Case) -> Watched:
    """Judge a case; return how it ended, or what went wrong."""
    size = len(case.manifests) + len(case.config) + len(case.lock)
    signal.setitimer(signal.ITIMER_PROF, SECONDS + SECONDS_A_MB * size / (1 << 20))
    try:
        return Watched(judge(case).how, None)
    except (Exception, Hang) as failed:  # noqa: BLE001 - whatever it is, it is a find
        return Watched("", Find(_place(failed), "".join(traceback.format_exception(failed))))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _place(failed: BaseException) -> str:
    if isinstance(failed, Broken):
        return failed.promise
    frames = traceback.extract_tb(failed.__traceback__)
    ours = [one for one in frames if "/svcc/" in one.filename] or frames
    # Where a hang is cut off is chance; the function that was entered first is not.
    last = ours[0] if isinstance(failed, Hang) else ours[-1]
    return f"{type(failed).__name__} {Path(last.filename).name}:{last.name}" + (
        "" if isinstance(failed, Hang) else f":{last.lineno}"
    )
