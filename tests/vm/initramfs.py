"""What the kernel starts from: one busybox, one script, and the modules that the root file system needs.

    initramfs([Part("init", 0o755, b"#!/bin/busybox sh …"), Part("mod/overlay.ko", 0o644, b"…")])   ->   a compressed cpio archive

The archive is of the kind "newc": a header of thirteen hexadecimal numbers, the name and the content, each filled up to four bytes.
"""

import gzip
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_FOLDER, _FILE = 0o040000, 0o100000
_LAST = "TRAILER!!!"
_FASTEST = 1


class Part(NamedTuple):
    """One file; one without content is a folder."""

    name: str
    mode: int = 0o755
    content: bytes | None = None


def initramfs(parts: Iterable[Part]) -> bytes:
    """Return the archive of the files, in their order."""
    return gzip.compress(b"".join(_records(parts)), _FASTEST, mtime=0)


def _records(parts: Iterable[Part]) -> Iterator[bytes]:
    number = 0
    for number, part in enumerate(parts, 1):
        kind = _FOLDER if part.content is None else _FILE
        yield _record(part.name, number, kind | part.mode, part.content or b"")
    yield _record(_LAST, number + 1, 0, b"")


def _record(name: str, number: int, mode: int, content: bytes) -> bytes:
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    header = b"070701" + b"".join(b"%08X" % one for one in fields)
    return _filled(header + name.encode() + b"\0") + _filled(content)


def _filled(record: bytes) -> bytes:
    return record + bytes(-len(record) % 4)
