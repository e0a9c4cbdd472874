"""The folders for locks and state: private, and safe against a planted symbolic link.

private("/run/svcc")  ->  Path("/run/svcc"), made with mode 0700 when it was not there
private("/tmp/link")  ->  Denied: … is a symbolic link
existing("/run/svcc") ->  None     it is not there, and looking does not make it
"""

import os
import stat
from pathlib import Path

from svcc.kernel.base import Denied

YOURS = "run svcc as root, or let SVCC_RUN_DIR and SVCC_STATE_DIR name folders of yours"


def private(folder: str) -> Path:
    """Return a folder that only this user can write, and make it when it is missing.

    Raises:
        Denied: it cannot be made, is a link or no folder, or others may write into it.
    """
    path = Path(folder)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except FileExistsError:
        raise Denied(f"{path} is not a folder") from None
    except OSError as problem:
        raise Denied(f"{path} cannot be made: {problem.strerror}", hint=YOURS) from None
    return _judged(path, found)


def existing(folder: str) -> Path | None:
    """Return such a folder, or None when there is none.

    Raises:
        Denied: it cannot be looked at, is a link or no folder, or others may write into it.
    """
    path = Path(folder)
    try:
        return _judged(path, path.lstat())
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise Denied(f"{path} cannot be read: {problem.strerror}", hint=YOURS) from None


def _judged(path: Path, found: os.stat_result) -> Path:
    if not (stat.S_ISDIR(found.st_mode) or stat.S_ISLNK(found.st_mode)):
        raise Denied(f"{path} is not a folder")
    if not stat.S_ISDIR(found.st_mode):
        raise Denied(f"{path} is a symbolic link", hint="svcc follows none here: remove it")
    if found.st_uid != os.geteuid():
        raise Denied(f"{path} belongs to another user", hint=YOURS)
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Denied(f"others may write into {path}", hint=f"chmod 0700 {path}")
    return path
