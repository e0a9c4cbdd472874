"""Turn composed nodes into plain values and back into text, for manifests that are shown again.

    {port: 0x50, name: "on"}   plain →   {"port": 80, "name": "on"}   → yaml_text →   port: 80
                                                                                     name: "on"

Merge keys and aliases are expanded, nulls left out, numbers canonical. What is written reads back as the same values, here and
everywhere: a string is quoted when YAML 1.1, the core schema of YAML 1.2, or Go's yaml (v2 in kubectl, v3) would take it for something
else. Go reads numbers with `_` at any place, and dates of one-digit months (v3).
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import isfinite
from typing import Any

import yaml

from svcc.source.cursor import Cursor, MappingNode, Node, SequenceNode, kind_of
from svcc.source.scalars import TRUE_WORDS, Kind, plain_kind, plain_number

Plain = dict[str, Any] | list[Any] | str | int | float | bool | None

_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ]|\Z)", re.ASCII)
_NUMERIC = frozenset("+-.0123456789")
_UNFOLDED = 1 << 30
_LONGEST_KEY = 120


def plain(cursor: Cursor, node: Node) -> Plain:
    """Return a node of the cursor's document as a value of Python; mistakes go to the cursor's sink."""
    if isinstance(node, MappingNode):
        return {key: plain(cursor, value) for key, value in cursor.fields(node, None).items()}
    if isinstance(node, SequenceNode):
        return [plain(cursor, one) for one in node.value]
    return _scalar(node)


def _scalar(node: Node) -> Plain:
    text, kind = str(node.value), kind_of(node)
    if kind is Kind.NULL:
        return None
    if kind is Kind.BOOLEAN:
        return text in TRUE_WORDS
    if kind is Kind.INTEGER:
        number = plain_number(text)
        return text if number is None else number
    return _float(text) if kind is Kind.FLOAT else text


def _float(text: str) -> float | str:
    try:
        number = float(text.replace("_", ""))
    except ValueError:
        return text
    return number if isfinite(number) else text


_HARMLESS = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9._/]*[A-Za-z0-9])?\Z")
"""Words that the library writes as they are, where they are strings; it takes fifty times longer to find that out."""


class _Dumper(yaml.SafeDumper):
    """Quotes what any reader would misread, `y` and `n` as well."""


def _is_string_to_all(text: str) -> bool:
    if plain_kind(text) is not Kind.STRING or _DATE.match(text):
        return False
    return "_" not in text or text[0] not in _NUMERIC or plain_kind(text.replace("_", "")) is Kind.STRING


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # A line break inside single quotes would make two lines of one.
    style = None if text and text.isprintable() and _is_string_to_all(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)


def _scalar_text(value: str | float | None) -> str:
    if isinstance(value, str) and _HARMLESS.match(value) and _is_string_to_all(value):
        return value
    return _written(value)


@lru_cache(maxsize=65536, typed=True)
def _written(value: str | float | None) -> str:
    # To the library a character that turns the line round is as good as a letter; a terminal obeys it.
    shown = not isinstance(value, str) or value.isprintable()
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=shown, width=_UNFOLDED)
    return text.removesuffix("\n").removesuffix("\n...")


def yaml_text(value: Plain) -> str:
    """Return one value as a YAML document, without its marker: block style as kubectl writes it, lists not indented.

    The library decides how a scalar is written; putting the lines together here is ten times faster than its representers.
    """
    return "".join(f"{line}\n" for line in _lines(value, ""))


def _lines(value: Plain, pad: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, held in value.items():
            yield from _pair(_scalar_text(key), held, pad)
    elif isinstance(value, list) and value:
        for held in value:
            below = _lines(held, f"{pad}  ")
            yield f"{pad}- {next(below).removeprefix(pad + '  ')}"
            yield from below
    else:
        yield pad + _inline(value)


def _pair(key: str, value: Plain, pad: str) -> Iterator[str]:
    start = f"{pad}{key}:" if len(key) <= _LONGEST_KEY else f"{pad}? {key}\n{pad}:"
    if isinstance(value, dict | list) and value:
        yield start
        yield from _lines(value, f"{pad}  " if isinstance(value, dict) else pad)
    else:
        yield f"{start} {_inline(value)}"


def _inline(value: Plain) -> str:
    if isinstance(value, dict):
        return "{}"
    return "[]" if isinstance(value, list) else _scalar_text(value)


def json_list(texts: Iterable[str]) -> Iterator[str]:
    """Yield a `List` of objects, each of them JSON text, piece by piece."""
    yield '{"apiVersion": "v1", "kind": "List", "items": ['
    separator = "\n"
    for text in texts:
        yield separator + text
        separator = ",\n"
    yield "\n]}\n"


def json_text(value: Plain) -> str:
    """Return one value as JSON on one line."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)
