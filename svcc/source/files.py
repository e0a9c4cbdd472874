"""Turn the paths of a command line into sources, one at a time.

    sources(["shop/", "-"], sink, stdin)  ->  Source("shop/cart.yaml", …), Source("shop/front.yml", …), Source("<stdin>", …)

A folder is read recursively in sorted order; in it only `.yaml`, `.yml` and `.json` files count, hidden folders and svcc's own
`svcc.yaml` do not. A file is read once, however often it is named. What cannot be read is reported and left out: of a file that is
read, the documents (see `characters`).
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from svcc.diag import Diagnostics, Source, Span
from svcc.source.characters import readable

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
CONFIG_NAMES = frozenset({"svcc.yaml"})
STDIN = "<stdin>"

_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
_PRINTABLE_ASCII = bytes((0x09, 0x0A, 0x0D, *range(0x20, 0x7F)))

MAX_BYTES = 256 << 20
"""Ten times the manifests of 100,000 Services; what is larger is not a manifest."""


def sources(paths: Sequence[str], sink: Diagnostics, stdin: BinaryIO | None = None) -> Iterator[Source]:
    """Yield the source of every manifest file that the paths name; `-` is `stdin`."""
    seen: set[str] = set()
    for path in paths:
        if path == "-":
            source = _from_stdin(stdin, sink)
            if source is not None:
                yield source
            continue
        for file in _files(path, sink):
            # A path with NUL has no identity; reading it is what reports it.
            identity = os.path.realpath(file) if "\0" not in file else file
            if identity in seen:
                continue
            seen.add(identity)
            source = read_source(file, sink)
            if source is not None:
                yield source


def read_source(path: str, sink: Diagnostics) -> Source | None:
    """Read one file; report SVC004 or SVC007 and return None when that fails."""
    if not path:
        hint = "a variable of the shell may be empty"
        sink.add("SVC004", "cannot read a file without a name: the path is empty", hint=hint)
        return None
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        _unreadable(path, error, sink)
        return None
    except ValueError:
        sink.add("SVC004", f"cannot read {path!r}: a path holds no NUL")
        return None
    return decode_text(path, content, sink)


def decode_text(name: str, content: bytes, sink: Diagnostics) -> Source | None:
    """Return bytes as a source of that name; report SVC007 for what YAML cannot hold, SVC008 for more than can be right."""
    if len(content) > MAX_BYTES:
        sink.add("SVC008", f"{name} is larger than {MAX_BYTES >> 20} MiB", hint="split it into several files")
        return None
    content = content.removeprefix(_BOM)
    if content.isascii() and not content.translate(None, _PRINTABLE_ASCII):
        return Source(name, content.decode())
    if content.startswith(_WIDE_BOMS):
        shown = Source(name, content.decode(errors="replace"))
        sink.add("SVC007", "this is UTF-16 text", span=Span(shown, 1, 1), hint="save the file as UTF-8")
        return None
    return readable(Source(name, content.decode(errors="surrogateescape")), sink)


def _from_stdin(stdin: BinaryIO | None, sink: Diagnostics) -> Source | None:
    if stdin is None:
        sink.add("SVC004", "cannot read standard input: it is closed")
        return None
    try:
        content = stdin.read(MAX_BYTES + 1)
    except OSError as error:
        _unreadable("standard input", error, sink)
        return None
    return decode_text(STDIN, content, sink)


def _files(path: str, sink: Diagnostics) -> Iterator[str]:
    if not os.path.isdir(path):  # noqa: PTH112 - a path with NUL is False here, an exception in pathlib
        yield path
        return
    found = False
    for folder, folders, names in os.walk(path, onerror=lambda error: _unreadable(error.filename, error, sink)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = os.path.join(folder, name)  # noqa: PTH118 - keeps the user's own spelling, such as ./shop
            if _is_manifest(file, name):
                found = True
                yield file
    if not found:
        hint = "manifests end in .yaml, .yml or .json"
        sink.add("SVC005", f"no manifests in the folder {path}", hint=hint)


def _is_manifest(file: str, name: str) -> bool:
    """Pipes and devices in a folder are left alone: reading one could wait for ever."""
    if name in CONFIG_NAMES or _is_our_index(file, name) or Path(name).suffix not in SUFFIXES:
        return False
    # A link that leads nowhere is told as unreadable; one to a device is left alone like the device itself.
    return os.path.isfile(file) or (os.path.islink(file) and not os.path.exists(file))  # noqa: PTH110, PTH113, PTH114


def _is_our_index(file: str, name: str) -> bool:
    """Tell whether a file is the index that `svcc compile -o` writes: it may be beside the manifests."""
    if name != "index.json" or not os.path.isfile(file):  # noqa: PTH113 - as above
        return False
    try:
        with Path(file).open("rb") as held:
            return held.read(20).startswith(b'{\n  "svcc"')
    except OSError:
        return False


def _unreadable(path: str, error: OSError, sink: Diagnostics) -> None:
    reason = (error.strerror or str(error)).lower()
    sink.add("SVC004", f"cannot read {path}: {reason}")
