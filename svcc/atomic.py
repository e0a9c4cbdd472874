"""Write files as a whole or not at all, so that neither a crash nor a full disk leaves half of one, or half of a set.

replace_text(Path("svcc.lock"), "…")                    the old text, or the new one; never less
replace_all({Path("a"): "…", Path("b"): "…"}, [])       both, or neither

A set is written beside what is there and waits on disk; then each file takes its place, and what it replaced is kept until all
have. Only the loss of power between two of these renames can leave some of both.
"""

import contextlib
import errno
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

PRIVATE, READABLE = 0o600, 0o644
_FEW = 64


def replace_text(path: Path, text: str, *, mode: int = READABLE, durable: bool = False) -> None:
    """Write a file, in a folder that is there; `durable` waits until the disk has it."""
    temporary = _write_beside(path, text, mode=mode, durable=durable)
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(path.parent)


def replace_all(texts: Mapping[Path, str], gone: Iterable[Path]) -> None:
    """Write all files, making their folders, and remove those that are gone; after a failure everything is as it was."""
    with contextlib.ExitStack() as undo:
        made: dict[Path, Path] = {}
        for path, text in texts.items():
            _make_folder(path.parent, undo)
            made[path] = _write_beside(path, text, mode=READABLE, durable=len(texts) <= _FEW)
            undo.callback(made[path].unlink, missing_ok=True)
        if len(texts) > _FEW:
            # One wait for all of them; each alone would take a few milliseconds.
            os.sync()
        kept: list[Path] = []
        for path in (*texts, *gone):
            kept += _keep(path, undo)
            if path in made:
                made[path].replace(path)
            else:
                path.unlink(missing_ok=True)
        undo.pop_all()
    for path in kept:
        path.unlink()
    for folder in sorted({path.parent for path in texts}):
        _sync_folder(folder)


def _make_folder(path: Path, undo: contextlib.ExitStack) -> None:
    """Make a folder with all above it; undone, those that were made are gone."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
        undo.callback(one.rmdir)


def _keep(path: Path, undo: contextlib.ExitStack) -> list[Path]:
    """Keep what is at a path under another name; undone, it is back, or nothing is there."""
    if not path.is_symlink() and not path.exists():
        undo.callback(path.unlink, missing_ok=True)
        return []
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    kept = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        os.link(path, kept, follow_symlinks=False)
    except OSError:
        # Not every file system has hard links. Then nothing is at the path for a moment.
        path.replace(kept)
    # Of two names of one file, a rename removes neither.
    undo.callback(kept.unlink, missing_ok=True)
    undo.callback(kept.replace, path)
    return [kept]


def _write_beside(path: Path, text: str, *, mode: int, durable: bool) -> Path:
    """Write a text under a name of its own in the folder of a file, and return its path."""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        # The temporary name means nothing to anybody.
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        Path(temporary).chmod(mode)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
    return Path(temporary)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
