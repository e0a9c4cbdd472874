"""Where the facts of allocation are kept: `svcc.lock`, read before and written after.

    LockFile.found(None, "shop/svcc.yaml", ("shop/",))     ->  LockFile(path="shop/svcc.lock", …)
    lock.keep(new)                                         ->  True: the file was written

Beside the configuration; without one, in the folder that the manifests come from, or the one that holds all of several. Only commands whose result stays (a
compiled script, an applied ruleset) write it; the others show what they would be given, which is the same.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from svcc.atomic import replace_text

if TYPE_CHECKING:
    from svcc.allocate.lock import Lock
    from svcc.diag import Diagnostics, Source

LOCK_NAME = "svcc.lock"


@dataclass(frozen=True, slots=True)
class LockFile:
    """One lock file; `locked` forbids every change of it."""

    path: Path
    locked: bool = False
    known: "tuple[Source, ...] | None" = None
    """What it holds, where that has been read already: one source, or none when there is no file."""

    @classmethod
    def found(cls, named: str | None, config: str | None, paths: tuple[str, ...], *, locked: bool) -> "LockFile":
        """Return the lock file that belongs to an input."""
        if named is not None:
            return cls(Path(named), locked)
        if config is not None:
            return cls(Path(config).parent / LOCK_NAME, locked)
        return cls(_folder(paths) / LOCK_NAME, locked)

    def read(self, sink: "Diagnostics") -> "Lock":
        """Return the facts of the file, none where there is no file; mistakes in it are in the sink."""
        from svcc.allocate.decode_lock import decode_lock
        from svcc.allocate.lock import Lock
        from svcc.source.files import read_source

        sources = self.known
        if sources is None:
            read = read_source(str(self.path), sink) if self.path.exists() else None
            sources = () if read is None else (read,)
        return decode_lock(sources[0], sink) if sources else Lock()

    def loaded(self, sink: "Diagnostics") -> "LockFile":
        """Return the same lock file, read now."""
        from svcc.source.files import read_source

        read = read_source(str(self.path), sink) if self.path.exists() else None
        return replace(self, known=() if read is None else (read,))

    def would_change(self, new: "Lock") -> bool:
        """Tell whether the file does not hold these facts; no file is as good as one without facts."""
        from svcc.allocate.lock import render

        if not self.path.exists():
            return bool(new.serials) or any(facts for _, facts in new.sections())
        return self.path.read_text(encoding="utf-8", errors="replace") != render(new)

    def keep(self, new: "Lock") -> bool:
        """Write the facts, as a whole or not at all; return whether the file had to change."""
        from svcc.allocate.lock import render

        if not self.would_change(new):
            return False
        replace_text(self.path, render(new), durable=True)
        return True


def _folder(paths: tuple[str, ...]) -> Path:
    """Return the folder of the manifests, or what several have in common, so that their order decides nothing."""
    named = [Path(one) for one in paths if one != "-"]
    folders = list(dict.fromkeys(one if one.is_dir() else one.parent for one in named))
    if len(folders) <= 1:
        return folders[0] if folders else Path()
    return Path(os.path.relpath(os.path.commonpath([one.resolve() for one in folders])))
