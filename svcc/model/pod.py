"""The Pod, as far as names, environments and endpoints depend on it.

metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
spec: {containers: [{name: web, ports: [{name: http, containerPort: 8080}]}]}   ->   Pod(name=ObjectName("shop", "cart-0"),
status: {phase: Running, podIP: 10.128.7.21,                                           addresses=("10.128.7.21",), ready=True,
         conditions: [{type: Ready, status: "True"}]}                                  ports={("http", TCP): 8080}, …)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from svcc.diag import Span
from svcc.model.service import ObjectName
from svcc.net import Address, Protocol

PortName = tuple[str, Protocol]
"""What a Service calls a port of a container."""


@dataclass(frozen=True, slots=True)
class Pod:
    """One Pod; what a cluster has not said yet (addresses, node, phase) is empty."""

    name: ObjectName
    labels: Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    """At most one of each family, the Pod's own family first; none that an endpoint cannot have, such as 127.0.0.1."""
    node_name: str | None = None
    phase: str = ""
    ready: bool = False
    """Whether its condition Ready is true."""
    terminating: bool = False
    """Whether it is being deleted."""
    hostname: str | None = None
    subdomain: str | None = None
    host_network: bool = False
    ports: Mapping[PortName, int] = field(default_factory=dict)
    """Those with a name, of its containers, then of the init containers that keep running; of one name, the first counts."""
    service_links: bool = True
    """Whether the Services of its namespace become environment variables."""
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def is_endpoint(self) -> bool:
        """Whether it stands behind the Services that select it, ready or not: it has an address, and has not ended."""
        return bool(self.addresses) and self.phase not in ("Succeeded", "Failed")

    @property
    def is_available(self) -> bool:
        """Whether it is ready and nobody deletes it."""
        return self.ready and not self.terminating
