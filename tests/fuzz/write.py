"""Write a tree as YAML in some style, with aliases, merge keys and words that are left as they are.

written({"a": Shared([1], "x"), "b": Raw("*x")}, rng)   ->   a: &x [1]
                                                           b: *x
"""

import json
from random import Random
from typing import Any


class Raw(str):
    """A word that is written without quotes, whatever that makes of it."""

    __slots__ = ()


class Shared(list[Any]):
    """A value with an anchor: the only member of this list."""

    __slots__ = ("name",)

    def __init__(self, value: Any, name: str) -> None:
        super().__init__([value])
        self.name = name

    def __reduce__(self) -> Any:
        return Shared, (self[0] if self else None, self.name)


class Merge(dict[Any, Any]):
    """A mapping with a merge key."""

    __slots__ = ()

    def __init__(self, rest: dict[Any, Any], source: Any) -> None:
        super().__init__({**rest, Raw("<<"): source})

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


def written(value: Any, rng: Random) -> str:
    """Return one document."""
    if rng.random() < 0.5:
        return _flow(value) + "\n"
    lines: list[str] = []
    _block(value, "", lines, rng)
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    if isinstance(value, Shared):
        return f"&{value.name} {_flow(value[0] if value else None)}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(held)}" for key, held in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return str(value) if isinstance(value, Raw) else json.dumps(value, ensure_ascii=False)


def _block(value: Any, pad: str, lines: list[str], rng: Random) -> None:
    if isinstance(value, dict) and value and rng.random() < 0.9:
        for key, held in value.items():
            _member(f"{pad}{_word(key)}:", held, f"{pad}  ", lines, rng)
    elif isinstance(value, list) and value and not isinstance(value, Shared) and rng.random() < 0.9:
        for held in value:
            _member(f"{pad}-", held, f"{pad}  ", lines, rng)
    else:
        lines.append(pad + _word(value))


def _member(start: str, held: Any, pad: str, lines: list[str], rng: Random) -> None:
    if isinstance(held, dict | list) and held and not isinstance(held, Shared):
        lines.append(start)
        _block(held, pad, lines, rng)
    elif isinstance(held, str) and "\n" in held and not isinstance(held, Raw) and rng.random() < 0.5:
        lines.append(f"{start} |")
        lines += [pad + line for line in held.split("\n")]
    else:
        lines.append(f"{start} {_word(held)}")


def _word(value: Any) -> str:
    """Return a value on one line; a word without quotes where that does no harm."""
    if type(value) is str and value.isascii() and value.replace("-", "a").replace("/", "a").isalnum():
        return value
    return _flow(value)
