r"""Compose documents with libyaml, within bounds.

    Composer("a: 1\n---\nb: 2\n", 0).documents()   ->   (<mapping a: 1>, False), (<mapping b: 2>, False)

Types of scalars are not resolved here (see `scalars`), only null is marked by the tag `NULL`.

Facts (libyaml 0.2.5, PyYAML 6.0.3): composing recurses on the C stack without a bound, so the depth is counted in the resolver's
hooks, and with it the nodes: a node takes some 200 bytes, which a text of single letters would multiply beyond any memory. Hooks
and resolver as plain functions make composing a third faster than with `CSafeLoader`.
"""

from collections.abc import Callable, Iterator
from sys import intern
from typing import Any

from yaml.error import MarkedYAMLError

from svcc.source.aliases import MAX_DEPTH
from svcc.source.nodes import Node, composed
from svcc.source.scalars import NULL_WORDS

try:
    from yaml._yaml import CParser

    MISSING = ""
except ImportError:  # pragma: no cover - depends on how PyYAML was built
    CParser = object  # type: ignore[assignment, misc]
    MISSING = "svcc needs PyYAML with libyaml: install the wheel from PyPI, or libyaml-dev before building PyYAML"

NULL = intern("tag:yaml.org,2002:null")
SPARE_NODES, CHARACTERS_A_NODE = 20_000, 5
"""Besides the first twenty thousand, a document may have one word for so many characters of its source."""

MAX_OBJECT = 100_000
"""Words in one object: the API server takes 3 MiB, and a slice of 1000 endpoints has 20,000."""

_ROOM_OF_A_WORD = 2
"""A list or mapping takes half as much again."""
_TOO_DENSE = f"more values than a manifest has: above {SPARE_NODES}, one for {CHARACTERS_A_NODE} characters"
_PIECE = 4096
"""Of what is read ahead in one go: after an error all of it is read again."""


class BeyondBounds(MarkedYAMLError):  # noqa: N818 - the input's, as all of them
    """The document is deeper or denser than a manifest can be."""


class Composer(CParser):
    """libyaml's composer without PyYAML's resolver: marks null, bounds depth and number of nodes."""

    def __init__(self, text: str, position: int) -> None:
        """Start to read a text at a position."""
        stream: Any = _Tail(text, position)
        super().__init__(stream)
        depth = used = 0
        # Hooks that knew this parser would keep it, and its buffers, for ever: the collector is paused.
        self.used = last = [0]
        room = _ROOM_OF_A_WORD * (SPARE_NODES + (len(text) - position) // CHARACTERS_A_NODE)

        def descend(parent: Node | None, _index: object) -> None:
            nonlocal depth, used
            depth += 1
            used += _ROOM_OF_A_WORD
            if depth > MAX_DEPTH or used > room:
                problem = f"nested deeper than {MAX_DEPTH} levels" if depth > MAX_DEPTH else _TOO_DENSE
                raise BeyondBounds(problem=problem, problem_mark=parent.start_mark if parent is not None else None)

        def ascend() -> None:
            nonlocal depth, used
            depth -= 1
            if not depth:
                last[0] = used
                used = 0

        def resolve(_node: type, value: str | None, implicit: tuple[bool, bool]) -> str | None:
            nonlocal used
            if value is None:
                used += 1
                return None
            # Neither is implied where nothing stands but a tag.
            return NULL if value in NULL_WORDS and (implicit[0] or not implicit[1]) else None

        hooks: dict[str, Callable[..., Any]] = {
            "descend_resolver": descend,
            "ascend_resolver": ascend,
            "resolve": resolve,
        }
        self.__dict__.update(hooks)

    def documents(self) -> Iterator[tuple[Node, bool]]:
        """Yield the root of each document, and whether it holds more words than one object may."""
        while self.check_node():
            node = composed(self.get_node)
            if node is not None:
                yield node, self.used[0] > _ROOM_OF_A_WORD * MAX_OBJECT


class _Tail:
    """The rest of a text from a position on, read in pieces, so that going on after an error copies nothing."""

    __slots__ = ("_position", "_text")

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self._position = position

    def read(self, size: int) -> str:
        start = self._position
        self._position = start + min(size, _PIECE)
        return self._text[start : self._position]
