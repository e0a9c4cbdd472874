"""The Service, with every default of the API server filled in.

kind: Service                        Service(name=ObjectName("shop", "cart"), type=ServiceType.CLUSTER_IP,
metadata: {name: cart, …}      ->      cluster_ips=("10.96.0.10",), ports=(ServicePort("http", TCP, 80, …),),
spec: {clusterIP: 10.96.0.10, …}       internal_policy=TrafficPolicy.CLUSTER, …)
"""

from collections.abc import Mapping
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


class TrafficPolicy(Enum):
    """Whether traffic may go to every endpoint or only to this node's own."""

    CLUSTER = "Cluster"
    LOCAL = "Local"


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of a Service; `node_port` is None where none is set."""

    name: str
    protocol: Protocol
    port: int
    node_port: int | None = None
    span: Span | None = field(default=None, compare=False, repr=False)
    node_port_span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Service:
    """A Service that passed decoding: fields hold what the API server would hold after defaulting."""

    name: ObjectName
    type: ServiceType = ServiceType.CLUSTER_IP
    cluster_ips: tuple[Address, ...] = ()
    headless: bool = False
    has_selector: bool = True
    ports: tuple[ServicePort, ...] = ()
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
    health_check_node_port: int | None = None
    foreign_proxy: bool = False
    """Labelled `service.kubernetes.io/service-proxy-name`: names stay, packets are not ours."""
    skip_mirror: bool = False
    weights: Mapping[Address, int] = field(default_factory=dict)
    scheduler: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)
    """Where the addresses stand: field path -> span, for diagnostics across objects."""

    @property
    def families(self) -> tuple[Family, ...]:
        """The families of the cluster IPs, in their order."""
        return tuple(dict.fromkeys(family_of(one) for one in self.cluster_ips))

    @property
    def carries_packets(self) -> bool:
        """Whether the dataplane has rules for it at all."""
        return not (self.headless or self.foreign_proxy or self.type is ServiceType.EXTERNAL_NAME)
