"""The rules for the resources of a Pod as a whole, beside those of its containers.

    resources: {requests: {cpu: 1}}, containers: [{resources: {requests: {cpu: 2}}}, …]     SVC170 spec.resources.requests[cpu]

Facts (Kubernetes 1.34): the containers' requests count as one sum. Init containers that end run one by one, beside those of their kind
that keep running, so the largest moment counts. `overhead` is judged as limits of its own.
"""

from collections import defaultdict
from decimal import Decimal

from svcc.diag import Reason
from svcc.model.pod_draft import INIT, REGULAR, Container, Draft, fields_of
from svcc.model.pod_names import Place
from svcc.model.pod_resource_rules import Amounts, check_amounts, check_huge_pages, check_resources, read_amounts
from svcc.source.cursor import Cursor, Node

_Sum = dict[str, Decimal]


def check_pod_resources(draft: Draft) -> None:
    """Report what is wrong with `resources` and `overhead` of a Pod."""
    cursor, spec = draft.cursor, draft.spec
    for one in draft.containers:
        if "resources" in one.found:
            check_resources(cursor, one.found["resources"])
    overhead = spec.get("overhead")
    if overhead is not None:
        side = read_amounts(cursor, overhead, Place(overhead, ".limits"))
        check_amounts(cursor, side, overhead)
        check_huge_pages(cursor, side.nodes, overhead)
    whole = spec.get("resources")
    if whole is not None:
        found = fields_of(cursor, whole)
        if "claims" in found:
            cursor.report("SVC112", "claims belong to containers", found["claims"], reason=Reason.FORBIDDEN)
        check_resources(cursor, whole, of_pod=True)
        _check_sum(draft, whole)
        _check_limits(draft, whole)


def _check_sum(draft: Draft, whole: Node) -> None:
    """SVC170: containers that ask for more than the Pod."""
    requests = read_amounts(draft.cursor, fields_of(draft.cursor, whole).get("requests"), Place(whole, ".requests"))
    if not requests.values:
        return
    total = _total(draft)
    for name, value in requests.values.items():
        if total.get(name, value) > value:
            message = f"the containers ask for more {name} together: {total[name].normalize():f}"
            at = f"{draft.cursor.path(whole)}.requests[{name}]"
            draft.cursor.report("SVC170", message, requests.nodes[name], at=at, reason=Reason.INVALID)


def _total(draft: Draft) -> _Sum:
    """Return what the containers of a Pod ask for at its largest moment."""
    running: defaultdict[str, Decimal] = defaultdict(Decimal)
    largest: _Sum = {}
    for one in (*draft.of_kind(INIT), *draft.of_kind(REGULAR)):
        # What a container does not ask for is as much as it was before.
        for name, value in _asked(draft.cursor, one).items():
            now = running[name] + value
            largest[name] = max(largest.get(name, now), now)
            if one.keeps_running:
                running[name] = now
    return largest


def _asked(cursor: Cursor, one: Container) -> _Sum:
    """Return the requests of a container; where there is none, the limit is one."""
    limits, requests = (_of(cursor, one, name) for name in ("limits", "requests"))
    return {**limits.values, **requests.values}


def _of(cursor: Cursor, one: Container, name: str) -> Amounts:
    return read_amounts(cursor, fields_of(cursor, one.found.get("resources")).get(name), Place(one.node, ""))


def _check_limits(draft: Draft, whole: Node) -> None:
    """SVC170: a container that may use more than the Pod."""
    limits = read_amounts(draft.cursor, fields_of(draft.cursor, whole).get("limits"), Place(whole, ".limits"))
    for index, one in enumerate(draft.of_kind(REGULAR)):
        own = _of(draft.cursor, one, "limits")
        for name, value in own.values.items():
            if value > limits.values.get(name, value):
                message = f"must be at most the Pod's own limit of {name}"
                at = f"{draft.cursor.path(whole)}.containers[{index}][{name}].limits"
                draft.cursor.report("SVC170", message, own.nodes[name], at=at, reason=Reason.INVALID)
