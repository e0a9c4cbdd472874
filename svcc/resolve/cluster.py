"""The Cluster: each Service port with the endpoints chosen for it, as one node sees them.

Service shop/cart, port http, IPv4     PortBinding(port=…, family=IPV4,
+ its slices, on node worker-1     ->    cluster=EndpointSet((Chosen("10.128.7.21", 8080, …), …), None),
                                         local=EndpointSet((), Empty.NONE_HERE),
                                         excluded=(Excluded("10.128.9.22", 8080, "not ready", …),))
"""

from dataclasses import dataclass, field
from enum import Enum

from svcc.config import NodeConfig
from svcc.diag import Span
from svcc.model.service import ObjectName, Service, ServicePort
from svcc.net import Address, Family


class Empty(Enum):
    """Why a set of endpoints is empty."""

    NO_ENDPOINTS = "no usable endpoint anywhere"
    NONE_HERE = "no usable endpoint on this node"


@dataclass(frozen=True, slots=True)
class Chosen:
    """An endpoint that new connections may be sent to."""

    address: Address
    port: int
    weight: int = 1
    local: bool = False
    origin: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Excluded:
    """An endpoint that no new connection is sent to, and why."""

    address: Address
    port: int
    why: str
    origin: Span | None = field(default=None, compare=False, repr=False)
    usable: bool = False
    """What it is sent already is still served."""


@dataclass(frozen=True, slots=True)
class EndpointSet:
    """The endpoints chosen under one policy, sorted by address and port; `empty` says why there is none."""

    endpoints: tuple[Chosen, ...]
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class PortBinding:
    """One Service port in one family, with the endpoints for the Cluster and for the Local policy."""

    service: Service
    port: ServicePort
    family: Family
    cluster: EndpointSet
    local: EndpointSet
    excluded: tuple[Excluded, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadyHere:
    """How many distinct ready addresses a Service has on this node, for its health check port."""

    service: ObjectName
    port: int
    ready_local: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """Everything the graph is built from."""

    config: NodeConfig
    bindings: tuple[PortBinding, ...]
    untouched: tuple[Address, ...] = ()
    """Cluster IPs that are owned but not ours to serve: Services with the proxy-name label."""
    health_checks: tuple[ReadyHere, ...] = ()
