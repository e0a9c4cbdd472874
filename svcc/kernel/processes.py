"""Find running programs of this network namespace by the name that the kernel keeps of a process.

    running(["kube-proxy", "dockerd"])  ->  {"kube-proxy": 4711}

The name is the file's, at most 15 letters of it, unless the process has given itself another. Processes of other network namespaces are
left out: they cannot reach this one's rules without coming here.
"""

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path

_PROC = Path("/proc")


def running(names: Collection[str]) -> dict[str, int]:
    """Return the names that run here, each with the lowest number of a process of that name."""
    found: dict[str, int] = {}
    for number, name in sorted(_here(frozenset(names))):
        found.setdefault(name, number)
    return found


def _here(names: frozenset[str]) -> Iterator[tuple[int, str]]:
    own = (_PROC / "self/ns/net").stat()
    for one in _PROC.iterdir():
        if not one.name.isdigit():
            continue
        # It may end while we look, and is none then.
        with contextlib.suppress(OSError):
            name = (one / "comm").read_text(errors="replace").rstrip("\n")
            if name in names:
                theirs = (one / "ns/net").stat()
                if (theirs.st_dev, theirs.st_ino) == (own.st_dev, own.st_ino):
                    yield int(one.name), name
