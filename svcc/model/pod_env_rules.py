"""The rules for the environment of containers: `env`, `envFrom`, and what the downward API gives.

    env: [{name: NODE, valueFrom: {fieldRef: {fieldPath: spec.node}}}]     SVC172 …env[0].valueFrom.fieldRef.fieldPath
    envFrom: [{secretRef: {name: a/b}}]                                    SVC103 …envFrom[0].secretRef.name

Facts (Kubernetes 1.34): an `envFrom` with no source, or two, is told by the path of the whole list; a label or annotation is taken by
its key, as in metadata.labels['app'], by variables and files alike, and all of them at once by files alone.
"""

import re

from svcc.diag import Reason
from svcc.model.names import is_qualified_name
from svcc.model.pod_draft import Container, fields_of, found_in, text_of
from svcc.model.pod_names import SHOWN, Place, check_object_name, check_object_prefix, path_of, require
from svcc.model.pod_probe_rules import check_one_of
from svcc.model.pod_values import check_word_given
from svcc.model.quantities import amount, is_one_unit
from svcc.source.cursor import Cursor, Node

FIELDS_OF_FILES = ("metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations")

_FIELDS_OF_VARIABLES = (
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP",
    "status.hostIPs", "status.podIP", "status.podIPs",
)  # fmt: skip
# Known as fields of a Pod, some of which neither variables nor files have.
_FIELDS = {
    *FIELDS_OF_FILES,
    *_FIELDS_OF_VARIABLES,
    "spec.restartPolicy",
    "spec.schedulerName",
    "status.phase",
    "spec.host",
}
_SUBSCRIPTED = ("metadata.annotations", "metadata.labels")
_RESOURCES = tuple(
    f"{side}.{name}" for side in ("limits", "requests") for name in ("cpu", "memory", "ephemeral-storage")
)
_HUGE_PAGES = ("limits.hugepages-", "requests.hugepages-")
_CPUS = (amount("1"), amount("1m"))

_VALUE_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_MAP_SOURCES = ("configMapRef", "secretRef")
_VARIABLE = re.compile(r"[ -<>-~]+\Z")
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}\Z")


def check_environment(cursor: Cursor, one: Container) -> None:
    """Report what is wrong with the variables of a container."""
    for node, found in found_in(cursor, one.found.get("env")):
        if require(cursor, node, found, "name"):
            _check_variable(cursor, found["name"])
        if "valueFrom" in found:
            _check_value_from(cursor, found["valueFrom"])
            if text_of(found.get("value")):
                message = "a variable has a value or a source, not both"
                cursor.report("SVC112", message, found["valueFrom"], reason=Reason.INVALID)
    several = one.found.get("envFrom")
    for node, found in found_in(cursor, several):
        _check_variable(cursor, found.get("prefix"))
        check_one_of(cursor, node, _MAP_SOURCES, whole=several)
        for name in _MAP_SOURCES:
            source = found.get(name)
            if source is not None and cursor.is_mapping(source):
                inside = fields_of(cursor, source)
                if require(cursor, source, inside, "name"):
                    check_object_prefix(cursor, inside["name"])


def _check_variable(cursor: Cursor, node: Node | None) -> None:
    """SVC155: not the name of a variable."""
    name = text_of(node)
    if name and node is not None and not _VARIABLE.match(name):
        message = f'"{name[:SHOWN]}" is not the name of an environment variable'
        cursor.report("SVC155", message, node, reason=Reason.INVALID, hint="printable ASCII characters without =")


def _check_value_from(cursor: Cursor, node: Node) -> None:
    check_one_of(cursor, node, _VALUE_SOURCES)
    found = fields_of(cursor, node)
    if "fieldRef" in found:
        check_field_ref(cursor, found["fieldRef"], _FIELDS_OF_VARIABLES)
    if "resourceFieldRef" in found:
        check_resource_ref(cursor, found["resourceFieldRef"])
    for name in ("configMapKeyRef", "secretKeyRef"):
        if name in found and cursor.is_mapping(found[name]):
            inside = fields_of(cursor, found[name])
            check_object_name(cursor, found[name], inside, "name")
            if require(cursor, found[name], inside, "key"):
                _check_key(cursor, inside["key"])


def _check_key(cursor: Cursor, node: Node) -> None:
    """SVC103: not the key of a ConfigMap or Secret."""
    key = text_of(node)
    if key is not None and (not _KEY.match(key) or key == "." or key.startswith("..")):
        message = f'"{key[:SHOWN]}" is not the key of a ConfigMap or Secret'
        hint = "at most 253 letters, digits, - _ . and no .. at the beginning"
        cursor.report("SVC103", message, node, reason=Reason.INVALID, hint=hint)


def check_field_ref(cursor: Cursor, node: Node, allowed: tuple[str, ...], *, at: Place | None = None) -> None:
    """SVC172: a reference to a field that is none, or is not given away; `at` is the path of the reference."""
    found = fields_of(cursor, node)
    path = text_of(found.get("fieldPath"))
    if not cursor.is_mapping(node) or not require(cursor, node, found, "fieldPath", at=at) or path is None:
        return
    where, place = found["fieldPath"], at.below("fieldPath") if at else None
    field, subscript = _split(path)
    known = field in _SUBSCRIPTED if subscript is not None else path in _FIELDS
    if not known or (text_of(found.get("apiVersion")) or "v1") != "v1":
        hint = f"one of {', '.join(allowed)}"
        message = f'"{path[:SHOWN]}" is not a field that a Pod tells'
        cursor.report("SVC172", message, where, at=path_of(cursor, place), reason=Reason.INVALID, hint=hint)
    elif subscript is None:
        check_word_given(cursor, where, (*allowed, "spec.host") if "spec.nodeName" in allowed else allowed, at=place)
    elif not is_qualified_name(subscript.lower() if field == "metadata.annotations" else subscript):
        message = f'"{subscript[:SHOWN]}" is not a qualified name'
        cursor.report("SVC135", message, where, at=path_of(cursor, at or Place(node, "")))


def _split(path: str) -> tuple[str, str | None]:
    """Return a path and its subscript: metadata.labels['app'] has app."""
    field, opened, rest = path.partition("['")
    return (field, rest.removesuffix("']")) if field and opened and rest.endswith("']") else (path, None)


def check_resource_ref(cursor: Cursor, node: Node, *, at: Place | None = None, of_file: bool = False) -> None:
    """SVC105: a reference to a resource that is none; a file says of which container, a variable has one."""
    if not cursor.is_mapping(node):
        return
    found = fields_of(cursor, node)
    resource = text_of(found.get("resource"))
    named = not of_file or require(cursor, node, found, "containerName", at=at)
    if named and require(cursor, node, found, "resource", at=at) and resource and not resource.startswith(_HUGE_PAGES):
        check_word_given(cursor, found["resource"], _RESOURCES, at=at.below("resource") if at else None)
    if resource and "divisor" in found and isinstance(found["divisor"].value, str):
        _check_divisor(cursor, found["divisor"], resource, at=at.below("divisor") if at else None)


def _check_divisor(cursor: Cursor, node: Node, resource: str, *, at: Place | None) -> None:
    """SVC105: a unit that a resource is not told in."""
    value = amount(node.value)
    if not value or not (resource in _RESOURCES or resource.startswith(_HUGE_PAGES)):
        return
    of_cpu = resource.endswith(".cpu")
    if not (value in _CPUS if of_cpu else is_one_unit(node.value)):
        hint = "1 or 1m" if of_cpu else "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi or 1Ei"
        message = f"{node.value[:SHOWN]} is no unit of {resource[:SHOWN]}"
        cursor.report("SVC105", message, node, at=path_of(cursor, at), reason=Reason.INVALID, hint=hint)
