"""The rules for claims of devices and for what a resize does: `resourceClaims`, `resources.claims`, `resizePolicy`.

    resourceClaims: [{name: gpu}]                        SVC159 spec.resourceClaims[0]: neither a claim nor a template
    resizePolicy: [{resourceName: gpu, …}]               SVC105 …resizePolicy

Facts (Kubernetes 1.34): mistakes in resizePolicy are told by the path of the list, twice the same resource by the index.
"""

from svcc.diag import Reason
from svcc.model.pod_draft import Container, Draft, fields_of, found_in, text_of
from svcc.model.pod_names import SHOWN, Place, check_label, check_subdomain, check_unused, path_of, require, there_is_no
from svcc.model.pod_probe_rules import check_one_of
from svcc.model.pod_values import check_word_given
from svcc.source.cursor import Cursor, Fields, Node

_SOURCES = ("resourceClaimName", "resourceClaimTemplateName")
_RESIZED = ("cpu", "memory")
_RESIZE_POLICIES = ("NotRequired", "RestartContainer")


def check_claims(draft: Draft) -> None:
    """Report what is wrong with the claims of a Pod and of its containers, and with what happens when these are resized."""
    cursor = draft.cursor
    first: dict[str, Node] = {}
    for node, found in found_in(cursor, draft.spec.get("resourceClaims")):
        name = text_of(found.get("name"))
        if require(cursor, node, found, "name") and name:
            if name not in first:
                check_label(cursor, found["name"])
            check_unused(cursor, name, found["name"], first)
        check_one_of(cursor, node, _SOURCES)
        for source in _SOURCES:
            if source in found and text_of(found[source]) == "":
                message = f"{source} is the name of an object"
                cursor.report("SVC103", message, found[source], reason=Reason.INVALID)
            check_subdomain(cursor, found.get(source))
    never = text_of(draft.spec.get("restartPolicy")) == "Never"
    for one in draft.containers:
        _check_own(cursor, fields_of(cursor, one.found.get("resources")).get("claims"), set(first))
        _check_resizes(cursor, one, never=never)


def _check_own(cursor: Cursor, node: Node | None, known: set[str]) -> None:
    """SVC151 and SVC119: a claim that the Pod has not, and one that a container names twice."""
    whole: set[str] = set()
    parts: set[tuple[str, str]] = set()
    for one, found in found_in(cursor, node):
        name, part = text_of(found.get("name")), text_of(found.get("request"))
        if name == "":
            cursor.report("SVC104", "name is required", found.get("name", one), at=cursor.path(one))
        if not name or part is None:
            continue
        if name not in known:
            there_is_no(cursor, found["name"], "resource claim", known, Place(one, ""))
        check_label(cursor, found.get("request"))
        # A claim as a whole comes to the same as each of its requests.
        if name in whole or (name, part) in parts or (not part and (name, "") in parts):
            message = f'the claim "{name[:SHOWN]}" is used twice'
            cursor.report("SVC119", message, found["name"], at=cursor.path(one), reason=Reason.DUPLICATE)
        if part:
            parts |= {(name, part), (name, "")}
        else:
            whole.add(name)


def _check_resizes(cursor: Cursor, one: Container, *, never: bool) -> None:
    first: set[str] = set()
    node = one.found.get("resizePolicy")
    if node is None:
        return
    at = Place(node, "")
    for mapping, found in found_in(cursor, node):
        name = text_of(found.get("resourceName"))
        if name is not None and name in first:
            message = f'"{name[:SHOWN]}" is used twice'
            cursor.report("SVC119", message, mapping, reason=Reason.DUPLICATE)
        first |= {name} if name else set()
        _check_resize(cursor, mapping, found, "resourceName", _RESIZED, at)
        _check_resize(cursor, mapping, found, "restartPolicy", _RESIZE_POLICIES, at)
        policy = text_of(found.get("restartPolicy"))
        if never and policy and policy != _RESIZE_POLICIES[0]:
            message = "what never restarts does not restart for a resize"
            cursor.report("SVC112", message, found["restartPolicy"], at=path_of(cursor, at), reason=Reason.INVALID)


def _check_resize(cursor: Cursor, mapping: Node, found: Fields, name: str, words: tuple[str, ...], at: Place) -> None:
    if text_of(found.get(name)) == "":
        where = found.get(name, mapping)
        cursor.report("SVC104", f"{name} is required", where, at=path_of(cursor, at), reason=Reason.REQUIRED)
    else:
        check_word_given(cursor, found.get(name), words, at=at)
