"""Make svcc fail, or end as by SIGKILL, at the n-th thing that it does.

    with points(None, told): run(["apply", "shop/"])      told  ->  " file host.1.applied", " tool nft -f -", " setting net.ipv4…", …; a line each
    with points(Point(2, "refuse"), told): …     the third is refused, and not done; everything after it works; told  ->  …, "refuse setting net.ipv4…"
    with points(Point(2, "late"), told): …       the third is done, and then said to have failed
    with points(Point(2, "before"), told): …     svcc is killed right before the third
    with points(Point(2, "after"), told): …      … right after it

Things are: a tool that is run, a setting that is written, a file of svcc that is synced, takes its name or goes, a table or chain that is
deleted over netlink. `looks` tells those that change nothing.
"""

import contextlib
import errno
import os
import pathlib
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from svcc.kernel import emptied, sysctl
from svcc.kernel import run as tools
from svcc.kernel.base import Denied

REFUSE, LATE, BEFORE, AFTER = "refuse", "late", "before", "after"
KILLS = (BEFORE, AFTER)
REFUSED = "the machine refuses"
TRIED: Counter[str] = Counter()
"""How many points the tests of this run have tried, by how."""


class Point(NamedTuple):
    """What happens at the n-th thing, counted from 0.

    Looks one after the other with one tool, as at each chain in turn, count as one, and so do deletions over netlink. Svcc is killed only at
    things that change something, and for that only they count.
    """

    number: int
    how: str


def tried(how: str, number: int = 1) -> None:
    """Count points for the last lines of the tests' output."""
    TRIED[how] += number


def looks(name: str) -> bool:
    """Tell whether a thing changes nothing."""
    kind, _, words = name.partition(" ")
    return kind == "tool" and not _changes(words.split(" "))


def _tool(name: str) -> list[str]:
    return name.split(" ")[:2]


def _changes(argv: list[str]) -> bool:
    return not {"-c", "--test"}.intersection(argv) and ("-f" in argv or "-restore" in argv[0])


@contextlib.contextmanager
def points(at: Point | None, told: Path) -> Iterator[None]:
    """Write each thing that is done within a block to a file, before it is done, and make one of them go wrong."""
    script = _Script(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), at)
    replaced = (
        (tools, "ended", lambda argv, *_, **__: f"tool {' '.join(argv)}", lambda: (1, "", REFUSED)),
        (sysctl, "write", lambda key, *_: f"setting {key}", _raise(Denied(REFUSED))),
        (emptied, "_asked", lambda *_: "netlink", lambda: errno.EIO),
        (os, "fsync", lambda *_: "sync", _raise(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))),
        (pathlib.Path, "replace", lambda _, to: f"file {Path(to).name}", _raise(OSError(errno.EIO, REFUSED))),
        (pathlib.Path, "unlink", lambda path, **_: f"gone {path.name}", _raise(OSError(errno.EIO, REFUSED))),
    )
    with contextlib.ExitStack() as undo:
        for owner, name, named, refuse in replaced:
            real = getattr(owner, name)
            undo.callback(setattr, owner, name, real)
            setattr(owner, name, _counted(real, named, refuse, script))
        yield


class _Script:
    """What has been done, and what is to go wrong."""

    def __init__(self, told: int, at: Point | None) -> None:
        self._told, self._at, self._number, self._last = told, at, 0, ""

    def next(self, name: str) -> str:
        """Note the next thing, and return what is to happen at it."""
        how = self._due(name)
        os.write(self._told, f"{how} {name}\n".encode())
        return how

    def _due(self, name: str) -> str:
        again = _tool(name) == _tool(self._last)
        self._last = name
        if (
            self._at is None
            or (looks(name) and self._at.how in KILLS)
            or (again and (looks(name) or name == "netlink"))
        ):
            return ""
        number, self._number = self._number, self._number + 1
        return self._at.how if number == self._at.number else ""


def _counted(
    real: Callable[..., Any], named: Callable[..., str], refuse: Callable[[], Any], script: _Script
) -> Callable[..., Any]:
    def one(*words: Any, **more: Any) -> Any:
        how = script.next(named(*words, **more))
        if how == BEFORE:
            os.kill(os.getpid(), signal.SIGKILL)
        if how == REFUSE:
            return refuse()
        ended = real(*words, **more)
        if how == AFTER:
            os.kill(os.getpid(), signal.SIGKILL)
        return refuse() if how == LATE else ended

    return one


def _raise(problem: Exception) -> Callable[[], Any]:
    def refuse() -> Any:
        raise problem

    return refuse
