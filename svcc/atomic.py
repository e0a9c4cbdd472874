"""Write a file as a whole or not at all, so that neither a crash nor a full disk leaves half of one.

replace_text(Path("svcc.lock"), "…")     the old text, or the new one; never less
"""

import contextlib
import os
import tempfile
from pathlib import Path

PRIVATE, READABLE = 0o600, 0o644


def replace_text(path: Path, text: str, *, mode: int = READABLE, durable: bool = False) -> None:
    """Write a file, in a folder that is there; `durable` waits until the disk has it."""
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
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
    if durable:
        _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
