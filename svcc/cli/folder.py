"""Write the artifacts into a folder, or say how a folder differs from them.

    write({"index.json": "…", "iptables/rules.v4": "…"}, Path("build"))   ->  2 files changed
    differences(files, Path("golden"))  ->  "~ iptables/rules.v4", "    - -A SVCC-SVC-… …", "    + -A SVCC-SVC-… …"

Only files that the folder's `index.json` names, or that are written now, are ours: nothing else in the folder is touched.
Rulesets are compared chain by chain, since difflib is quadratic and a hundred thousand lines are usual.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from svcc.artifacts import INDEX, RULES
from svcc.atomic import replace_all
from svcc.emit.iptables.text import parse
from svcc.plan.change import Change
from svcc.plan.diff import diff

_SHOWN = 40


def write(files: Mapping[str, str], folder: Path) -> int:
    """Write every file that differs, remove those of an earlier compile that are no more, and return how many changed.

    A failure leaves the folder as it was.
    """
    gone = _of_earlier(folder).difference(files)
    differing = {folder / name: text for name, text in files.items() if name != INDEX and _read(folder / name) != text}
    if INDEX in files and _read(folder / INDEX) != files[INDEX]:
        # Last, so that an index is never there before what it speaks of.
        differing[folder / INDEX] = files[INDEX]
    replace_all(differing, [folder / name for name in sorted(gone)])
    return len(differing) + len(gone)


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
    """Return the files of an earlier compile that are still there, as the folder's own index names them."""
    try:
        named = json.loads((folder / INDEX).read_text(encoding="utf-8"))["artifacts"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    names = [Path(name) for name in named] if isinstance(named, dict) else []
    safe = {str(name) for name in names if not name.is_absolute() and ".." not in name.parts}
    return {name for name in safe | {INDEX} if (folder / name).is_file()}


def _inside(name: str, before: str, after: str) -> Iterator[str]:
    family = next((held for held, path in RULES.items() if name.endswith(path)), None)
    changes: tuple[Change, ...] = ()
    if family is not None:
        with suppress(ValueError):
            changes = diff(parse(before, family), parse(after, family))
    if not changes:
        yield from _lines(before, after)
        return
    for one in changes[:_SHOWN]:
        was, now = one.before or (), one.after or ()
        kept = set(was).intersection(now)
        yield f"    {one.action.rune} {one.key}" + (f"  {one.service}" if one.service else "")
        yield from (f"      - {rule}" for rule in was if rule not in kept)
        yield from (f"      + {rule}" for rule in now if rule not in kept)
    if len(changes) > _SHOWN:
        yield f"    … and {len(changes) - _SHOWN} more chains"


def _lines(before: str, after: str) -> Iterator[str]:
    """Yield the lines that only one of two texts has, or say that they stand in another order."""
    was, now = before.splitlines(), after.splitlines()
    gone, new = set(was).difference(now), set(now).difference(was)
    marked = [f"    - {line}" for line in was if line in gone] + [f"    + {line}" for line in now if line in new]
    yield from marked[:_SHOWN]
    if len(marked) > _SHOWN:
        yield f"    … and {len(marked) - _SHOWN} more lines"
    if not marked:
        yield "    the same lines, in another order or number"


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return None
