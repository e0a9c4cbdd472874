"""Write the artifacts into a folder, or say how a folder differs from them.

    write({"index.json": "…", "iptables/rules.v4": "…"}, Path("build"))   ->  2 files changed
    differences(files, Path("golden"))  ->  "~ iptables/rules.v4", "    - -A SVCC-SVC-… …", "    + -A SVCC-SVC-… …"

Only files that an `index.json` there names, or that are written now, are ours: nothing else in the folder is touched.
Rulesets are compared chain by chain, since difflib is quadratic and a hundred thousand lines are usual.
"""

import difflib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from svcc.artifacts import INDEX, RULES
from svcc.emit.iptables.text import parse
from svcc.plan.diff import diff

_SHOWN = 40


def write(files: Mapping[str, str], folder: Path) -> int:
    """Write every file that differs, remove those of an earlier compile that are no more, and return how many changed."""
    changed = 0
    for name in _of_earlier(folder).difference(files):
        (folder / name).unlink(missing_ok=True)
        changed += 1
    for name, text in files.items():
        if _read(folder / name) != text:
            _replace(folder / name, text)
            changed += 1
    return changed


def differences(files: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Yield what would change in a folder, file by file."""
    for name in sorted(_of_earlier(folder).difference(files)):
        yield f"- {name}"
    for name, text in files.items():
        before = _read(folder / name)
        if before is None:
            yield f"+ {name}"
        elif before != text:
            yield f"~ {name}"
            yield from _inside(name, before, text)


def _of_earlier(folder: Path) -> set[str]:
    """Return the files of an earlier compile, by their index, or the indexes of each node."""
    found: set[str] = set()
    for index in (folder / INDEX, *folder.glob(f"*/{INDEX}")):
        try:
            named = json.loads(index.read_text(encoding="utf-8"))["artifacts"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        base = index.parent.relative_to(folder)
        safe = (Path(name) for name in named if isinstance(name, str))
        found |= {str(base / name) for name in safe if not name.is_absolute() and ".." not in name.parts}
        found.add(str(base / INDEX))
    return {name for name in found if (folder / name).is_file()}


def _inside(name: str, before: str, after: str) -> Iterator[str]:
    family = next((held for held, path in RULES.items() if name.endswith(path)), None)
    if family is not None:
        try:
            changes = diff(parse(before, family), parse(after, family))
        except ValueError:
            changes = ()
        for one in changes[:_SHOWN]:
            was, now = one.before or (), one.after or ()
            yield f"    {one.action.rune} {one.key}" + (f"  {one.service}" if one.service else "")
            yield from (f"      - {rule}" for rule in was if rule not in now)
            yield from (f"      + {rule}" for rule in now if rule not in was)
        if len(changes) > _SHOWN:
            yield f"    … and {len(changes) - _SHOWN} more chains"
        return
    lines = difflib.unified_diff(before.splitlines()[:2000], after.splitlines()[:2000], lineterm="", n=0)
    yield from (f"    {line}" for line in list(lines)[2 : 2 + _SHOWN] if not line.startswith("@@"))


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return None


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
