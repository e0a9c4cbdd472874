"""Bound what the aliases of a source expand to: they share nodes, so composing them is cheap and walking them is not.

a: &a [x, x]              Aliases().problem(root)  ->  ""
b: &b [*a, *a]            … ten levels of nine    ->  "aliases repeat too much: more than 1000000 nodes of this file"
c: [*b, *b]
"""

from svcc.source.nodes import MAX_DEPTH, Node, ScalarNode, children

MAX_EXPANSION = 1_000_000


_LONG = 64
"""Characters from which on a word counts as several."""


class Aliases:
    """How much the aliases of one source may still expand to."""

    def __init__(self) -> None:
        self.left = MAX_EXPANSION

    def problem(self, root: Node) -> str:
        """Return why a document must not be walked, "" when it may."""
        sizes: dict[int, tuple[int, int] | None] = {}
        written = 1
        long: set[int] = set()
        stack = [root]
        while stack:
            node = stack[-1]
            known = sizes.get(id(node), ())
            if known:
                stack.pop()
            elif known is None:
                sizes[id(node)] = _expanded(node, sizes)
                stack.pop()
            else:
                sizes[id(node)] = None
                below = children(node)
                written += sum(_written(one, long) for one in below)
                unknown = [one for one in below if not isinstance(one, ScalarNode) and not sizes.get(id(one))]
                if any(id(child) in sizes for child in unknown):
                    return "an alias stands inside the node that it repeats"
                stack.extend(unknown)
        size, depth = sizes.get(id(root)) or (written, 1)
        self.left -= size - written
        if self.left < 0:
            return f"aliases repeat too much: more than {MAX_EXPANSION} nodes of this file"
        return f"nested deeper than {MAX_DEPTH} levels by aliases" if depth > MAX_DEPTH else ""


def _weight(node: Node) -> int:
    return 1 + len(node.value) // _LONG if isinstance(node, ScalarNode) else 1


def _written(node: Node, long: set[int]) -> int:
    """Return what a node adds to the text itself: an alias is short, whatever it stands for."""
    weight = _weight(node)
    if weight == 1:
        return 1
    known = id(node) in long
    long.add(id(node))
    return 1 if known else weight


def _expanded(node: Node, sizes: dict[int, tuple[int, int] | None]) -> tuple[int, int]:
    # Words are most of the nodes: they are not remembered.
    below = [sizes.get(id(child)) or (_weight(child), 1) for child in children(node)]
    return 1 + sum(size for size, _ in below), 1 + max((depth for _, depth in below), default=0)
