"""Remember, per network namespace, what the last apply did and what was there before it, so that whoever comes next can undo it.

    /run/svcc/host.journal    {"phase": "done", "generation": 12, "digest": "5f70…", "who": "pid 4711 (svcc apply shop/)", …}
                              eNqrVkrOz0lVslJQ…     what was there before: a list of what `written` writes, compressed

    committing     being committed; if nobody holds the lock, it was cut off, and is undone by the next svcc
    confirming     committed; undone unless somebody confirms it before `until` (seconds since boot, which no change of the clock moves)
    done           committed, and to stay; `svcc rollback` undoes it
    undoing        being undone; if nobody holds the lock, that was cut off, and is done again
    undone         there is nothing to undo

The file is written to a temporary one, synced, and renamed: it is the old one or the new one, wherever the process ends. It belongs to one
instance of a namespace and to one boot, as what it describes does.
"""

import base64
import json
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from svcc.atomic import PRIVATE, replace_text
from svcc.kernel import lock, netns
from svcc.kernel import state as states
from svcc.kernel.base import Denied
from svcc.kernel.folders import existing, private
from svcc.kernel.state import State

_FASTEST = 1


class Phase(Enum):
    """How far an apply has come."""

    COMMITTING = "committing"
    CONFIRMING = "confirming"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Journal:
    """One apply, and what was there before it."""

    phase: Phase
    generation: int
    """Counts the applies of this namespace since boot."""
    mode: str
    digest: str
    """Of the plan."""
    who: str
    before: str = ""
    """What was there, packed."""
    memory: State | None = None
    """What was remembered before."""
    tables: tuple[str, ...] = ()
    """Of nf_tables, those that iptables uses and that were there before."""
    until: float | None = None
    """When an apply that is not confirmed is undone, in seconds since boot."""
    why: str = ""
    """Why it was undone."""

    @property
    def left(self) -> float:
        """How many seconds are left to confirm it; 0 when there is nothing to confirm."""
        return max(0.0, self.until - since_boot()) if self.until is not None else 0.0


def since_boot() -> float:
    """Return the seconds since boot, those of sleep included; setting the clock does not change them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def pack(written: Sequence[dict[str, Any]]) -> str:
    """Return what was there before as one short text."""
    return base64.b64encode(zlib.compress(json.dumps(written).encode(), _FASTEST)).decode()


def unpack(packed: str) -> list[dict[str, Any]]:
    """Return what was there before.

    Raises:
        ValueError, zlib.error: it is damaged.
    """
    held: list[dict[str, Any]] = json.loads(zlib.decompress(base64.b64decode(packed, validate=True)))
    return held


def write(identity: str, journal: Journal) -> None:
    """Write the journal of a namespace, all or nothing.

    Raises:
        Denied: it cannot be written; the one that was there is there still.
    """
    head = {
        "phase": journal.phase.value,
        "generation": journal.generation,
        "instance": netns.instance(),
        "mode": journal.mode,
        "digest": journal.digest,
        "who": journal.who,
        "memory": None if journal.memory is None else states.as_json(journal.memory),
        "tables": list(journal.tables),
        "until": journal.until,
        "why": journal.why,
    }
    folder = private(lock.run_dir())
    try:
        text = f"{json.dumps(head)}\n{journal.before}\n"
        replace_text(folder / f"{identity}.journal", text, mode=PRIVATE, durable=True)
    except OSError as problem:
        raise Denied(f"the journal in {folder} cannot be written: {problem.strerror}", hint=_ROOM) from None


_ROOM = "nothing is applied that could not be undone: make room, or let SVCC_RUN_DIR name another folder"


def read(identity: str) -> Journal | None:
    """Return the journal of a namespace, or None when there is none, or only that of an earlier instance or boot.

    Raises:
        Denied: it cannot be read, or is damaged.
    """
    folder = existing(lock.run_dir())
    if folder is None:
        return None
    path = folder / f"{identity}.journal"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise Denied(f"the journal {path} cannot be read: {problem.strerror}", hint="run svcc as root") from None
    except UnicodeDecodeError:
        raise _damaged(path) from None
    first, _, rest = text.partition("\n")
    try:
        head = json.loads(first)
        journal = _journal(head, rest.strip()) if head["instance"] == netns.instance() else None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(path) from None
    return journal


def _journal(head: dict[str, Any], before: str) -> Journal:
    memory = None if head["memory"] is None else states.from_json(head["memory"])
    until = None if head["until"] is None else float(head["until"])
    mode, digest, who, why = (str(head[name]) for name in ("mode", "digest", "who", "why"))
    number, tables = int(head["generation"]), tuple(map(str, head["tables"]))
    return Journal(Phase(head["phase"]), number, mode, digest, who, before, memory, tables, until, why)


def _damaged(path: Path) -> Denied:
    return Denied(f"the journal {path} is damaged", hint="remove it; what was there before the last apply is lost then")


def put_back(identity: str, before: Journal | None) -> None:
    """Leave the journal as it was before an apply that has been undone.

    Raises:
        Denied: it cannot be written.
    """
    if before is not None:
        write(identity, before)
        return
    folder = existing(lock.run_dir())
    if folder is not None:
        (folder / f"{identity}.journal").unlink(missing_ok=True)
