"""A plan that somebody has looked at, as a file: what it was made from, and what it does.

    {"apiVersion": "svcc.dev/v1alpha1", "kind": "Plan", "svcc": "0.1.0", "digest": "5f70…", "place": "host", "node": "worker-1", …}

    render(Reviewed(…))  ->  that text      decode(source, sink)  ->  the same Reviewed, or None and SVC403 in the sink

The inputs are in it by content: manifests, configuration and lock file, compressed. Whoever applies it compiles and plans again, and commits
only if the digest is the same: so nothing that the file says reaches the kernel unless the inputs in it lead there, on this machine, now.
There is no time in it: the same plan gives the same bytes. It is input like any other, and may come from strangers.
"""

import base64
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from svcc.diag import Diagnostics, Source, Span
from svcc.plan.change import Change

_VERSION, _KIND = "svcc.dev/v1alpha1", "Plan"
_HEAD = 4096
"""Characters in which a file says what it is."""
_IS_ONE = re.compile(rf'\s*\{{[^}}]*"kind"\s*:\s*"{_KIND}"')
_OURS = re.compile(r'"apiVersion"\s*:\s*"svcc\.dev/')
MOST = 256 << 20
"""Bytes that inputs may have, as a manifest may."""
_MARK = 16

Texts = tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A plan, and all that leads to it."""

    svcc: str
    """The version that made it."""
    digest: str
    place: str
    """The network namespace that it is for."""
    node: str
    backend: str
    mode: str | None
    """That was asked for by --mode; None leaves it to the configuration."""
    named: str | None
    """What --node said."""
    no_fallback: bool
    locked: bool
    strict: bool
    ignored: tuple[str, ...]
    changes: Mapping[str, str]
    """Object → a mark that differs when it would be changed in another way."""
    manifests: Texts
    config: Texts = ()
    lock: Texts = ()


_TEXTS = ("manifests", "config", "lock")
_PLAIN = tuple(one.name for one in fields(Reviewed) if one.name not in _TEXTS)


def marks(changes: Iterable[Change]) -> dict[str, str]:
    """Return every object that changes with a mark of how."""
    return {f"{one.subsystem} {one.key}": one.digest[:_MARK] for one in changes}


def moved(reviewed: Reviewed, changes: Iterable[Change]) -> tuple[str, ...]:
    """Return the objects that would be changed in another way than was looked at, sorted."""
    now = marks(changes)
    return tuple(sorted(key for key in {*now, *reviewed.changes} if now.get(key) != reviewed.changes.get(key)))


def render(reviewed: Reviewed) -> str:
    """Return the text of a plan file."""
    held: dict[str, Any] = {name: getattr(reviewed, name) for name in _PLAIN}
    texts = {name: [[one.name, one.text] for one in getattr(reviewed, name)] for name in _TEXTS}
    packed = base64.b64encode(zlib.compress(json.dumps(texts).encode())).decode()
    return json.dumps({"apiVersion": _VERSION, "kind": _KIND, **held, "inputs": packed}, indent=1) + "\n"


def is_one(text: str) -> bool:
    """Tell whether a text says that it is a plan of svcc, whatever else is wrong with it."""
    head = text[:_HEAD]
    return _IS_ONE.match(head) is not None and _OURS.search(head) is not None


def decode(source: Source, sink: Diagnostics) -> Reviewed | None:
    """Return the plan of a file, or None; what is wrong is in the sink as SVC403."""
    try:
        return _decoded(json.loads(source.text))
    except RecursionError:
        why = "it is nested too deeply"
    except _Wrong as wrong:
        why = str(wrong)
    except ValueError as wrong:
        why = f"it is not JSON: {wrong}"
    hint = "make it again with `svcc plan … --out FILE`"
    sink.add("SVC403", f"not a plan that this svcc can apply: {why}", span=Span(source, 1, 1), hint=hint)
    return None


class _Wrong(Exception):  # noqa: N818 - never leaves this file
    """What is wrong with a plan, in words."""


def _decoded(held: Any) -> Reviewed:
    if not isinstance(held, dict) or held.get("apiVersion") != _VERSION or held.get("kind") != _KIND:
        raise _Wrong(f"it is not of kind {_KIND} and apiVersion {_VERSION}")
    named = {"apiVersion", "kind", "inputs", *_PLAIN}
    different = sorted(named.symmetric_difference(held))
    if different:
        raise _Wrong(f"{different[0]!r} is {'missing' if different[0] in named else 'unknown'}")
    plain = {name: _checked(name, held[name]) for name in _PLAIN}
    texts = _texts(held["inputs"])
    return Reviewed(**plain, manifests=texts["manifests"], config=texts["config"], lock=texts["lock"])


def _checked(name: str, value: Any) -> Any:
    """Return a value of the type that its field has."""
    match name:
        case "no_fallback" | "locked" | "strict":
            fits = isinstance(value, bool)
        case "mode" | "named":
            fits = value is None or isinstance(value, str)
        case "ignored":
            fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
            value = tuple(value) if fits else value
        case "changes":
            fits = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
        case _:
            fits = isinstance(value, str)
    if not fits:
        raise _Wrong(f"{name!r} has a value of another type")
    return value


def _texts(packed: Any) -> dict[str, Texts]:
    """Return the inputs; what is larger than can be right is not unpacked."""
    try:
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(base64.b64decode(packed, validate=True), MOST)
        held = json.loads(text) if unpacking.eof else None
    except (ValueError, TypeError, RecursionError, zlib.error):
        raise _Wrong("its inputs are damaged") from None
    if not isinstance(held, dict) or set(held) != set(_TEXTS):
        raise _Wrong("its inputs are damaged, or too large")
    return {name: tuple(_source(one) for one in _list(held[name])) for name in _TEXTS}


def _list(held: Any) -> list[Any]:
    if not isinstance(held, list):
        raise _Wrong("its inputs are damaged")
    return held


def _source(held: Any) -> Source:
    if not (isinstance(held, list) and len(held) == 2 and all(isinstance(one, str) for one in held)):  # noqa: PLR2004 - name and text
        raise _Wrong("its inputs are damaged")
    name, text = held
    return Source(name, text)
