"""The Pod, as far as names, environments and endpoints depend on it.

metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
spec: {containers: [{name: web, ports: [{name: http, containerPort: 8080}]}]}   ->   Pod(name=ObjectName("shop", "cart-0"),
status: {phase: Running, podIP: 10.128.7.21,                                           addresses=("10.128.7.21",), ready=True,
         conditions: [{type: Ready, status: "True"}]}                                  ports=(ContainerPort("http", TCP, 8080),), …)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from svcc.diag import Span
from svcc.model.service import ObjectName
from svcc.net import Address, Protocol


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """A port that a container says it listens on; "" is no name."""

    name: str
    protocol: Protocol
    port: int


@dataclass(frozen=True, slots=True)
class Pod:
    """One Pod; what a cluster has not said yet (addresses, node, phase) is empty."""

    name: ObjectName
    labels: Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    """At most one of each family, the Pod's own family first."""
    node_name: str | None = None
    phase: str = ""
    ready: bool = False
    """Whether its condition Ready is true."""
    terminating: bool = False
    """Whether it is being deleted."""
    hostname: str | None = None
    subdomain: str | None = None
    host_network: bool = False
    ports: tuple[ContainerPort, ...] = ()
    """Of its containers, then of the init containers that keep running; a named port means the first of that name."""
    service_links: bool = True
    """Whether the Services of its namespace become environment variables."""
    span: Span | None = field(default=None, compare=False, repr=False)
