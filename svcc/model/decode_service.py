"""Decode a Service, with every default of the API server filled in.

    spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}   ->   Service(cluster_ips=("10.96.0.10",),
                                                                ports=(ServicePort("", TCP, 80),), …)

A field that means nothing for the type of the Service is a mistake where the API server says so, and is dropped otherwise.
"""

from svcc.config import NodeConfig
from svcc.diag import Span
from svcc.model import fields
from svcc.model.decode_addresses import Addresses, decode_addresses
from svcc.model.decode_meta import Meta, check_label, decode_meta, decode_weights
from svcc.model.decode_ports import PortRules, decode_service_ports
from svcc.model.service import Service, ServicePort, ServiceType, TrafficPolicy
from svcc.net import MAX_PORT, Network, parse_network
from svcc.source.cursor import Cursor, Fields, Node

DEFAULT_AFFINITY = 10800
MAX_AFFINITY = 86400

_TYPES = {one.value: one for one in ServiceType}
_POLICIES = {one.value: one for one in TrafficPolicy}
_AFFINITIES = {"None": False, "ClientIP": True}
_FAMILY_POLICIES = {word: word for word in ("SingleStack", "PreferDualStack", "RequireDualStack")}
_DISTRIBUTIONS = {word: word for word in ("PreferClose", "PreferSameZone", "PreferSameNode")}
_SWITCH = {"true": True, "false": False}
_PUBLISHED = (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER)


def decode_service(cursor: Cursor, config: NodeConfig) -> Service | None:
    """Return the Service at the cursor's root; None after any mistake, which is then in the sink."""
    top = cursor.fields(cursor.root, fields.SERVICE)
    meta = decode_meta(cursor, top, "Service")
    if meta is None:
        return None
    check_label(cursor, meta.name.name, meta.name_node, letter_first=not config.relaxed_service_names)
    node = top.get("spec")
    if node is None:
        cursor.missing(cursor.root, "spec")
        return None
    reader = _ServiceReader(cursor, config, meta, top)
    service = reader.read() if cursor.is_mapping(node) else None
    return None if cursor.errors else service


class _ServiceReader:
    """One Service being read: what its parts need to know of each other."""

    __slots__ = ("config", "cursor", "meta", "node", "spec", "top", "type")

    def __init__(self, cursor: Cursor, config: NodeConfig, meta: Meta, top: Fields) -> None:
        self.cursor = cursor
        self.config = config
        self.meta = meta
        self.top = top
        self.node: Node = top["spec"]
        self.spec = cursor.fields(self.node, fields.SERVICE_SPEC)
        self.type = cursor.choice(self.spec.get("type"), _TYPES) or ServiceType.CLUSTER_IP

    def read(self) -> Service:
        cursor, spec, meta = self.cursor, self.spec, self.meta
        allocate = cursor.boolean(spec.get("allocateLoadBalancerNodePorts")) is not False
        addresses = decode_addresses(cursor, self.top, spec, self.type)
        external = self._external_policy(addresses)
        self._check_plain_fields()
        scheduler = cursor.choice(meta.annotations.get(fields.SCHEDULER), fields.SCHEDULERS)
        return Service(
            name=meta.name,
            type=self.type,
            cluster_ips=addresses.cluster,
            headless=addresses.headless,
            has_selector=bool(cursor.texts(spec.get("selector"))),
            ports=self._ports(allocate=allocate, headless=addresses.headless),
            external_ips=addresses.external,
            load_balancer_ips=addresses.load_balancer,
            requested_load_balancer_ip=addresses.requested,
            internal_policy=cursor.choice(spec.get("internalTrafficPolicy"), _POLICIES) or TrafficPolicy.CLUSTER,
            external_policy=external,
            affinity_seconds=self._affinity(),
            source_ranges=self._source_ranges(),
            gate_node_ports=bool(cursor.choice(meta.annotations.get(fields.GATE_NODE_PORTS), _SWITCH)),
            health_check_node_port=self._health_check(external),
            foreign_proxy=fields.PROXY_NAME_LABEL in meta.labels,
            skip_mirror=meta.labels.get(fields.SKIP_MIRROR_LABEL) == "true",
            weights=decode_weights(cursor, meta),
            scheduler=scheduler,
            span=meta.span,
            spans={**addresses.spans, **self._policy_spans()},
        )

    def _policy_spans(self) -> dict[str, Span]:
        names = ("internalTrafficPolicy", "externalTrafficPolicy")
        return {f"spec.{name}": self.cursor.span(self.spec[name]) for name in names if name in self.spec}

    def _check_plain_fields(self) -> None:
        """Read what has no effect here only to report mistakes in it."""
        cursor, spec = self.cursor, self.spec
        cursor.choice(spec.get("ipFamilyPolicy"), _FAMILY_POLICIES)
        cursor.choice(spec.get("trafficDistribution"), _DISTRIBUTIONS)
        cursor.boolean(spec.get("publishNotReadyAddresses"))
        cursor.text(spec.get("loadBalancerClass"))
        if not cursor.text(spec.get("externalName")) and self.type is ServiceType.EXTERNAL_NAME:
            cursor.missing(self.node, "externalName")

    def _ports(self, *, allocate: bool, headless: bool) -> tuple[ServicePort, ...]:
        nodes = self.cursor.sequence(self.spec.get("ports"))
        if not nodes and not headless and self.type is not ServiceType.EXTERNAL_NAME:
            self.cursor.missing(self.node, "ports")
        wanted = self.type in _PUBLISHED and (allocate or self.type is ServiceType.NODE_PORT)
        return decode_service_ports(self.cursor, nodes, PortRules(self.type, self.config.node_port_range, wanted))

    def _external_policy(self, addresses: Addresses) -> TrafficPolicy:
        node = self.spec.get("externalTrafficPolicy")
        policy = self.cursor.choice(node, _POLICIES)
        if policy is None or node is None:
            return TrafficPolicy.CLUSTER
        if self.type not in _PUBLISHED and not addresses.external:
            message = f"a {self.type.value} Service without external IPs has no external traffic"
            self.cursor.report("SVC112", message, node, hint="remove externalTrafficPolicy")
        return policy

    def _affinity(self) -> int | None:
        """Return the timeout of ClientIP affinity; a leftover configuration without it is dropped."""
        cursor = self.cursor
        if not cursor.choice(self.spec.get("sessionAffinity"), _AFFINITIES):
            return None
        config = cursor.fields(self.spec.get("sessionAffinityConfig"), fields.AFFINITY_CONFIG)
        client = cursor.fields(config.get("clientIP"), fields.CLIENT_IP)
        return cursor.integer(client.get("timeoutSeconds"), 1, MAX_AFFINITY) or DEFAULT_AFFINITY

    def _health_check(self, policy: TrafficPolicy) -> int | None:
        node = self.spec.get("healthCheckNodePort")
        number = self.cursor.integer(node, 0, MAX_PORT)
        if not number or node is None:
            return None
        if self.type is not ServiceType.LOAD_BALANCER or policy is not TrafficPolicy.LOCAL:
            message = "only a LoadBalancer Service with externalTrafficPolicy Local has a health check"
            self.cursor.report("SVC112", message, node)
        return number

    def _source_ranges(self) -> tuple[Network, ...]:
        cursor = self.cursor
        self._check_legacy_ranges()
        node = self.spec.get("loadBalancerSourceRanges")
        nodes = cursor.sequence(node)
        if node is not None and nodes and self.type is not ServiceType.LOAD_BALANCER:
            cursor.report("SVC112", f"a {self.type.value} Service has no source ranges", node)
        ranges = [cursor.network(one) for one in nodes]
        return tuple(one for one in ranges if one is not None)

    def _check_legacy_ranges(self) -> None:
        node = self.meta.annotations.get(fields.LEGACY_SOURCE_RANGES)
        text = self.cursor.text(node)
        if node is None or not text:
            return
        try:
            for part in text.split(","):
                parse_network(part.strip())
        except ValueError as error:
            self.cursor.report("SVC108", str(error)[:120], node)
            return
        hint = "use spec.loadBalancerSourceRanges"
        self.cursor.report("SVC116", "this annotation does not restrict any traffic", node, hint=hint)
