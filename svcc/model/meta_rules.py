"""The rules for metadata besides names and labels: annotations, owners, finalizers, what the API server writes.

    metadata: {name: cart, generation: -1}                  SVC106 metadata.generation
    metadata: {name: cart, finalizers: [a b]}               SVC135 metadata.finalizers

The API server tells mistakes in annotations, owners and finalizers by the path of the whole field (Kubernetes 1.34).
"""

import re
from collections.abc import Callable
from datetime import date

from svcc.diag import Reason, Related
from svcc.model import fields
from svcc.model.names import check_qualified_name, is_qualified_name, key_nodes
from svcc.source.cursor import Cursor, Fields, Node

_MAX_ANNOTATIONS = 256 * 1024
_MAX_INT64 = (1 << 63) - 1
_WIDEST = 4
"""Bytes of a character in UTF-8, at most."""
_TEXTS = ("uid", "resourceVersion", "selfLink", "clusterName")
_TIMES = ("creationTimestamp", "deletionTimestamp")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.,][0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-4]):[0-5][0-9])\Z"
)
_STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
_EXCLUSIVE = {"orphan", "foregroundDeletion"}
_OWNER = ("apiVersion", "kind", "name", "uid")


def check_name_is_there(cursor: Cursor, meta: Fields, node: Node | None) -> None:
    """SVC104: no name; where it is none for another reason, that has been told."""
    place = meta.get("name")
    if place is not None and place.value != "":
        return
    if node is not None and not cursor.is_mapping(node):
        return
    hint = "svcc does not generate names" if "generateName" in meta else ""
    cursor.report("SVC104", "name is required", place or node or cursor.root, at="metadata.name", hint=hint)


def check_annotations(cursor: Cursor, node: Node, annotations: Fields) -> None:
    """SVC135: a key that is no qualified name, whatever its case; SVC139: annotations that are too long together."""
    length = 0
    wrong: list[str] = []
    for key, value in annotations.items():
        text = cursor.text(value) or ""
        length += len(key) + len(text)
        if not is_qualified_name(key.lower()):
            wrong.append(key)
    keys = key_nodes(node) if wrong else {}
    for key in wrong:
        check_qualified_name(cursor, key, keys.get(key, annotations[key]), at=cursor.path(node))
    if length * _WIDEST > _MAX_ANNOTATIONS:
        _check_size(cursor, node, annotations)


def _check_size(cursor: Cursor, node: Node, annotations: Fields) -> None:
    words = [word for key, value in annotations.items() if isinstance(value.value, str) for word in (key, value.value)]
    if sum(len(word.encode(errors="surrogatepass")) for word in words) > _MAX_ANNOTATIONS:
        message = f"annotations have at most {_MAX_ANNOTATIONS} bytes together, keys and values"
        cursor.report("SVC139", message, node)


def check_rest(cursor: Cursor, meta: Fields, check_name: Callable[[Cursor, str, Node], None]) -> None:
    """Report mistakes in the fields that few manifests have; `check_name` knows the names of this kind."""
    for name in _TEXTS:
        cursor.text(meta.get(name))
    for name in _TIMES:
        if name in meta:
            check_time(cursor, meta[name])
    cursor.integer(meta.get("generation"), 0, _MAX_INT64)
    cursor.integer(meta.get("deletionGracePeriodSeconds"), -_MAX_INT64, _MAX_INT64)
    prefix = cursor.text(meta.get("generateName"))
    if prefix:
        # What is generated follows the prefix, which may therefore end with a hyphen.
        check_name(cursor, f"{prefix[:-1]}a" if len(prefix) > 1 and prefix[-1] == "-" else prefix, meta["generateName"])
    if "finalizers" in meta:
        _check_finalizers(cursor, meta["finalizers"])
    if "ownerReferences" in meta:
        _check_owners(cursor, meta["ownerReferences"])


def check_time(cursor: Cursor, node: Node) -> None:
    """SVC137: not a time as RFC 3339 writes it."""
    text = cursor.text(node)
    if text is None:
        return
    found = _TIME.match(text)
    if found is None or not _is_date(found[1]):
        cursor.report("SVC137", f'"{text[:40]}" is not a time', node, hint="as in 2024-01-31T12:00:00Z")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _check_finalizers(cursor: Cursor, node: Node) -> None:
    """SVC135: not a qualified name, nor a standard one; SVC112: two that say the opposite of each other."""
    found: dict[str, Node] = {}
    for one in cursor.sequence(node):
        name = cursor.text(one)
        if name is None:
            continue
        found.setdefault(name, one)
        if not is_qualified_name(name):
            check_qualified_name(cursor, name, one, at=cursor.path(node))
        elif "/" not in name and name not in _STANDARD_FINALIZERS:
            hint = f"one of {', '.join(_STANDARD_FINALIZERS)}, or a name after a DNS prefix and /"
            cursor.report("SVC135", f'"{name}" is no standard finalizer, and no qualified one', one, hint=hint)
    if found.keys() >= _EXCLUSIVE:
        message = "dependents can be orphaned or deleted, not both"
        cursor.report("SVC112", message, node, reason=Reason.INVALID, hint="keep one of orphan and foregroundDeletion")


def _check_owners(cursor: Cursor, node: Node) -> None:
    """SVC140: an owner that cannot own, or a second one that controls."""
    path = cursor.path(node)
    controller: Node | None = None
    for one in cursor.sequence(node):
        found = cursor.fields(one, fields.OWNER)
        cursor.boolean(found.get("blockOwnerDeletion"))
        if cursor.is_mapping(one):
            _check_owner(cursor, one, found, path)
        if not cursor.boolean(found.get("controller")):
            continue
        if controller is not None:
            first = Related(cursor.span(controller), "the first one is here")
            cursor.report("SVC140", "only one owner can be the controller", one, at=path, related=(first,))
        else:
            controller = one


def _check_owner(cursor: Cursor, node: Node, found: Fields, path: str) -> None:
    words = {name: cursor.text(found.get(name)) for name in _OWNER}
    group, slash, version = (words["apiVersion"] or "").rpartition("/")
    if slash and (not version or "/" in group):
        message = f'"{(words["apiVersion"] or "")[:60]}" is no apiVersion'
        cursor.report("SVC140", message, found["apiVersion"], at=f"{path}.apiVersion", hint="as in apps/v1")
    for name, word in words.items():
        if word == "" or name not in found:
            place = found.get(name, node)
            cursor.report("SVC104", f"{name} is required", place, at=f"{path}.{name}", reason=Reason.INVALID)
    if words["apiVersion"] == "v1" and words["kind"] == "Event":
        cursor.report("SVC140", "an Event cannot own anything", node, at=path)
