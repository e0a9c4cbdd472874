"""Keep what was applied last, per network namespace, so that it can be put back at boot; and go back to what was kept before.

    keep("host", text)         /var/lib/svcc/host.applied: whatever becomes of this boot, the next one begins with it
    set_aside("host", 12)      /run/svcc/host.12.applied: what was kept before apply 12, for a rollback of that
    before("host", 12)         what was set aside then
    put_back("host", 12)       … which is what this is
    propose("host", 12, text)  /run/svcc/host.12.proposed: what apply 12 wants to be kept once it is confirmed
    accept("host", 12)         … and now it is; after a boot instead, it is forgotten

Every file is the old one or the new one, wherever the process ends, and can be read by its owner alone.
"""

import contextlib
from pathlib import Path

from svcc.atomic import PRIVATE, replace_text
from svcc.kernel import lock, state
from svcc.kernel.base import Denied
from svcc.kernel.folders import existing, private


def keep(identity: str, text: str) -> None:
    """Keep what was applied; an empty text leaves no file.

    Raises:
        Denied: that cannot be done.
    """
    _write(state.state_dir(), f"{identity}.applied", text)


def kept(identity: str) -> str:
    """Return what was applied last, "" where nothing was.

    Raises:
        Denied: it cannot be read.
    """
    return _read(state.state_dir(), f"{identity}.applied")


def set_aside(identity: str, number: int) -> None:
    """Keep what is kept now for a rollback of an apply, and forget what was set aside for those before the last.

    Raises:
        Denied: that cannot be done.
    """
    _write(lock.run_dir(), f"{identity}.{number}.applied", kept(identity))
    folder = Path(lock.run_dir())
    late = {f"{identity}.{one}.{kind}" for one in (number, number - 1) for kind in ("applied", "proposed")}
    for path in (*folder.glob(f"{identity}.*.applied"), *folder.glob(f"{identity}.*.proposed")):
        if path.name not in late:
            path.unlink(missing_ok=True)


def before(identity: str, number: int) -> str:
    """Return what was kept before an apply, "" where nothing was.

    Raises:
        Denied: it cannot be read.
    """
    return _read(lock.run_dir(), f"{identity}.{number}.applied")


def put_back(identity: str, number: int) -> None:
    """Keep again what was kept before an apply.

    Raises:
        Denied: that cannot be done.
    """
    keep(identity, before(identity, number))


def propose(identity: str, number: int, text: str) -> None:
    """Write down what is to be kept once an apply is confirmed.

    Raises:
        Denied: that cannot be done.
    """
    _write(lock.run_dir(), f"{identity}.{number}.proposed", text)


def proposed(identity: str, number: int) -> str:
    """Return what is to be kept once an apply is confirmed, "" where nothing is.

    Raises:
        Denied: it cannot be read.
    """
    return _read(lock.run_dir(), f"{identity}.{number}.proposed")


def accept(identity: str, number: int) -> None:
    """Keep what an apply has proposed.

    Raises:
        Denied: that cannot be done.
    """
    keep(identity, proposed(identity, number))


def _write(folder: str, name: str, text: str) -> None:
    try:
        if text:
            replace_text(private(folder) / name, text, mode=PRIVATE, durable=True)
        elif (found := existing(folder)) is not None:
            (found / name).unlink(missing_ok=True)
    except OSError as problem:
        raise Denied(f"{folder}/{name} cannot be written: {problem.strerror}", hint="nothing is applied then") from None


def _read(folder: str, name: str) -> str:
    found = existing(folder)
    if found is None:
        return ""
    with contextlib.suppress(FileNotFoundError):
        try:
            return (found / name).read_text(encoding="utf-8")
        except (PermissionError, UnicodeDecodeError, IsADirectoryError):
            raise Denied(f"{folder}/{name} cannot be read", hint="run svcc as root, or remove it") from None
    return ""
