"""The rules for resources: what containers ask for and may use.

    resources: {requests: {cpu: 2}, limits: {cpu: 1}}      SVC170 …resources.requests
    resources: {limits: {gpu: 1}}                          SVC105 …resources.limits[gpu]

Facts (Kubernetes 1.34): only cpu, memory, storage and the like may be asked for beyond or below their limit; extended resources
(example.com/gpu) and huge pages need a limit, equal to the request. A request that is not stated is the limit: what is wrong with
that is told once, where it stands.
"""

from decimal import Decimal
from typing import NamedTuple

from svcc.diag import Reason
from svcc.model.names import check_qualified_name, is_qualified_name, key_nodes
from svcc.model.pod_draft import fields_of
from svcc.model.pod_names import SHOWN, Place, path_of
from svcc.model.quantities import amount, is_whole
from svcc.source.cursor import Cursor, Node, ScalarNode

HUGE_PAGES = "hugepages-"

_OF_CONTAINERS = ("cpu", "memory", "ephemeral-storage")
_OF_PODS = ("cpu", "memory")
_COMPUTE = {"cpu", "memory"}
# Counted in whole numbers; none of these is a container's.
_COUNTED = {
    "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims",
    "services.nodeports", "services.loadbalancers",
}  # fmt: skip


class Amounts(NamedTuple):
    """Limits or requests: where they stand, and how much of what."""

    at: Place
    nodes: dict[str, Node]
    values: dict[str, Decimal]

    def place(self, name: str) -> Place:
        """Return the place of one resource."""
        return Place(self.at.node, f"{self.at.words}[{name[:SHOWN]}]")


def read_amounts(cursor: Cursor, node: Node | None, at: Place) -> Amounts:
    """Read limits or requests; what is no quantity is left out."""
    nodes = fields_of(cursor, node)
    read = {name: amount(one.value) for name, one in nodes.items() if isinstance(one, ScalarNode)}
    return Amounts(at, nodes, {name: value for name, value in read.items() if value is not None})


def check_resources(cursor: Cursor, node: Node, *, of_pod: bool = False) -> None:
    """Report what is wrong with the limits and requests of a container, or of a Pod as a whole."""
    found = fields_of(cursor, node)
    limits, requests = (
        read_amounts(cursor, found.get(name), Place(node, f".{name}")) for name in ("limits", "requests")
    )
    for side, holder in ((limits, found.get("limits")), (requests, found.get("requests"))):
        check_amounts(cursor, side, holder, of_pod=of_pod)
    for name, value in requests.values.items():
        _check_request(cursor, name, value, limits, requests)
    check_huge_pages(cursor, {**limits.nodes, **requests.nodes}, node)


def check_amounts(cursor: Cursor, side: Amounts, holder: Node | None, *, of_pod: bool = False) -> None:
    """Report names and amounts of resources that cannot be."""
    keys: dict[str, Node] = {}
    for name, node in side.nodes.items():
        if not _is_resource(name, of_pod=of_pod):
            keys = keys or (key_nodes(holder) if holder is not None else {})
            _report_name(cursor, name, keys.get(name, node), path_of(cursor, side.place(name)), of_pod=of_pod)
        if name in side.values:
            _check_amount(cursor, name, side.values[name], node, side.place(name))


def _is_native(name: str) -> bool:
    return "/" not in name or "kubernetes.io/" in name


def _is_extended(name: str) -> bool:
    return not _is_native(name) and not name.startswith("requests.") and is_qualified_name(f"requests.{name}")


def _is_resource(name: str, *, of_pod: bool) -> bool:
    if of_pod or "/" not in name:
        known = _OF_PODS if of_pod else _OF_CONTAINERS
        return name in known or (name.startswith(HUGE_PAGES) and is_qualified_name(name))
    return is_qualified_name(name) and (_is_native(name) or _is_extended(name))


def _report_name(cursor: Cursor, name: str, node: Node, at: str, *, of_pod: bool) -> None:
    """SVC135 and SVC105: not the name of a resource that a container, or a Pod, has."""
    if not is_qualified_name(name):
        check_qualified_name(cursor, name, node, at=at)
        return
    known = _OF_PODS if of_pod else _OF_CONTAINERS
    reason = Reason.NOT_SUPPORTED if of_pod and name in _OF_CONTAINERS else Reason.INVALID
    hint = f"{', '.join(known)}, {HUGE_PAGES}<size>{'' if of_pod else ', or example.com/name'}"
    cursor.report("SVC105", f'there is no resource "{name[:SHOWN]}" here', node, at=at, reason=reason, hint=hint)


def _check_amount(cursor: Cursor, name: str, value: Decimal, node: Node, at: Place) -> None:
    """SVC106: less than nothing, or a part of what comes in pieces."""
    message = ""
    if value < 0:
        message = "must not be negative"
    elif (name in _COUNTED or _is_extended(name)) and not is_whole(value):
        message = "must be a whole number"
    elif name.startswith(HUGE_PAGES):
        size = amount(name.removeprefix(HUGE_PAGES))
        if size is None or size <= 0 or not is_whole(size) or not is_whole(value) or value % size:
            message = f"must be a multiple of {name.removeprefix(HUGE_PAGES)[:SHOWN]}"
    if message:
        cursor.report("SVC106", message, node, at=path_of(cursor, at), reason=Reason.INVALID)


def _check_request(cursor: Cursor, name: str, value: Decimal, limits: Amounts, requests: Amounts) -> None:
    """SVC170: a request above its limit, or not equal to it; SVC104: none where there has to be one."""
    node, flexible = requests.nodes[name], _is_native(name) and not name.startswith(HUGE_PAGES)
    limit = limits.values.get(name)
    message = ""
    if limit is not None and value != limit and not flexible:
        message = f"must be the limit of {name[:SHOWN]}"
    elif limit is not None and value > limit:
        message = f"must be at most the limit of {name[:SHOWN]}"
    if message and limits.nodes:
        message = f"{message}, {limits.nodes[name].value[:SHOWN]}"
        cursor.report("SVC170", message, node, at=path_of(cursor, requests.at), reason=Reason.INVALID)
    elif not flexible and name not in limits.nodes:
        message = f"{name[:SHOWN]} needs a limit that is equal to the request"
        cursor.report("SVC104", message, node, at=path_of(cursor, limits.at), reason=Reason.REQUIRED)


def check_huge_pages(cursor: Cursor, nodes: dict[str, Node], node: Node) -> None:
    """SVC112: huge pages without processor and memory."""
    if _COMPUTE.isdisjoint(nodes) and any(name.startswith(HUGE_PAGES) for name in nodes):
        cursor.report("SVC112", "huge pages need cpu or memory beside them", node, reason=Reason.FORBIDDEN)
