"""The Service, with every default of the API server filled in.

kind: Service                        Service(name=ObjectName("shop", "cart"), type=ServiceType.CLUSTER_IP,
metadata: {name: cart, …}      ->      cluster_ips=("10.96.0.10",), ports=(ServicePort("http", TCP, 80, …),),
spec: {clusterIP: 10.96.0.10, …}       internal_policy=TrafficPolicy.CLUSTER, …)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from svcc.diag import Span
from svcc.net import Address, Family, Network, Protocol, family_of


class ObjectName(NamedTuple):
    """A namespaced name; sorts by namespace, then name."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class ServiceType(Enum):
    """The four types of a Service."""

    CLUSTER_IP = "ClusterIP"
    NODE_PORT = "NodePort"
    LOAD_BALANCER = "LoadBalancer"
    EXTERNAL_NAME = "ExternalName"

    @property
    def one(self) -> str:
        """Return `a NodePort Service`, or `an ExternalName Service`."""
        return f"{'an' if self.value[0] in 'AEIOU' else 'a'} {self.value} Service"


class TrafficPolicy(Enum):
    """Whether traffic may go to every endpoint or only to this node's own."""

    CLUSTER = "Cluster"
    LOCAL = "Local"


class TrafficDistribution(Enum):
    """Which endpoints are preferred, where slices are made of Pods; PreferClose is the older word for PreferSameZone."""

    SAME_ZONE = "PreferSameZone"
    SAME_NODE = "PreferSameNode"


class IpFamilyPolicy(Enum):
    """How many families of cluster IPs a Service has."""

    SINGLE = "SingleStack"
    PREFER_DUAL = "PreferDualStack"
    REQUIRE_DUAL = "RequireDualStack"


MASQ = "masq"
"""The forwarding method that rewrites addresses, as every target but IPVS always does; the others are `dr` and `tun`."""
EVERY_OTHER = "*"
"""Stands in `connection_limits` for the endpoints that are not named."""


class ConnectionLimit(NamedTuple):
    """How many connections an endpoint may have: at `upper` it gets no more until it has fewer than `lower`; 0 is not stated."""

    lower: int
    upper: int


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of a Service; `node_port` is None where none is set."""

    name: str
    protocol: Protocol
    port: int
    node_port: int | None = None
    target: int | str | None = None
    """`targetPort`, a number or the name of a container port; None is `port` itself. Only Pods are asked for it."""
    span: Span | None = field(default=None, compare=False, repr=False)
    node_port_span: Span | None = field(default=None, compare=False, repr=False)
    target_span: Span | None = field(default=None, compare=False, repr=False)
    """Of a target that is a name."""


@dataclass(frozen=True, slots=True)
class Service:
    """A Service that passed decoding: fields hold what the API server would hold after defaulting.

    What the API server allocates is as given, and complete only after `allocate`: cluster IPs, families, node ports.
    """

    name: ObjectName
    type: ServiceType = ServiceType.CLUSTER_IP
    cluster_ips: tuple[Address, ...] = ()
    ip_families: tuple[Family, ...] = ()
    """Those that are given, the primary first; none means that the first service range decides."""
    ip_family_policy: IpFamilyPolicy | None = None
    """None only of ExternalName Services."""
    headless: bool = False
    selector: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[ServicePort, ...] = ()
    external_name: str | None = None
    """Of an ExternalName Service, without its last dot; None also where that is an address, which DNS cannot answer."""
    external_ips: tuple[Address, ...] = ()
    load_balancer_ips: tuple[Address, ...] = ()
    """From `status.loadBalancer.ingress`, those with ipMode VIP or none."""
    requested_load_balancer_ip: Address | None = None
    """`spec.loadBalancerIP`, which counts only with `assignLoadBalancerIPs`."""
    internal_policy: TrafficPolicy = TrafficPolicy.CLUSTER
    external_policy: TrafficPolicy = TrafficPolicy.CLUSTER
    affinity_seconds: int | None = None
    source_ranges: tuple[Network, ...] = ()
    gate_node_ports: bool = False
    """`svcc.dev/source-ranges-on-node-ports: "true"`."""
    allocate_node_ports: bool = True
    """`allocateLoadBalancerNodePorts`; of other types it is true."""
    health_check_node_port: int | None = None
    foreign_proxy: bool = False
    """Labelled `service.kubernetes.io/service-proxy-name`: names stay, packets are not ours."""
    skip_mirror: bool = False
    publish_not_ready: bool = False
    """`publishNotReadyAddresses`: Pods count as ready whether or not they are."""
    distribution: TrafficDistribution | None = None
    weights: Mapping[Address, int] = field(default_factory=dict)
    scheduler: str | None = None
    scheduler_flags: tuple[str, ...] = ()
    """In ipvsadm's words, sorted."""
    forwarding: str = MASQ
    connection_limits: Mapping[str, ConnectionLimit] = field(default_factory=dict)
    """By the address of an endpoint."""
    span: Span | None = field(default=None, compare=False, repr=False)
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)
    """Where the addresses stand: field path -> span, for diagnostics across objects."""
    deprecated: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)
    """What it uses that Kubernetes discourages: field path -> span."""

    @property
    def has_selector(self) -> bool:
        """Whether its endpoints are Pods; an empty selector chooses none, and is as good as no selector."""
        return bool(self.selector)

    @property
    def families(self) -> tuple[Family, ...]:
        """The families of the cluster IPs, in their order."""
        return tuple(dict.fromkeys(family_of(one) for one in self.cluster_ips))

    @property
    def wants_cluster_ip(self) -> bool:
        """Whether it has cluster IPs, or will have."""
        return not self.headless and self.type is not ServiceType.EXTERNAL_NAME

    @property
    def wants_node_ports(self) -> bool:
        """Whether every port has a node port, or will have."""
        return self.type is ServiceType.NODE_PORT or (
            self.type is ServiceType.LOAD_BALANCER and self.allocate_node_ports
        )

    @property
    def wants_health_check_port(self) -> bool:
        """Whether a load balancer asks a port of this node if it has endpoints."""
        return self.type is ServiceType.LOAD_BALANCER and self.external_policy is TrafficPolicy.LOCAL

    @property
    def carries_packets(self) -> bool:
        """Whether the dataplane has rules for it at all."""
        return not (self.headless or self.foreign_proxy or self.type is ServiceType.EXTERNAL_NAME)


class OtherAddress(NamedTuple):
    """An address that a Service captures besides its cluster IPs, with its field path and its place."""

    address: Address
    field: str
    span: Span | None


def other_addresses(service: Service, *, assigned: bool) -> Iterator[OtherAddress]:
    """Yield the external and load-balancer addresses of a Service; `assigned` counts a `loadBalancerIP` where there is no other."""
    groups = (("spec.externalIPs", service.external_ips), ("status.loadBalancer.ingress", service.load_balancer_ips))
    for start, addresses in groups:
        if not addresses:
            continue
        # Decoding leaves out repeated and hostname-only ones, so the n-th address has the n-th place that was kept.
        places = [(field, span) for field, span in service.spans.items() if field.startswith(start)]
        for index, address in enumerate(addresses):
            field, span = places[index] if index < len(places) else (f"{start}[{index}]", service.span)
            yield OtherAddress(address, field, span)
    requested = service.requested_load_balancer_ip
    if requested is not None and assigned and not service.load_balancer_ips:
        field = "spec.loadBalancerIP"
        yield OtherAddress(requested, field, service.spans.get(field, service.span))
