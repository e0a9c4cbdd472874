"""Bound what the aliases of a source expand to: they share nodes, so composing them is cheap and walking them is not.

a: &a [x, x]              Aliases().problem(root)  ->  ""
b: &b [*a, *a]            … ten levels of nine    ->  "aliases repeat too much: more than 1000000 nodes of this file"
c: [*b, *b]
"""

from svcc.source.nodes import MAX_DEPTH, Node, ScalarNode, children

MAX_EXPANSION = 1_000_000


class Aliases:
    """How much the aliases of one source may still expand to."""

    def __init__(self) -> None:
        self.left = MAX_EXPANSION

    def problem(self, root: Node) -> str:
        """Return why a document must not be walked, "" when it may."""
        sizes: dict[int, tuple[int, int] | None] = {}
        stack = [root]
        while stack:
            node = stack[-1]
            known = sizes.get(id(node), ())
            if known or isinstance(node, ScalarNode):
                sizes.setdefault(id(node), (1, 1))
                stack.pop()
            elif known is None:
                sizes[id(node)] = _expanded(node, sizes)
                stack.pop()
            else:
                sizes[id(node)] = None
                below = [child for child in children(node) if not sizes.get(id(child))]
                if any(id(child) in sizes for child in below):
                    return "an alias stands inside the node that it repeats"
                stack.extend(below)
        size, depth = sizes[id(root)] or (0, 0)
        self.left -= size - len(sizes)
        if self.left < 0:
            return f"aliases repeat too much: more than {MAX_EXPANSION} nodes of this file"
        return f"nested deeper than {MAX_DEPTH} levels by aliases" if depth > MAX_DEPTH else ""


def _expanded(node: Node, sizes: dict[int, tuple[int, int] | None]) -> tuple[int, int]:
    below = [sizes[id(child)] or (0, 0) for child in children(node)]
    return 1 + sum(size for size, _ in below), 1 + max((depth for _, depth in below), default=0)
