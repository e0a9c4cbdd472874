"""The rules for the fields of a Service that are about its type and its traffic, each a function that reports one kind of mistake.

    spec: {type: ClusterIP, loadBalancerSourceRanges: [10.0.0.0/8]}   ->   SVC117 spec.loadBalancerSourceRanges: Forbidden

Field paths and reasons are those of the API server (pkg/apis/core/validation, Kubernetes 1.34), but for the capital L that it
writes in the path of loadBalancerSourceRanges. Where the API server only warns, because a field is ignored, so does svcc (SVC116).
"""

import re

from svcc.diag import Reason
from svcc.model import fields
from svcc.model.decode_meta import check_subdomain
from svcc.model.names import check_qualified_name
from svcc.model.service import ServiceType, TrafficPolicy
from svcc.model.service_draft import Draft
from svcc.net import Network, parse_network
from svcc.source.cursor import Node

_LOAD_BALANCER_ONLY = ("allocateLoadBalancerNodePorts", "loadBalancerClass")
_MAX_MESSAGE = 120
_FOUR_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+){3}\Z")


def external_name(draft: Draft) -> str | None:
    """Return the name that an ExternalName Service stands for, without its last dot; report one that is missing or no name."""
    node = draft.given("externalName")
    name = draft.cursor.text(node)
    if draft.type is not ServiceType.EXTERNAL_NAME:
        if name and node is not None and draft.type is not None:
            message = f"externalName is ignored: this is {draft.type.one}"
            draft.cursor.report("SVC116", message, node, hint="type: ExternalName, or remove it")
        return None
    external = draft.spec.get("externalIPs")
    if external is not None and external.value:
        draft.cursor.report(
            "SVC116", "externalIPs is ignored: this is an ExternalName Service", external, hint="remove it"
        )
    if name is None and node is not None:
        return None
    plain = (name or "").removesuffix(".")
    if not plain or node is None:
        draft.cursor.report("SVC104", "externalName is required", node or draft.node, at="spec.externalName")
        return None
    check_subdomain(draft.cursor, plain, node)
    return None if _is_address(draft, plain, node) else plain


def _is_address(draft: Draft, name: str, node: Node) -> bool:
    """SVC124: an address where a name belongs; the API server takes it for a name, and no name server answers it."""
    if not _FOUR_NUMBERS.match(name):
        return False
    hint = "use a Service without selector, with an EndpointSlice that holds the address"
    draft.cursor.report("SVC124", f"{name} is an address, not a name: this Service has no name either", node, hint=hint)
    return True


def check_load_balancer_fields(draft: Draft) -> None:
    """SVC117: a field of load balancers on a Service of another type; and the name of a load balancer's class."""
    for name in _LOAD_BALANCER_ONLY:
        node = draft.spec.get(name)
        if node is not None and draft.type not in (None, ServiceType.LOAD_BALANCER):
            _only_load_balancers(draft, node, name)
    node = draft.spec.get("loadBalancerClass")
    word = draft.cursor.text(node)
    if node is not None and word is not None and draft.type is ServiceType.LOAD_BALANCER:
        check_qualified_name(draft.cursor, word, node)


def source_ranges(draft: Draft) -> tuple[Network, ...]:
    """Return the networks that may reach the load-balancer IPs."""
    node = draft.spec.get("loadBalancerSourceRanges")
    nodes = draft.cursor.sequence(node)
    if node is None or not nodes:
        _legacy_source_ranges(draft)
        return ()
    if draft.type not in (None, ServiceType.LOAD_BALANCER):
        _only_load_balancers(draft, node, "loadBalancerSourceRanges")
    ranges = [draft.cursor.network(one) for one in nodes]
    _note_legacy_annotation(draft)
    return tuple(one for one in ranges if one is not None)


def _only_load_balancers(draft: Draft, node: Node, name: str) -> None:
    if draft.type is not None:
        hint = "use type: LoadBalancer, or remove it"
        draft.cursor.report("SVC117", f"{draft.type.one} has no {name}", node, hint=hint)


def _legacy_source_ranges(draft: Draft) -> None:
    """Check the annotation that was there before the field; the API server does so only without the field."""
    node = draft.meta.annotations.get(fields.LEGACY_SOURCE_RANGES)
    text = draft.cursor.text(node)
    if node is None or text is None:
        return
    if draft.type not in (None, ServiceType.LOAD_BALANCER):
        _only_load_balancers(draft, node, "source ranges")
    try:
        for part in text.split(",") if text.strip() else ():
            parse_network(part.strip())
    except ValueError as error:
        draft.cursor.report("SVC108", str(error)[:_MAX_MESSAGE], node)
        return
    _note_legacy_annotation(draft)


def _note_legacy_annotation(draft: Draft) -> None:
    node = draft.meta.annotations.get(fields.LEGACY_SOURCE_RANGES)
    if node is not None and node.value and draft.type is ServiceType.LOAD_BALANCER:
        hint = "use spec.loadBalancerSourceRanges"
        draft.cursor.report("SVC116", "this annotation does not restrict any traffic", node, hint=hint)


def external_policy(draft: Draft, policies: dict[str, TrafficPolicy]) -> TrafficPolicy:
    """Return the external traffic policy, Cluster by default; report one where no traffic comes from outside."""
    node = draft.given("externalTrafficPolicy")
    if node is None:
        return TrafficPolicy.CLUSTER
    if draft.type is None or draft.externally_accessible:
        return draft.cursor.choice(node, policies) or TrafficPolicy.CLUSTER
    without = " without external IPs" if draft.type is ServiceType.CLUSTER_IP else ""
    message = f"{draft.type.one}{without} has no external traffic"
    draft.cursor.report("SVC112", message, node, reason=Reason.INVALID, hint="remove externalTrafficPolicy")
    return TrafficPolicy.CLUSTER


def check_topology_annotations(draft: Draft) -> None:
    """SVC112: the old and the new annotation for topology, with two values."""
    new = draft.meta.annotations.get(fields.TOPOLOGY_MODE)
    old = draft.meta.annotations.get(fields.TOPOLOGY_HINTS)
    if new is not None and old is not None and new.value != old.value:
        message = f"must be equal to the annotation {fields.TOPOLOGY_HINTS}"
        draft.cursor.report("SVC112", message, new, reason=Reason.INVALID, hint="remove the older one")


def is_topology_automatic(draft: Draft) -> bool:
    """Tell whether the annotation for topology asks for hints by the processors of each zone: trafficDistribution is ignored then.

    svcc makes no hints of that kind; where both annotations are given, the older one counts.
    """
    old, new = (draft.meta.annotations.get(one) for one in (fields.TOPOLOGY_HINTS, fields.TOPOLOGY_MODE))
    chosen = old if old is not None else new
    return chosen is not None and chosen.value in ("Auto", "auto")


def check_unready_annotation(draft: Draft) -> None:
    """SVC116: the annotation that was there before publishNotReadyAddresses, which nothing honours since Kubernetes 1.24."""
    node = draft.meta.annotations.get(fields.TOLERATE_UNREADY)
    field = draft.spec.get("publishNotReadyAddresses")
    if node is not None and node.value == "true" and (field is None or field.value != "true"):
        hint = "use spec.publishNotReadyAddresses: true"
        draft.cursor.report("SVC116", "this annotation publishes no Pod that is not ready", node, hint=hint)


def check_ignored_when_headless(draft: Draft) -> None:
    """SVC116: fields that mean nothing without a cluster IP."""
    if not draft.headless:
        return
    for name in ("loadBalancerIP", "externalIPs", "sessionAffinity"):
        node = draft.given(name)
        if node is not None and node.value not in ([], "None"):
            draft.cursor.report("SVC116", f"{name} is ignored: this Service is headless", node, hint="remove it")
