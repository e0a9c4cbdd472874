"""Find the field path of every node below an object, only when something is reported.

    spec: {ports: [{port: 80}]}    ->    {…: "spec", …: "spec.ports", …: "spec.ports[0]", …: "spec.ports[0].port"}

Keys that are no plain words stand in brackets, as the API server writes them: `metadata.annotations[svcc.dev/weights]`.
"""

import re

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")
_FREE_KEYS = (".labels", ".annotations", ".selector")
_MAX_PATH = 400


def field_paths(root: Node) -> dict[int, str]:
    """Return the path of every node by its identity; a key has the path of its value, a shared node its first one."""
    paths = {id(root): ""}
    # Depth first in the order of the document, so that a shared node gets the path of the place where it stands.
    stack = [(root, "")]
    while stack:
        node, path = stack.pop()
        below = []
        for child, name in _named_children(node, path):
            if id(child) not in paths:
                paths[id(child)] = name
                below.append((child, name))
        stack.extend(reversed(below))
    return paths


def _named_children(node: Node, path: str) -> list[tuple[Node, str]]:
    if len(path) > _MAX_PATH:
        return []
    if isinstance(node, SequenceNode):
        return [(child, f"{path}[{index}]") for index, child in enumerate(node.value)]
    if not isinstance(node, MappingNode):
        return []
    named: list[tuple[Node, str]] = []
    for key, value in node.value:
        name = _joined(path, key)
        named += ((key, name), (value, name))
    return named


def _joined(path: str, key: Node) -> str:
    if not isinstance(key, ScalarNode):
        return path
    if key.value == "<<":
        return path
    if path.endswith(_FREE_KEYS) or not _WORD.match(key.value):
        return f"{path}[{key.value[:80]}]"
    return f"{path}.{key.value}" if path else str(key.value)
