"""Find the objects of a document: itself, or those of a List, also of a List in a List.

    {kind: List, items: [{kind: Service, …}, {kind: Pod, …}]}   ->   (<cursor of the Service>, ("v1", "Service")), …

A typed list gives its kind to items that have none, as `kubectl` writes them.
"""

from collections.abc import Callable, Iterator

from svcc.diag import Diagnostics
from svcc.model.fields import LIST
from svcc.model.kinds import VERSIONS
from svcc.source.cursor import Cursor, Fields, Node
from svcc.source.document import MAX_OBJECT, Document
from svcc.source.nodes import MappingNode, ScalarNode, children

LISTS = {
    "List": "",
    "ServiceList": "Service",
    "EndpointsList": "Endpoints",
    "EndpointSliceList": "EndpointSlice",
    "PodList": "Pod",
    "NodeList": "Node",
}

Type = tuple[str, str]
"""apiVersion and kind."""
Found = tuple[Cursor, Type]


def objects(document: Document, sink: Diagnostics, wanted: Callable[[Cursor, Fields, Type], bool]) -> Iterator[Found]:
    """Yield every object of a document whose type is `wanted`; Lists are opened without recursion, if they are wanted."""
    waiting: list[tuple[Node, str]] = [(document.node, "")]
    while waiting:
        node, kind = waiting.pop()
        cursor = Cursor(document, node, sink)
        plain = _plain_type(node)
        if plain is not None and not document.dense:
            yield cursor, plain
            continue
        top = _type_fields(cursor)
        found = _type(cursor, top, kind) if top is not None else None
        if found is None or top is None or not wanted(cursor, top, found):
            continue
        if found[1] in LISTS:
            nodes = cursor.sequence(cursor.fields(cursor.root, LIST).get("items"))
            waiting += [(node, LISTS[found[1]]) for node in reversed(nodes)]
            if not document.shared:
                # Each item is dropped when it has been decoded: the nodes of a long List are most of the memory.
                nodes.clear()
        elif not document.dense or _is_bounded(cursor):
            yield cursor, found


def _is_bounded(cursor: Cursor) -> bool:
    """Tell whether an object has few enough words to be one; only objects of dense documents are counted."""
    left = MAX_OBJECT
    waiting = [cursor.root]
    while waiting and left:
        node = waiting.pop()
        left -= 1
        waiting += children(node)
    if not left:
        cursor.report(
            "SVC008",
            f"an object with more than {MAX_OBJECT:,} values",
            cursor.root,
            hint="the API server takes 3 MiB at most",
        )
    return bool(left)


def _plain_type(node: Node) -> Type | None:
    """Return version and kind of an object of ours that begins with these two, as nearly all do; None for every other."""
    if node.__class__ is not MappingNode or [key.value for key, _ in node.value[:2]] != ["apiVersion", "kind"]:
        return None
    (_, version), (_, kind) = node.value[:2]
    if kind.__class__ is not ScalarNode:
        return None
    usual = kind.tag is None and version.tag is None and kind.value not in LISTS
    return (version.value, kind.value) if usual and VERSIONS.get(kind.value) == version.value else None


def _type_fields(cursor: Cursor) -> Fields | None:
    """Return the fields of an object without judging them yet; None when it is no mapping."""
    if not cursor.is_mapping(cursor.root):
        cursor.report("SVC003", "a Kubernetes object is a mapping with apiVersion and kind", cursor.root)
        return None
    return cursor.peek(cursor.root, ("apiVersion", "kind"))


def _type(cursor: Cursor, top: Fields, kind: str) -> Type | None:
    """Return version and kind of an object, whose kind may follow from its List."""
    version = cursor.text(top.get("apiVersion")) or VERSIONS.get(kind)
    kind = cursor.text(top.get("kind")) or kind
    if cursor.errors:
        return None
    if not version or not kind:
        lacking = "apiVersion" if not version else "kind"
        cursor.report("SVC003", f"a Kubernetes object has {lacking}", cursor.root, below=lacking)
        return None
    return version, kind
