"""The rules for what a Pod puts up with, how it is spread, and what it waits for.

    tolerations: [{operator: Exists, value: a}]                          SVC112 …tolerations[0].operator
    topologySpreadConstraints: [{maxSkew: 0, …}]                         SVC106 …topologySpreadConstraints[0].maxSkew
    nodeName: worker-1, schedulingGates: [{name: example.org/wait}]      SVC112 spec.nodeName

Facts (Kubernetes 1.34): mistakes in the value of a toleration are told by its operator; two constraints of one kind by
`{topologyKey, whenUnsatisfiable}` of the first.
"""

from svcc.diag import Reason
from svcc.model.names import check_label_value, check_qualified_name
from svcc.model.pod_affinity_rules import check_match_keys, labels_of
from svcc.model.pod_draft import Draft, found_in, text_of
from svcc.model.pod_names import check_unused, require
from svcc.model.pod_selector_rules import check_label_selector
from svcc.model.pod_values import MAX_INT32, check_range, check_word_given
from svcc.source.cursor import Cursor, Fields, Node

_OPERATORS = ("Equal", "Exists")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_ACTIONS = ("DoNotSchedule", "ScheduleAnyway")
_NODE_POLICIES = ("Honor", "Ignore")


def check_scheduling(draft: Draft) -> None:
    """Report what is wrong with tolerations, constraints, and gates of a Pod."""
    cursor, spec = draft.cursor, draft.spec
    for node, found in found_in(cursor, spec.get("tolerations")):
        _check_toleration(cursor, node, found)
    own = labels_of(draft)
    for node, found in found_in(cursor, spec.get("topologySpreadConstraints")):
        _check_constraint(cursor, node, found, own)
    _check_kinds(cursor, spec.get("topologySpreadConstraints"))
    _check_gates(draft)


def _check_toleration(cursor: Cursor, node: Node, found: Fields) -> None:
    key, operator, value = (text_of(found.get(name)) for name in ("key", "operator", "value"))
    if key:
        check_qualified_name(cursor, key, found["key"])
    where, below = found.get("operator", node), "" if "operator" in found else "operator"
    if key == "" and operator != "Exists" and (operator in ("", *_OPERATORS)):
        message = "must be Exists where there is no key"
        cursor.report("SVC105", message, where, below=below, reason=Reason.INVALID)
    if operator:
        check_word_given(cursor, found["operator"], _OPERATORS)
    if operator == "Exists" and value:
        message = "Exists has no value"
        cursor.report("SVC112", message, found["value"], at=cursor.path(where), reason=Reason.INVALID)
    elif operator in ("", "Equal") and value:
        at = cursor.path(where) if not below else f"{cursor.path(node)}.{below}"
        check_label_value(cursor, value, found["value"], at=at)
    _check_effect(cursor, node, found)


def _check_effect(cursor: Cursor, node: Node, found: Fields) -> None:
    effect = text_of(found.get("effect"))
    if effect:
        check_word_given(cursor, found["effect"], _EFFECTS)
    if "tolerationSeconds" in found and effect is not None and effect != "NoExecute":
        where, below = found.get("effect", node), "" if "effect" in found else "effect"
        message = "must be NoExecute where there are tolerationSeconds"
        cursor.report("SVC105", message, where, below=below, reason=Reason.INVALID)


def _check_constraint(cursor: Cursor, node: Node, found: Fields, own: dict[str, str]) -> None:
    if "maxSkew" not in found:
        cursor.report("SVC106", "must be at least 1", node, below="maxSkew", reason=Reason.INVALID)
    for name in ("maxSkew", "minDomains"):
        check_range(cursor, found.get(name), 1, MAX_INT32)
    require(cursor, node, found, "topologyKey")
    action = text_of(found.get("whenUnsatisfiable"))
    if "whenUnsatisfiable" not in found:
        hint = f"one of {', '.join(_ACTIONS)}"
        cursor.report("SVC105", "whenUnsatisfiable is required", node, below="whenUnsatisfiable", hint=hint)
    check_word_given(cursor, found.get("whenUnsatisfiable"), _ACTIONS)
    if "minDomains" in found and action is not None and action != _ACTIONS[0]:
        message = f"needs whenUnsatisfiable: {_ACTIONS[0]}"
        cursor.report("SVC112", message, found["minDomains"], reason=Reason.INVALID)
    for name in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        check_word_given(cursor, found.get(name), _NODE_POLICIES)
    check_match_keys(cursor, node, found, own)
    check_label_selector(cursor, found.get("labelSelector"))


def _check_kinds(cursor: Cursor, node: Node | None) -> None:
    """SVC119: two constraints of one kind; the earlier ones are told of, so they are read from the end."""
    last: set[tuple[str, str]] = set()
    for one, found in reversed(found_in(cursor, node)):
        key, action = text_of(found.get("topologyKey")), text_of(found.get("whenUnsatisfiable"))
        if key is None or action is None:
            continue
        if (key, action) in last:
            message = "another constraint has this topologyKey and whenUnsatisfiable"
            at = f"{cursor.path(one)}.{{topologyKey, whenUnsatisfiable}}"
            cursor.report("SVC119", message, found.get("topologyKey", one), at=at)
        last.add((key, action))


def _check_gates(draft: Draft) -> None:
    cursor = draft.cursor
    for node, found in found_in(cursor, draft.spec.get("readinessGates")):
        name = text_of(found.get("conditionType"))
        if name is not None:
            where = found.get("conditionType", node)
            at = f"{cursor.path(node)}.conditionType" if not name else ""
            check_qualified_name(cursor, name, where, at=at)
    first: dict[str, Node] = {}
    for node, found in found_in(cursor, draft.spec.get("schedulingGates")):
        name = text_of(found.get("name"))
        if name is not None:
            at = cursor.path(node)
            check_qualified_name(cursor, name, node, at=at)
            check_unused(cursor, name, node, first)
    if first and text_of(draft.spec.get("nodeName")):
        message = "a Pod that waits is on no node yet"
        cursor.report("SVC112", message, draft.spec["nodeName"], reason=Reason.FORBIDDEN)
