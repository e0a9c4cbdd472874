"""The nodes of the rule graph, few and closed.

    Frontend 10.96.0.10:80/TCP ─ no gate ─ Route ─┬ pod      → pool shop/cart:http
                                                  ├ node     → pool shop/cart:http, masquerade
                                                  └ external → pool shop/cart:http, masquerade
    Pool shop/cart:http = {10.128.7.21:8080 ×1, 10.128.7.22:8080 ×1}

Values are frozen, hashable where they are keys, and equal by meaning: origins (`compare=False`) say which line of which
file asked for them and never make two graphs differ.
"""

from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

from svcc.diag import Span
from svcc.net import Address, Family, Network, Protocol, endpoint_text, family_of, network_family


class Origin(Enum):
    """Who a client is, decided by the Host from the packet alone."""

    POD = "pod"
    NODE = "node"
    EXTERNAL = "external"


class Verdict(Enum):
    """What happens instead of a backend."""

    REJECT = "reject"
    DROP = "drop"


class FrontendKind(Enum):
    """Which field of the Service asked for a frontend."""

    CLUSTER_IP = "cluster IP"
    EXTERNAL_IP = "external IP"
    LOAD_BALANCER = "load-balancer IP"
    NODE_PORT = "node port"


class Scope(Enum):
    """Which endpoints a pool holds: the whole cluster's, or only this node's."""

    CLUSTER = "cluster"
    LOCAL = "local"


class PortName(NamedTuple):
    """A Service port by name: `shop/cart:http`, or `shop/cart` when the port has no name."""

    namespace: str
    service: str
    port: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.service}:{self.port}" if self.port else f"{self.namespace}/{self.service}"


class PoolId(NamedTuple):
    """A pool by the Service port, protocol, family and scope that it serves; all text, so that it sorts."""

    name: PortName
    protocol: str
    family: str
    scope: str

    def __str__(self) -> str:
        return f"{self.name} {self.protocol} {self.family} {self.scope}"


class AddressPort(NamedTuple):
    """A frontend on one address."""

    address: Address
    protocol: Protocol
    port: int

    def __str__(self) -> str:
        return f"{endpoint_text(self.address, self.port)}/{self.protocol.value}"


class NodePort(NamedTuple):
    """A frontend on the chosen local addresses of the node, in one family."""

    family: Family
    protocol: Protocol
    port: int

    def __str__(self) -> str:
        return f"node port {self.port}/{self.protocol.value} {self.family.value}"


@dataclass(frozen=True, slots=True)
class Pods:
    """How pods are told from others: by source network, or by the interface they come in through."""

    networks: tuple[Network, ...] = ()
    interface: str | None = None
    prefix: bool = False
    """`interface` is the start of a name."""

    def known(self, family: Family) -> bool:
        """Tell whether a pod of this family could be recognised at all."""
        return self.interface is not None or any(network_family(one) is family for one in self.networks)


EVERYWHERE: tuple[Network, ...] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


@dataclass(frozen=True, slots=True)
class Host:
    """The node: who is who, and what it owns."""

    addresses: tuple[Address, ...] = ()
    node_ports_on: tuple[Network, ...] = EVERYWHERE
    """Networks whose local addresses carry node ports; loopback counts only with `localhost_ports`, and for IPv4."""
    pods: Pods = Pods()
    service_cidrs: tuple[Network, ...] = ()
    cluster_ips: tuple[Address, ...] = ()
    untouched: tuple[Address, ...] = ()
    localhost_ports: bool = False
    masquerade_all: bool = False
    masquerade_bit: int = 14
    verdict_bit: int = 15


@dataclass(frozen=True, slots=True)
class Gate:
    """Sources that may enter, collapsed; everyone else is dropped."""

    allow: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a packet is sent: a pool, or a verdict; with its source rewritten or not."""

    to: PoolId | Verdict
    masquerade: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """The split by client. It is total; equal targets are usual."""

    pod: Target
    node: Target
    external: Target

    def target(self, origin: Origin) -> Target:
        """Return the target of one kind of client."""
        if origin is Origin.POD:
            return self.pod
        return self.node if origin is Origin.NODE else self.external

    @property
    def targets(self) -> tuple[Target, Target, Target]:
        """All three targets: pod, node, external."""
        return (self.pod, self.node, self.external)


@dataclass(frozen=True, slots=True)
class Frontend:
    """An address and port, or node port, where packets arrive."""

    at: AddressPort | NodePort
    kind: FrontendKind
    service: PortName
    gate: Gate | None
    then: Route
    origin: Span | None = field(default=None, compare=False, repr=False)

    @property
    def family(self) -> Family:
        """The family of the packets it takes."""
        if isinstance(self.at, NodePort):
            return self.at.family
        return family_of(self.at.address)


@dataclass(frozen=True, slots=True)
class Backend:
    """An address and port that packets are sent to. `lower` and `upper` are IPVS connection thresholds, 0 is none."""

    address: Address
    port: int
    weight: int = 1
    local: bool = False
    lower: int = 0
    upper: int = 0
    origin: Span | None = field(default=None, compare=False, repr=False)


MASQ, DR, TUN = "masq", "dr", "tun"
"""How IPVS passes packets on: with another destination, unchanged by way of the link layer, or inside of a packet of its own."""
FORWARDING = (MASQ, DR, TUN)


@dataclass(frozen=True, slots=True)
class Pool:
    """The backends of one Service port under one policy; each has a positive weight. `affinity` is in seconds."""

    id: PoolId
    family: Family
    protocol: Protocol
    backends: tuple[Backend, ...]
    scheduler: str | None = None
    affinity: int | None = None
    flags: tuple[str, ...] = ()
    """Of the scheduler, in ipvsadm's words, sorted."""
    forwarding: str = MASQ
    origin: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A port that answers how many ready endpoints of a Service are on this node."""

    port: int
    namespace: str
    service: str
    ready_local: int


@dataclass(frozen=True, slots=True)
class RuleGraph:
    """Everything that must happen, sorted, so that equal meaning is equal text."""

    host: Host
    frontends: tuple[Frontend, ...] = ()
    pools: tuple[Pool, ...] = ()
    health_checks: tuple[HealthCheck, ...] = ()
