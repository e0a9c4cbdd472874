"""The rules for the containers of a Pod, of all three lists.

    containers: [{name: web, image: ""}]                        SVC104 spec.containers[0].image
    initContainers: [{name: web, image: a, livenessProbe: …}]   SVC119 spec.initContainers[0].name, SVC158 …livenessProbe

Facts (pkg/apis/core/validation of Kubernetes 1.34): names are unique over all three lists, whichever list is meant by it; an image has
no blanks around it in a Pod, though it may in a template.
"""

from collections.abc import Iterable

from svcc.diag import Reason
from svcc.model.pod_draft import EPHEMERAL, INIT, REGULAR, Container, Draft, number_of, text_of
from svcc.model.pod_env_rules import check_environment
from svcc.model.pod_mount_rules import Volumes, check_mounts
from svcc.model.pod_names import check_label, check_unused, check_word, require, there_is_no
from svcc.model.pod_port_rules import check_ports
from svcc.model.pod_probe_rules import check_handlers
from svcc.source.cursor import Cursor, Fields, Node, SequenceNode

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")

_DEFAULT_GRACE = 30
_LONG_RUNNING = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
_NOT_EPHEMERAL = ("ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules", *_LONG_RUNNING)


def check_containers(draft: Draft, volumes: Volumes | None) -> None:
    """Report what is wrong with the containers of a Pod; `volumes` are the names that mounts can have, None where that is unknown."""
    cursor = draft.cursor
    given = draft.spec.get(REGULAR)
    if cursor.is_mapping(draft.node) and (given is None or (isinstance(given, SequenceNode) and not given.value)):
        where = given or draft.node
        cursor.report("SVC104", "containers is required", where, at="spec.containers", reason=Reason.REQUIRED)
    first: dict[str, Node] = {}
    grace = _grace(draft)
    for one in draft.containers:
        _check_name(cursor, one, first)
        _check_image(cursor, one)
        _check_kind(cursor, one)
        check_ports(cursor, one)
        check_word(cursor, one.found.get("imagePullPolicy"), PULL_POLICIES)
        check_word(cursor, one.found.get("terminationMessagePolicy"), MESSAGE_POLICIES)
        check_environment(cursor, one)
        check_mounts(cursor, one, volumes)
        if one.keeps_running:
            check_handlers(cursor, one, grace)
    _check_targets(draft)


def _grace(draft: Draft) -> int | None:
    """Return how many seconds the Pod may take to end; the API server makes 1 of less than none."""
    node = draft.spec.get("terminationGracePeriodSeconds")
    seconds = _DEFAULT_GRACE if node is None else number_of(node)
    return 1 if seconds is not None and seconds < 0 else seconds


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


def _check_targets(draft: Draft) -> None:
    """SVC151: an ephemeral container that joins a container that is not there."""
    names = {one.name for one in draft.containers if one.kind in (REGULAR, INIT)}
    for one in draft.of_kind(EPHEMERAL):
        node = one.found.get("targetContainerName")
        name = text_of(node)
        if name and node is not None and name not in names:
            there_is_no(draft.cursor, node, "container", (one for one in names if one))
