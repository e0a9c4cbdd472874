"""The rules for claims that a Pod brings along: `ephemeral` volumes and their `volumeClaimTemplate`.

    ephemeral: {volumeClaimTemplate: {spec: {accessModes: [RWO], …}}}     SVC105 …spec.accessModes

Facts (Kubernetes 1.34): the claim of volume `a` of Pod `web` is named web-a, so no other volume can be that claim; the size is told as
`resources[storage]`, and mistakes in access modes by the path of the list.
"""

from svcc.diag import Reason
from svcc.model.decode_meta import check_subdomain as check_name
from svcc.model.meta_rules import check_annotations
from svcc.model.names import check_labels
from svcc.model.pod_draft import Draft, fields_of, list_of, text_of
from svcc.model.pod_names import Place, check_label, check_subdomain, check_word, path_of, require
from svcc.model.pod_selector_rules import check_label_selector
from svcc.model.pod_values import check_word_given, is_negative
from svcc.model.quantities import amount
from svcc.source.cursor import Cursor, Fields, Node

_ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_ALONE = "ReadWriteOncePod"
_OWN_API = "PersistentVolumeClaim"
_META = ("annotations", "labels")


def made_claims(draft: Draft, volumes: list[Fields]) -> set[str]:
    """Return the names of the claims that are made for a Pod."""
    pod = _pod_name(draft)
    names = (text_of(found.get("name")) for found in volumes if "ephemeral" in found)
    return {f"{pod}-{name}" for name in names} if pod else set()


def _pod_name(draft: Draft) -> str:
    meta = draft.top.get("metadata")
    return text_of(draft.cursor.peek(meta, ("name",)).get("name")) or "" if meta is not None else ""


def check_own_claim(cursor: Cursor, found: Fields, made: set[str]) -> None:
    """SVC112: a volume of a claim that is made for another volume."""
    claim = fields_of(cursor, found.get("persistentVolumeClaim"))
    if text_of(claim.get("claimName")) in made:
        message = "this claim is made for an ephemeral volume of this Pod"
        cursor.report("SVC112", message, claim["claimName"], reason=Reason.INVALID)


def check_ephemeral(draft: Draft, volume: Fields, found: Fields) -> None:
    """Report what is wrong with the claim that is made for a volume."""
    cursor = draft.cursor
    pod, name = _pod_name(draft), text_of(volume.get("name"))
    if pod and name:
        check_name(cursor, f"{pod}-{name}", volume["name"])
    template = fields_of(cursor, found.get("volumeClaimTemplate"))
    meta = fields_of(cursor, template.get("metadata"))
    check_labels(cursor, meta.get("labels"))
    if "annotations" in meta:
        check_annotations(cursor, meta["annotations"], fields_of(cursor, meta["annotations"]))
    for field in [one for one in meta if one not in _META]:
        if meta[field].value not in ("", [], "0"):
            message = "the template of a claim has labels and annotations alone"
            cursor.report("SVC112", message, meta[field], reason=Reason.FORBIDDEN)
    holder = template.get("spec", found.get("volumeClaimTemplate"))
    if holder is not None and cursor.is_mapping(holder):
        at = Place(found["volumeClaimTemplate"], ".spec")
        _check_claim(cursor, holder, fields_of(cursor, template.get("spec")), at)


def _check_claim(cursor: Cursor, node: Node, spec: Fields, at: Place) -> None:
    if require(cursor, node, spec, "accessModes", at=at):
        _check_access(cursor, spec["accessModes"])
    check_label_selector(cursor, spec.get("selector"))
    _check_size(cursor, node, spec, at.below("resources"))
    check_subdomain(cursor, spec.get("storageClassName"))
    check_subdomain(cursor, spec.get("volumeAttributesClassName"))
    check_word(cursor, spec.get("volumeMode"), ("Block", "Filesystem"))
    _check_sources(cursor, spec, at)


def _check_access(cursor: Cursor, node: Node) -> None:
    at, modes = Place(node, ""), list_of(node)
    for mode in modes:
        check_word_given(cursor, mode, _ACCESS_MODES, at=at)
    words = {text_of(mode) for mode in modes}
    if _ALONE in words and not words.isdisjoint(_ACCESS_MODES[:3]):
        cursor.report("SVC112", f"{_ALONE} stands alone", node, reason=Reason.FORBIDDEN)


def _check_size(cursor: Cursor, node: Node, spec: Fields, at: Place) -> None:
    """SVC104: a claim without a size; SVC106: one of nothing, or less."""
    resources = fields_of(cursor, spec.get("resources"))
    requests = fields_of(cursor, resources.get("requests"))
    place, size = path_of(cursor, Place(at.node, f"{at.words}[storage]")), requests.get("storage")
    if size is None:
        message = "a claim asks for storage"
        where = resources.get("requests", spec.get("resources", node))
        cursor.report("SVC104", message, where, at=place, hint="resources: {requests: {storage: 1Gi}}")
    elif isinstance(size.value, str) and (is_negative(size) or amount(size.value) == 0):
        cursor.report("SVC106", "must be more than nothing", size, at=place, reason=Reason.INVALID)


def _check_sources(cursor: Cursor, spec: Fields, at: Place) -> None:
    for name in ("dataSource", "dataSourceRef"):
        if name in spec and cursor.is_mapping(spec[name]):
            _check_source(cursor, spec[name], fields_of(cursor, spec[name]))
    source, other = (fields_of(cursor, spec.get(name)) for name in ("dataSource", "dataSourceRef"))
    check_label(cursor, other.get("namespace"))
    if not source or not other:
        return
    if text_of(other.get("namespace")):
        message = "dataSourceRef of another namespace excludes dataSource"
    elif all(text_of(source.get(name)) == text_of(other.get(name)) for name in ("apiGroup", "kind", "name")):
        return
    else:
        message = "dataSource and dataSourceRef are the same"
    cursor.report("SVC112", message, spec["dataSource"], at=path_of(cursor, at), reason=Reason.INVALID)


def _check_source(cursor: Cursor, node: Node, found: Fields) -> None:
    require(cursor, node, found, "name")
    kind = require(cursor, node, found, "kind") and text_of(found.get("kind"))
    group = text_of(found.get("apiGroup"))
    if group:
        check_subdomain(cursor, found["apiGroup"])
    elif group == "" and kind != _OWN_API:
        message = f"without apiGroup this is a {_OWN_API}"
        cursor.report("SVC105", message, found.get("kind", node), at=cursor.path(node), reason=Reason.INVALID)
