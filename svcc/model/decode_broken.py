"""Name an object that has mistakes, so that what refers to it is not told that it is missing.

    kind: Service
    metadata: {name: cart, namespace: shop}   ->   Broken(kind="Service", name=ObjectName("shop", "cart"))
    spec: {type: NodePorts}

Nothing is judged here: what is wrong with the object is in the sink already.
"""

from svcc.model.fields import SERVICE_NAME_LABEL
from svcc.model.manifests import Broken
from svcc.model.service import ObjectName
from svcc.source.cursor import Cursor, Node, ScalarNode


def decode_broken(cursor: Cursor, kind: str) -> Broken | None:
    """Return as much of an object as a reference to it needs, judging nothing; None when it has no name."""
    node = cursor.peek(cursor.root, ("metadata",)).get("metadata")
    if node is None:
        return None
    meta = cursor.peek(node, ("name", "namespace", "labels"))
    name = _word(meta.get("name"))
    if not name:
        return None
    namespace = _word(meta.get("namespace")) or "default"
    labels = cursor.peek(meta["labels"], (SERVICE_NAME_LABEL,)) if "labels" in meta else {}
    service = _word(labels.get(SERVICE_NAME_LABEL))
    owner = ObjectName(namespace, service) if service else None
    return Broken(kind, ObjectName(namespace, name), owner, cursor.span(meta["name"]))


def _word(node: Node | None) -> str:
    return str(node.value) if isinstance(node, ScalarNode) else ""
