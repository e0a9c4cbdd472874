"""Decode a Service, with every default of the API server filled in.

    spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}   ->   Service(cluster_ips=("10.96.0.10",),
                                                                ports=(ServicePort("", TCP, 80),), …)

The spec is read once into a draft; then every rule looks at it, whatever the others found, so that one run tells every mistake.
What the API server allocates (cluster IPs, node ports) stays open here.
"""

from dataclasses import replace
from typing import Any

from svcc.config import NodeConfig
from svcc.diag import Reason, Span
from svcc.model import fields
from svcc.model import service_rules as rules
from svcc.model.balancing import decode_balancing
from svcc.model.decode_addresses import decode_addresses
from svcc.model.decode_deprecated import decode_deprecated
from svcc.model.decode_meta import check_label, decode_meta, decode_weights
from svcc.model.decode_ports import check_node_port_range, decode_service_ports
from svcc.model.names import check_labels
from svcc.model.service import Service, ServiceType, TrafficDistribution, TrafficPolicy
from svcc.model.service_draft import Draft, read_draft
from svcc.net import MAX_PORT
from svcc.source.cursor import Cursor, Fields, Node

DEFAULT_AFFINITY = 10800
MAX_AFFINITY = 86400
_LEAST, _MOST = -(2**31), 2**31 - 1
"""Of what the API server reads at all: an int32."""

_POLICIES = {one.value: one for one in TrafficPolicy}
_AFFINITIES = {"None": False, "ClientIP": True}
_DISTRIBUTIONS = {"PreferClose": TrafficDistribution.SAME_ZONE, **{one.value: one for one in TrafficDistribution}}
_SWITCH = {"true": True, "false": False}
_SPANS = (
    "externalName",
    "internalTrafficPolicy",
    "externalTrafficPolicy",
    "healthCheckNodePort",
    "ipFamilyPolicy",
    "ipFamilies",
    "trafficDistribution",
    "loadBalancerSourceRanges",
)


def decode_service(cursor: Cursor, config: NodeConfig) -> Service | None:
    """Return the Service at the cursor's root; None after any mistake, which is then in the sink."""
    top = cursor.fields(cursor.root, fields.SERVICE)
    meta = decode_meta(cursor, top, "Service", check_label if config.relaxed_service_names else _check_name)
    if "spec" in top and not cursor.is_mapping(top["spec"]):
        cursor.fields(top["spec"], fields.SERVICE_SPEC)
        return None
    service = _service(read_draft(cursor, config, meta, top))
    return None if cursor.errors else service


def _check_name(cursor: Cursor, name: str, node: Node) -> None:
    check_label(cursor, name, node, letter_first=True)


def _service(draft: Draft) -> Service:
    """Judge a Service; the fields that few have are looked at only where there is one of them."""
    cursor, meta = draft.cursor, draft.meta
    addresses = decode_addresses(draft)
    selector = draft.spec.get("selector")
    spans = addresses.spans if selector is None else {**addresses.spans, "spec.selector": cursor.span(selector)}
    service = Service(
        name=meta.name,
        type=draft.type or ServiceType.CLUSTER_IP,
        cluster_ips=addresses.cluster,
        ip_families=addresses.families,
        ip_family_policy=addresses.policy,
        headless=draft.headless,
        selector=check_labels(cursor, selector),
        ports=decode_service_ports(draft),
        external_ips=addresses.external,
        load_balancer_ips=addresses.load_balancer,
        requested_load_balancer_ip=addresses.requested,
        foreign_proxy=fields.PROXY_NAME_LABEL in meta.labels,
        skip_mirror=meta.labels.get(fields.SKIP_MIRROR_LABEL) == "true",
        span=meta.span,
        spans=spans,
    )
    if draft.plain and not meta.annotations:
        return service
    return replace(service, **_annotated(draft), **_unusual(draft, spans))


def _annotated(draft: Draft) -> dict[str, Any]:
    """Return the fields that annotations give."""
    cursor, annotations = draft.cursor, draft.meta.annotations
    rules.check_topology_annotations(draft)
    rules.check_unready_annotation(draft)
    return {
        "gate_node_ports": bool(cursor.choice(annotations.get(fields.GATE_NODE_PORTS), _SWITCH)),
        **decode_balancing(cursor, draft.meta)._asdict(),
        "weights": decode_weights(cursor, draft.meta),
        "deprecated": decode_deprecated(draft),
        "source_ranges": rules.source_ranges(draft),
    }


def _unusual(draft: Draft, spans: dict[str, Span]) -> dict[str, Any]:
    """Return the fields that a plain Service does not have."""
    cursor, spec = draft.cursor, draft.spec
    if draft.plain:
        return {}
    external = rules.external_policy(draft, _POLICIES)
    rules.check_load_balancer_fields(draft)
    rules.check_ignored_when_headless(draft)
    distribution = cursor.choice(spec.get("trafficDistribution"), _DISTRIBUTIONS)
    return {
        "internal_policy": cursor.choice(spec.get("internalTrafficPolicy"), _POLICIES) or TrafficPolicy.CLUSTER,
        "external_name": rules.external_name(draft),
        "external_policy": external,
        "affinity_seconds": _affinity(cursor, draft),
        "publish_not_ready": cursor.boolean(spec.get("publishNotReadyAddresses")) is True,
        "distribution": None if rules.is_topology_automatic(draft) else distribution,
        "allocate_node_ports": cursor.boolean(spec.get("allocateLoadBalancerNodePorts")) is not False,
        "health_check_node_port": _health_check(draft, external),
        "spans": {**spans, **_spans(cursor, spec)},
    }


def _spans(cursor: Cursor, spec: Fields) -> dict[str, Span]:
    return {f"spec.{name}": cursor.span(spec[name]) for name in _SPANS if name in spec}


def _affinity(cursor: Cursor, draft: Draft) -> int | None:
    """Return the timeout of ClientIP affinity; a leftover configuration without it is dropped."""
    chosen = draft.given("sessionAffinity")
    by_client = chosen is not None and cursor.choice(chosen, _AFFINITIES)
    config = cursor.fields(draft.spec.get("sessionAffinityConfig"), fields.AFFINITY_CONFIG)
    timeout = cursor.fields(config.get("clientIP"), fields.CLIENT_IP).get("timeoutSeconds")
    # One that does not count is a number all the same, but may be any.
    seconds = cursor.integer(timeout, 1, MAX_AFFINITY) if by_client else cursor.integer(timeout, _LEAST, _MOST)
    return (seconds or DEFAULT_AFFINITY) if by_client else None


def _health_check(draft: Draft, policy: TrafficPolicy) -> int | None:
    node = draft.spec.get("healthCheckNodePort")
    number = draft.cursor.integer(node, 0, MAX_PORT) if node is not None else None
    if not number or node is None:
        return None
    if draft.type is ServiceType.LOAD_BALANCER and policy is TrafficPolicy.LOCAL:
        check_node_port_range(draft, number, node)
        return number
    if draft.type is not None:
        message = "only a LoadBalancer Service with externalTrafficPolicy Local has a health check"
        draft.cursor.report("SVC112", message, node, reason=Reason.INVALID, hint="remove healthCheckNodePort")
    return None
