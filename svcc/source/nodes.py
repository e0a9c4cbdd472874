"""The composed nodes of a document: what PyYAML's are, in half of the memory.

    {port: 80}   ->   MappingNode(value=[(ScalarNode("port"), ScalarNode("80"))], …)

libyaml's composer makes its nodes with the classes that it finds in its module. These are put there only while a document is
composed (`composed`), so that nobody else who uses PyYAML in this process meets them. Lines and columns count from 0.

Facts (PyYAML 6.0.3, CPython 3.11): a scalar of four letters takes 217 bytes instead of 358, a list 300; reading the numbers out of a
mark costs more time than keeping the mark, so scalars keep the one of their start and forget the other.
"""

from collections.abc import Callable
from sys import intern
from typing import Any

try:
    from yaml import _yaml as libyaml
except ImportError:  # pragma: no cover - depends on how PyYAML was built
    libyaml = None  # type: ignore[assignment]

_QUOTES = frozenset("'\"")


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
    """A list or a mapping; `flow_style` tells brackets from indentation."""

    __slots__ = ("end_mark", "flow_style")
    value: list[Any]

    def __init__(
        self,
        tag: str | None,
        value: list[Any],
        start_mark: Any,
        end_mark: Any,
        flow_style: bool | None = None,  # noqa: FBT001 - as libyaml calls it
    ) -> None:
        self.tag = tag
        self.value = value
        self.start_mark = start_mark
        self.end_mark = end_mark
        self.flow_style = flow_style


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


def composed(compose: Callable[[], Any]) -> Any:
    """Call libyaml's composer, and let it make nodes of this module meanwhile."""
    held = libyaml.__dict__
    before = {name: held[name] for name in _OWN}
    held.update(_OWN)
    try:
        return compose()
    finally:
        held.update(before)
