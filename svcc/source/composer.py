r"""Compose documents with libyaml, within bounds.

    Composer("a: 1\n---\nb: 2\n", 0).documents()   ->   (<mapping a: 1>, False), (<mapping b: 2>, False)

Types of scalars are not resolved here (see `scalars`), only null is marked by the tag `NULL`.

Facts (PyYAML 6.0.3): the composer calls three hooks for each node; plain functions instead of PyYAML's resolver make composing a
third faster than with `CSafeLoader`.
"""

from collections.abc import Callable, Iterator
from operator import is_
from sys import intern
from typing import Any

from svcc.source.nodes import Node, composed
from svcc.source.scalars import NULL_WORDS

try:
    from yaml._yaml import CParser

    MISSING = ""
except ImportError:  # pragma: no cover - depends on how PyYAML was built
    CParser = object  # type: ignore[assignment, misc]
    MISSING = "svcc needs PyYAML with libyaml: install the wheel from PyPI, or libyaml-dev before building PyYAML"

NULL = intern("tag:yaml.org,2002:null")
MAX_OBJECT = 100_000
"""Words in one object: the API server takes 3 MiB, and a slice of 1000 endpoints has 20,000."""

PIECE, LINE = 4096, 512
"""Characters that are read ahead in one go: after an error all of it is read again, and between lines of JSON."""


def _resolve(_node: type, value: str | None, implicit: tuple[bool, bool]) -> str | None:
    # Neither is implied where nothing stands but a tag.
    return NULL if value in NULL_WORDS and (implicit[0] or not implicit[1]) else None


_HOOKS: dict[str, Callable[..., Any]] = {"resolve": _resolve, "descend_resolver": is_, "ascend_resolver": tuple}
"""Called for each node; two of them with something that does nothing, quickly, with two arguments and with none."""


class Composer(CParser):
    """libyaml's composer without PyYAML's resolver: marks null, bounds depth and number of nodes."""

    def __init__(self, text: str, position: int, piece: int = PIECE) -> None:
        """Start to read a text at a position, so many characters in one go."""
        stream: Any = _Tail(text, position, piece)
        super().__init__(stream)
        self.length = len(text) - position
        self.__dict__.update(_HOOKS)

    def documents(self) -> Iterator[tuple[Node, bool]]:
        """Yield the root of each document, and whether it holds more words than one object may."""
        while self.check_node():
            root, words = composed(self.get_node, self.length)
            if root is not None:
                yield root, words > MAX_OBJECT


class _Tail:
    """The rest of a text from a position on, read in pieces, so that going on after an error copies nothing."""

    __slots__ = ("_piece", "_position", "_text")

    def __init__(self, text: str, position: int, piece: int) -> None:
        self._piece = piece
        self._text = text
        self._position = position

    def read(self, size: int) -> str:
        start = self._position
        self._position = start + min(size, self._piece)
        return self._text[start : self._position]
