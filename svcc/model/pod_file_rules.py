"""The rules for volumes that are files: ConfigMaps, Secrets, the downward API, and several of them in one.

    configMap: {name: a, items: [{key: b, path: ../b}]}     SVC171 …configMap.items[0].path
    secret: {secretName: a, defaultMode: 1000}              SVC106 …secret.defaultMode

Facts (Kubernetes 1.34): files of the downward API are told by the path of their volume, without `items`, and so is the path of a
token; paths that meet in a projected volume are told by the path of that. A source may be left empty.
"""

from svcc.diag import Reason
from svcc.model.pod_disk_rules import Rule
from svcc.model.pod_draft import fields_of, found_in, text_of
from svcc.model.pod_env_rules import FIELDS_OF_FILES, check_field_ref, check_resource_ref
from svcc.model.pod_names import Place, check_unused, require
from svcc.model.pod_values import check_local_path, check_mode, check_range
from svcc.source.cursor import Cursor, Fields, Node

_MIN_SECONDS, _MAX_SECONDS = 600, 2**32
_PROJECTED = ("secret", "configMap", "downwardAPI", "serviceAccountToken")
# Not known to the API server while their feature gates are off; named so that the word for two sources counts them.
_GATED = ("clusterTrustBundle", "podCertificate")

_Paths = dict[str, Node]


def _check_keys(cursor: Cursor, _node: Node, found: Fields) -> None:
    check_mode(cursor, found.get("defaultMode"))
    _check_items(cursor, found.get("items"), None, None)


def _check_items(cursor: Cursor, node: Node | None, taken: _Paths | None, whole: Node | None) -> None:
    """Report keys without a path and paths that lead elsewhere; `taken` are those of the `whole` volume."""
    for one, found in found_in(cursor, node):
        require(cursor, one, found, "key")
        if require(cursor, one, found, "path"):
            check_local_path(cursor, found["path"])
            _check_free(cursor, found["path"], taken, whole)
        check_mode(cursor, found.get("mode"))


def _check_free(cursor: Cursor, node: Node, taken: _Paths | None, whole: Node | None) -> None:
    path = text_of(node)
    if path and taken is not None and whole is not None:
        check_unused(cursor, path, node, taken, Reason.INVALID, Place(whole, ""))


def _check_downward(cursor: Cursor, node: Node, found: Fields) -> None:
    check_mode(cursor, found.get("defaultMode"))
    _check_fields(cursor, node, found, None, None)


def _check_fields(cursor: Cursor, node: Node, found: Fields, taken: _Paths | None, whole: Node | None) -> None:
    at = Place(node, "")
    for one, inside in found_in(cursor, found.get("items")):
        if require(cursor, one, inside, "path", at=at):
            check_local_path(cursor, inside["path"], at=at.below("path"))
            _check_free(cursor, inside["path"], taken, whole)
        check_mode(cursor, inside.get("mode"), at=at.below("mode"))
        given = [name for name in ("fieldRef", "resourceFieldRef") if name in inside]
        if len(given) != 1:
            message = "needs fieldRef or resourceFieldRef" if not given else "has both fieldRef and resourceFieldRef"
            reason = Reason.REQUIRED if not given else Reason.INVALID
            cursor.report("SVC159", message, one, at=cursor.path(node), reason=reason)
        if "fieldRef" in inside:
            check_field_ref(cursor, inside["fieldRef"], FIELDS_OF_FILES, at=at.below("fieldRef"))
        elif "resourceFieldRef" in inside:
            place = at.below("resourceFieldRef")
            check_resource_ref(cursor, inside["resourceFieldRef"], at=place, of_file=True)


def _check_projected(cursor: Cursor, node: Node, found: Fields) -> None:
    check_mode(cursor, found.get("defaultMode"))
    taken: _Paths = {}
    for one, sources in found_in(cursor, found.get("sources")):
        given = [name for name in _PROJECTED if name in sources]
        if len(given) + sum(name in sources for name in _GATED) > 1:
            message = "has more than one source"
            cursor.report("SVC159", message, one, reason=Reason.FORBIDDEN)
        for name in given:
            inside = fields_of(cursor, sources[name])
            if name == "downwardAPI":
                _check_fields(cursor, sources[name], inside, taken, node)
            elif name == "serviceAccountToken":
                _check_token(cursor, sources[name], inside, node)
            elif cursor.is_mapping(sources[name]):
                require(cursor, sources[name], inside, "name")
                _check_items(cursor, inside.get("items"), taken, node)


def _check_token(cursor: Cursor, node: Node, found: Fields, whole: Node) -> None:
    at = Place(whole, "")
    check_range(cursor, found.get("expirationSeconds"), _MIN_SECONDS, _MAX_SECONDS)
    if cursor.is_mapping(node) and require(cursor, node, found, "path", at=at):
        check_local_path(cursor, found["path"], at=at.below("path"))


FILES: dict[str, Rule] = {
    "configMap": _check_keys,
    "secret": _check_keys,
    "downwardAPI": _check_downward,
    "projected": _check_projected,
}
