"""The composed nodes of a document: what PyYAML's are, in half of the memory.

    {port: 80}   ->   MappingNode(value=[(ScalarNode("port"), ScalarNode("80"))], …)

libyaml's composer makes its nodes with the classes that it finds in its module. These are put there only while a document is
composed (`composed`), so that nobody else who uses PyYAML in this process meets them. Lines and columns count from 0.

The nodes count themselves: composing recurses on the C stack without a bound, and a text of single letters would multiply beyond
any memory. A collection is made before what is in it, and told its end after that.

Facts (libyaml 0.2.5, PyYAML 6.0.3, CPython 3.11): a scalar of four letters takes 217 bytes instead of 358, a list 300; reading the
numbers out of a mark costs more time than keeping the mark, so scalars keep the one of their start and forget the other. Counting in
globals costs a third of what it costs in the resolver's hooks, which are calls.
"""

import sys
from collections.abc import Callable
from sys import intern
from typing import Any

from yaml.error import MarkedYAMLError

try:
    from yaml import _yaml as libyaml
except ImportError:  # pragma: no cover - depends on how PyYAML was built
    libyaml = None  # type: ignore[assignment]

MAX_DEPTH = 200
SPARE_NODES, CHARACTERS_A_NODE = 10_000, 5
"""Besides the first ten thousand, a document may have one word for so many characters of its source."""

_QUOTES = frozenset("'\"")
_HALF = 2
"""A list or mapping takes half as much again as a word: they are counted in halves."""
_open, _used, _room = 0, 0, sys.maxsize
"""Collections that have begun and not ended, half words so far and how many there may be: of the document that is composed."""


class BeyondBounds(MarkedYAMLError):  # noqa: N818 - the input's, as all of them
    """The document is deeper or denser than a manifest can be."""


class Node:
    """One node; a tag is None unless it is written, or `NULL`."""

    __slots__ = ("start_mark", "tag", "value")
    tag: str | None
    value: Any
    start_mark: Any
    style: str | None
    """Of words only."""


class ScalarNode(Node):
    """A word; `style` is its quote or block mark, None or "" for a plain one; `width` that of a quoted one in the text."""

    __slots__ = ("style", "width")
    value: str

    def __init__(self, tag: str | None, value: str, start_mark: Any, end_mark: Any, style: str | None = None) -> None:
        global _used  # noqa: PLW0603
        _used += _HALF
        if _used > _room:
            raise _too_dense(start_mark)
        # A null that is written as a tag is then the same string as that of a null that is not.
        self.tag = tag if tag is None else intern(tag)
        self.value = value
        self.start_mark = start_mark
        self.style = style
        self.width = end_mark.index - start_mark.index if style else None

    @property
    def length(self) -> int:
        """How many characters it takes where it begins; a word of several lines, more than its first one has."""
        if self.width is None:
            return len(self.value) or 1
        return self.width if self.style in _QUOTES else 1


class CollectionNode(Node):
    """A list or a mapping; `flow_style` tells brackets from indentation, `width` is None where it ends on another line."""

    __slots__ = ("flow_style", "width")
    value: list[Any]

    def __init__(
        self,
        tag: str | None,
        value: list[Any],
        start_mark: Any,
        _end_mark: None,
        flow_style: bool | None = None,  # noqa: FBT001 - as libyaml calls it
    ) -> None:
        self.tag = tag
        self.value = value
        self.start_mark = start_mark
        self.flow_style = flow_style
        global _open, _used  # noqa: PLW0603
        _open += 1
        _used += _HALF + 1
        if _open > MAX_DEPTH:
            raise BeyondBounds(problem=f"nested deeper than {MAX_DEPTH} levels", problem_mark=start_mark)
        if _used > _room:
            raise _too_dense(start_mark)

    def _end(self, mark: Any) -> None:
        global _open  # noqa: PLW0603
        _open -= 1
        start = self.start_mark
        self.width = mark.column - start.column if mark.line == start.line else None

    end_mark = property(fset=_end)
    """Where it ends, as libyaml tells it when everything in it is made."""


class SequenceNode(CollectionNode):
    """A list of nodes."""

    __slots__ = ()
    value: list[Node]


class MappingNode(CollectionNode):
    """A list of pairs of nodes, keys that appear twice among them."""

    __slots__ = ()
    value: list[tuple[Node, Node]]


def children(node: Node) -> list[Node]:
    """Return the nodes directly below a node, keys as well."""
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, SequenceNode) else []


_OWN = {one.__name__: one for one in (ScalarNode, SequenceNode, MappingNode)}
_THEIRS = {name: getattr(libyaml, name, None) for name in _OWN}


def _too_dense(mark: Any) -> BeyondBounds:
    problem = f"more values than a manifest has: above {SPARE_NODES}, one for {CHARACTERS_A_NODE} characters"
    return BeyondBounds(problem=problem, problem_mark=mark)


def composed(compose: Callable[[], Any], length: int) -> tuple[Node | None, int]:
    """Call libyaml's composer for a document of at most so many characters, and let it make nodes of this module meanwhile.

    Return its root, None where there is none, and how many words it holds.

    Raises:
        BeyondBounds: it is too deep, or holds too many words for its length.
    """
    global _open, _used, _room  # noqa: PLW0603
    _open, _used, _room = 0, 0, _HALF * (SPARE_NODES + length // CHARACTERS_A_NODE)
    held = libyaml.__dict__
    held.update(_OWN)
    try:
        return compose(), _used // _HALF
    finally:
        held.update(_THEIRS)
        _room = sys.maxsize
