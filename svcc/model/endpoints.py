"""EndpointSlices and Endpoints: who answers behind a Service.

    kind: EndpointSlice                              EndpointSlice(name=("shop", "cart-x1"), service=("shop", "cart"),
    addressType: IPv4                          ->      family=Family.IPV4, ports=(SlicePort("http", TCP, 8080),),
    endpoints: [{addresses: [10.128.7.21]}]            endpoints=(Endpoint("10.128.7.21", ready=True, …),))

Absent conditions are filled in: ready and serving are true, terminating is false. Only `addresses[0]` counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from svcc.diag import Span
from svcc.model.service import ObjectName
from svcc.net import Address, Family, Protocol


@dataclass(frozen=True, slots=True)
class SlicePort:
    """A port of a slice. `port` is None where the slice gives no number: it carries no packets."""

    name: str
    protocol: Protocol
    port: int | None


class Endpoint(NamedTuple):
    """One address behind a Service and the state it is in; a named tuple, because there are so many of them."""

    address: Address
    ready: bool = True
    serving: bool = True
    terminating: bool = False
    node_name: str | None = None
    hint_zones: tuple[str, ...] = ()
    hint_nodes: tuple[str, ...] = ()
    hostname: str | None = None
    span: Span | None = None
    """Does not count when endpoints are compared."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Endpoint) and self[:-1] == other[:-1]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:-1])


@dataclass(frozen=True, slots=True)
class EndpointSlice:
    """Endpoints × ports of one Service and one family; `family` is None for FQDN slices, which carry no packets."""

    name: ObjectName
    service: ObjectName | None
    family: Family | None
    ports: tuple[SlicePort, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    weights: Mapping[Address, int] = field(default_factory=dict)
    derived: bool = field(default=False, compare=False)
    """Made here, from Endpoints or Pods: no document of this name is in the input."""
    span: Span | None = field(default=None, compare=False, repr=False)
    service_span: Span | None = field(default=None, compare=False, repr=False)
    """Of the label that names the Service."""


@dataclass(frozen=True, slots=True)
class EndpointSubset:
    """One subset of Endpoints: its addresses × its ports, addresses of both families together."""

    endpoints: tuple[Endpoint, ...]
    ports: tuple[SlicePort, ...]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The older object, mirrored into slices for a Service without selector."""

    name: ObjectName
    subsets: tuple[EndpointSubset, ...] = ()
    skip_mirror: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)
