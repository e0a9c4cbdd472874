"""The rules for annotations that mean something for a Pod, and for what they say beside its fields.

    metadata: {annotations: {controller.kubernetes.io/pod-deletion-cost: high}}     SVC173 metadata.annotations[controller…/pod-deletion-cost]

Facts (Kubernetes 1.34): profiles of seccomp and AppArmor were annotations once. They are judged still, and have to agree with the
fields that took their place; those of seccomp are told by `metadata.annotations.<key>`, without brackets.
"""

from collections.abc import Iterator
from typing import NamedTuple

from svcc.diag import Reason
from svcc.model.pod_draft import Draft, fields_of, text_of
from svcc.model.pod_names import SHOWN
from svcc.source.cursor import Cursor, Fields, Node

_MIRROR = "kubernetes.io/config.mirror"
_COST = "controller.kubernetes.io/pod-deletion-cost"
_SECCOMP_OF_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP = "container.seccomp.security.alpha.kubernetes.io/"
_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_LOCAL = "localhost/"
_MAX_DIGITS = 11


class _Profiles(NamedTuple):
    """The words of one kind of profiles: what an annotation says for each type."""

    field: str
    words: dict[str, tuple[str, ...]]


_OF_SECCOMP = _Profiles(
    "seccompProfile", {"RuntimeDefault": ("runtime/default", "docker/default"), "Unconfined": ("unconfined",)}
)
_OF_APP_ARMOR = _Profiles("appArmorProfile", {"RuntimeDefault": ("runtime/default",), "Unconfined": ("unconfined",)})


def check_pod_annotations(draft: Draft, annotations: Fields) -> None:
    """Report annotations of a Pod that cannot be, or contradict its fields."""
    if not any("kubernetes.io/" in key for key in annotations):
        return
    cursor = draft.cursor
    if _MIRROR in annotations and not text_of(draft.spec.get("nodeName")):
        _report(cursor, annotations[_MIRROR], _MIRROR, "the mirror of a Pod is on a node: spec.nodeName is missing")
    cost = text_of(annotations.get(_COST))
    if _COST in annotations and cost is not None and not _is_cost(cost):
        _report(cursor, annotations[_COST], _COST, "must be a whole number of 32 bits")
    names = {one.name for one in draft.containers}
    for key, node in annotations.items():
        if key == _SECCOMP_OF_POD or key.startswith(_SECCOMP):
            _check_seccomp(cursor, key, node)
        elif key.startswith(_APP_ARMOR):
            _check_app_armor(cursor, key, node, names)
    _check_agreement(draft, annotations)


def _report(cursor: Cursor, node: Node, key: str, message: str, *, dotted: bool = False) -> None:
    """SVC173: an annotation of a Pod that cannot be."""
    at = f"metadata.annotations.{key[:SHOWN]}" if dotted else f"metadata.annotations[{key[:80]}]"
    cursor.report("SVC173", message, node, at=at, reason=Reason.INVALID)


def _is_cost(text: str) -> bool:
    digits = text.removeprefix("-")
    canonical = text == "0" or text[:1] == "-" or text[:1] in set("123456789")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < _MAX_DIGITS else None
    return canonical and number is not None and -(2**31) <= (-number if text[0] == "-" else number) < 2**31


def _check_seccomp(cursor: Cursor, key: str, node: Node) -> None:
    profile = text_of(node)
    if profile is None or any(profile in words for words in _OF_SECCOMP.words.values()):
        return
    path = profile.removeprefix(_LOCAL)
    if path == profile:
        _report(cursor, node, key, "is no profile of seccomp", dotted=True)
    elif path.startswith("/") or ".." in path.split("/"):
        _report(cursor, node, key, "the path of a profile is relative and has no ..", dotted=True)


def _check_app_armor(cursor: Cursor, key: str, node: Node, names: set[str | None]) -> None:
    container, profile = key.removeprefix(_APP_ARMOR), text_of(node)
    if container not in names:
        _report(cursor, node, key, f'there is no container "{container[:SHOWN]}" in this Pod')
    known = any(profile in words for words in _OF_APP_ARMOR.words.values())
    if profile and not known and not profile.startswith(_LOCAL):
        _report(cursor, node, key, "is no profile of AppArmor")


def _check_agreement(draft: Draft, annotations: Fields) -> None:
    """SVC112: a field that says another profile than the annotation."""
    cursor = draft.cursor
    whole = fields_of(cursor, draft.spec.get("securityContext"))
    if _SECCOMP_OF_POD in annotations:
        _compare(cursor, annotations[_SECCOMP_OF_POD], whole.get("seccompProfile"), _OF_SECCOMP, "")
    windows = text_of(fields_of(cursor, draft.spec.get("os")).get("name")) == "windows"
    for key, path, profiles, node in _own(draft, whole):
        if key in annotations and not (windows and profiles is _OF_APP_ARMOR):
            _compare(cursor, annotations[key], node, profiles, path)


def _own(draft: Draft, whole: Fields) -> Iterator[tuple[str, str, _Profiles, Node | None]]:
    """Yield the profiles of each container: the key of the annotation, the path of the field where it is inherited, and the field."""
    for one in draft.containers:
        own = fields_of(draft.cursor, one.found.get("securityContext"))
        yield f"{_SECCOMP}{one.name}", "", _OF_SECCOMP, own.get(_OF_SECCOMP.field)
        field = _OF_APP_ARMOR.field
        path = (
            "" if field in own else f"{draft.cursor.path(one.node)}.securityContext.{field}" if field in whole else ""
        )
        yield f"{_APP_ARMOR}{one.name}", path, _OF_APP_ARMOR, own.get(field, whole.get(field))


def _compare(cursor: Cursor, annotation: Node, node: Node | None, profiles: _Profiles, path: str) -> None:
    found, said = fields_of(cursor, node), text_of(annotation)
    kind = text_of(found.get("type"))
    if said is None or kind is None or node is None:
        return
    wrong = ""
    if (kind in profiles.words and said not in profiles.words[kind]) or (
        kind == "Localhost" and not said.startswith(_LOCAL)
    ):
        wrong = "type"
    elif kind == "Localhost" and said.removeprefix(_LOCAL) != text_of(found.get("localhostProfile")):
        wrong = "localhostProfile"
    if wrong:
        at = f"{path or cursor.path(node)}.{wrong}"
        message = f"the annotation says {said[:SHOWN]}"
        cursor.report("SVC112", message, found.get(wrong, node), at=at, reason=Reason.FORBIDDEN)
