"""Find the field path of a node below an object, only when something is reported.

    spec: {ports: [{port: 80}]}    ->    {…: "spec", …: "spec.ports", …: "spec.ports[0]", …: "spec.ports[0].port"}

Keys that are no plain words stand in brackets, as the API server writes them: `metadata.annotations[svcc.dev/weights]`. The nodes
are walked in the order of the document and no further than to the one that is asked for: mistakes come in that order as well, and
the object may be large.
"""

import re
from collections.abc import Iterator

from svcc.source.nodes import MappingNode, Node, ScalarNode, SequenceNode

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")
_FREE_KEYS = (".labels", ".annotations")
# Of a Service; a selector inside of a Pod has fields.
_SELECTOR = "spec.selector"
_MAX_KEY = 80
_MAX_PATH = 400


class FieldPaths:
    """The paths of the nodes below one root; a key has the path of its value, a shared node its first one."""

    __slots__ = ("_ahead", "_known")

    def __init__(self, root: Node) -> None:
        self._known: dict[int, str] = {id(root): ""}
        self._ahead = _walk(root, self._known)

    def of(self, node: Node) -> str:
        """Return the path of a node, "" for one that is not below the root."""
        wanted = id(node)
        while wanted not in self._known:
            if next(self._ahead, None) is None:
                return ""
        return self._known[wanted]


# A function, not a method: a generator that knew its FieldPaths would keep the nodes of the object alive for ever.
def _walk(root: Node, known: dict[int, str]) -> Iterator[Node]:
    # Depth first, so that a shared node gets the path of the place where it stands.
    stack = [_named_children(root, "")]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
            continue
        child, path = found
        if id(child) not in known:
            known[id(child)] = path
            yield child
            if len(path) <= _MAX_PATH and not isinstance(child, ScalarNode):
                stack.append(_named_children(child, path))


def _named_children(node: Node, path: str) -> Iterator[tuple[Node, str]]:
    if isinstance(node, SequenceNode):
        for index, child in enumerate(node.value):
            yield child, f"{path}[{index}]"
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            name = _joined(path, key)
            yield key, name
            yield value, name


def _joined(path: str, key: Node) -> str:
    if not isinstance(key, ScalarNode):
        return path
    if key.value == "<<":
        return path
    if path.endswith(_FREE_KEYS) or path == _SELECTOR or not _WORD.match(key.value):
        return f"{path}[{key.value[:_MAX_KEY]}]"
    return f"{path}.{key.value[:_MAX_KEY]}" if path else str(key.value[:_MAX_KEY])
