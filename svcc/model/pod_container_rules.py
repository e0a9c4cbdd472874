"""The rules for the containers of a Pod, of all three lists.

    containers: [{name: web, image: ""}]                        SVC104 spec.containers[0].image
    initContainers: [{name: web, image: a, livenessProbe: …}]   SVC119 spec.initContainers[0].name, SVC158 …livenessProbe

Facts (pkg/apis/core/validation of Kubernetes 1.34): names are unique over all three lists, whichever list is meant by it; an image has
no blanks around it in a Pod, though it may in a template.
"""

import re
from collections.abc import Iterable

from svcc.diag import Reason
from svcc.model.pod_draft import EPHEMERAL, INIT, REGULAR, Container, Draft, found_in, text_of
from svcc.model.pod_names import SHOWN, check_label, check_unused, check_word, require
from svcc.model.pod_port_rules import check_ports
from svcc.model.pod_probe_rules import check_handlers, check_one_of
from svcc.source.cursor import Cursor, Fields, Node, did_you_mean

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")

_LONG_RUNNING = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
_NOT_EPHEMERAL = ("ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules", *_LONG_RUNNING)
_VALUE_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_MAP_SOURCES = ("configMapRef", "secretRef")
_MAX_GUESSES = 10
_VARIABLE = re.compile(r"[ -<>-~]+\Z")


def check_containers(draft: Draft, volumes: Iterable[str] | None) -> None:
    """Report what is wrong with the containers of a Pod; `volumes` are the names that mounts can have, None where that is unknown."""
    cursor = draft.cursor
    if not draft.of_kind(REGULAR) and ("containers" not in draft.spec or draft.spec["containers"].value == []):
        where = draft.spec.get("containers", draft.node)
        cursor.report("SVC104", "containers is required", where, at="spec.containers", reason=Reason.REQUIRED)
    first: dict[str, Node] = {}
    for one in draft.containers:
        _check_name(cursor, one, first)
        _check_image(cursor, one)
        _check_kind(cursor, one)
        check_ports(cursor, one)
        check_word(cursor, one.found.get("imagePullPolicy"), PULL_POLICIES)
        check_word(cursor, one.found.get("terminationMessagePolicy"), MESSAGE_POLICIES)
        _check_variables(cursor, one)
        _check_mounts(cursor, one, "volumeMounts", "mountPath", volumes)
        _check_mounts(cursor, one, "volumeDevices", "devicePath", volumes)
        if one.keeps_running:
            check_handlers(cursor, one)
    _check_targets(draft)


def _check_name(cursor: Cursor, one: Container, first: dict[str, Node]) -> None:
    if require(cursor, one.node, one.found, "name") and one.name:
        check_label(cursor, one.found["name"])
        check_unused(cursor, one.name, one.found["name"], first)


def _check_image(cursor: Cursor, one: Container) -> None:
    """SVC154: blanks around the name of an image."""
    node = one.found.get("image")
    image = text_of(node)
    if require(cursor, one.node, one.found, "image") and node is not None and image and image != image.strip():
        cursor.report("SVC154", "an image has no blanks around it", node, reason=Reason.INVALID)


def _check_kind(cursor: Cursor, one: Container) -> None:
    """SVC158: a field that a container of this list cannot have."""
    policy = one.found.get("restartPolicy")
    if one.kind == EPHEMERAL:
        _forbid(cursor, one.found, _NOT_EPHEMERAL, "an ephemeral container")
    elif one.kind == REGULAR:
        _forbid(cursor, one.found, ("restartPolicy",), "a regular container")
    elif not one.keeps_running:
        _forbid(cursor, one.found, _LONG_RUNNING, "an init container without restartPolicy: Always")
        if text_of(policy) is not None:
            cursor.choice(policy, {"Always": "Always"})


def _forbid(cursor: Cursor, found: Fields, names: Iterable[str], what: str) -> None:
    for name in names:
        # Pointers count as given also when they point at nothing; lists and structures do not.
        if name in found and (name in _LONG_RUNNING or found[name].value != []):
            cursor.report("SVC158", f"{what} has no {name}", found[name], reason=Reason.FORBIDDEN)


def _check_variables(cursor: Cursor, one: Container) -> None:
    for node, found in found_in(cursor, one.found.get("env")):
        if require(cursor, node, found, "name"):
            _check_variable(cursor, found["name"])
        if "valueFrom" in found:
            check_one_of(cursor, found["valueFrom"], _VALUE_SOURCES)
            if text_of(found.get("value")):
                message = "a variable has a value or a source, not both"
                cursor.report("SVC112", message, found["valueFrom"], reason=Reason.INVALID)
    for node, found in found_in(cursor, one.found.get("envFrom")):
        _check_variable(cursor, found.get("prefix"))
        check_one_of(cursor, node, _MAP_SOURCES)


def _check_variable(cursor: Cursor, node: Node | None) -> None:
    """SVC155: not the name of a variable."""
    name = text_of(node)
    if name and node is not None and not _VARIABLE.match(name):
        message = f'"{name[:SHOWN]}" is not the name of an environment variable'
        cursor.report("SVC155", message, node, reason=Reason.INVALID, hint="printable ASCII characters without =")


def _check_mounts(cursor: Cursor, one: Container, name: str, path: str, volumes: Iterable[str] | None) -> None:
    """SVC151: a mount of a volume that is not there; SVC119: two mounts at one path."""
    first: dict[str, Node] = {}
    for node, found in found_in(cursor, one.found.get(name)):
        volume = text_of(found.get("name"))
        if require(cursor, node, found, "name") and volume and volumes is not None and volume not in volumes:
            _not_found(cursor, found["name"], "volume", volumes)
        where = text_of(found.get(path))
        if require(cursor, node, found, path) and where:
            check_unused(cursor, where, found[path], first, Reason.INVALID)


def _check_targets(draft: Draft) -> None:
    """SVC151: an ephemeral container that joins a container that is not there."""
    names = {one.name for one in draft.containers if one.kind in (REGULAR, INIT)}
    for one in draft.of_kind(EPHEMERAL):
        node = one.found.get("targetContainerName")
        name = text_of(node)
        if name and node is not None and name not in names:
            _not_found(draft.cursor, node, "container", (one for one in names if one))


def _not_found(cursor: Cursor, node: Node, what: str, names: Iterable[str]) -> None:
    guess = did_you_mean(node.value, tuple(sorted(names))) if cursor.errors < _MAX_GUESSES else ""
    message = f'there is no {what} "{node.value[:SHOWN]}" in this Pod'
    cursor.report("SVC151", message, node, reason=Reason.NOT_FOUND, hint=guess.removeprefix("; "))
