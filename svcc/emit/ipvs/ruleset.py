"""What IPVS holds, or should hold: virtual servers, their real servers, and the addresses that make packets to them ours.

    TCP  10.96.0.10:80 rr                  IpvsState(
      -> 10.128.7.21:8080  Masq  1           virtuals={VirtualKey("10.96.0.10", TCP, 80): Virtual("rr")},
      -> 10.128.9.31:8080  Masq  1     ⇄     reals={(VirtualKey(…), RealKey("10.128.7.21", 8080)): Real(1), …},
    svcc0: 10.96.0.10/32                     addresses=("10.96.0.10",))

A virtual server is looked up only for packets that the kernel takes for its own: `addresses` stand on the dummy interface `svcc0`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from svcc.diag import Span
from svcc.graph.nodes import DR, FORWARDING, MASQ, TUN
from svcc.net import Address, Protocol, endpoint_text

__all__ = [
    "DR", "FORWARDING", "INTERFACE", "MASQ", "TUN", "IpvsState", "Real", "RealKey", "Reals", "Virtual", "VirtualKey",
]  # fmt: skip

INTERFACE = "svcc0"


class VirtualKey(NamedTuple):
    """Where connections arrive."""

    address: Address
    protocol: Protocol
    port: int

    def __str__(self) -> str:
        return f"{endpoint_text(self.address, self.port)}/{self.protocol.value}"


class RealKey(NamedTuple):
    """Where they are sent."""

    address: Address
    port: int

    def __str__(self) -> str:
        return endpoint_text(self.address, self.port)


@dataclass(frozen=True, slots=True)
class Virtual:
    """A virtual server. `persistence` is how many seconds a client stays with its real server; None is not at all."""

    scheduler: str
    flags: tuple[str, ...] = ()
    """The scheduler's flags and `ops`, in ipvsadm's words, sorted."""
    persistence: int | None = None
    service: str = field(default="", compare=False)
    """The Service port, where that is known."""
    origin: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Real:
    """A real server; one of weight 0 takes no new connections. `lower` and `upper` are connection thresholds, 0 is none."""

    weight: int = 1
    forwarding: str = MASQ
    lower: int = 0
    upper: int = 0
    origin: Span | None = field(default=None, compare=False, repr=False)


Reals = Mapping[tuple[VirtualKey, RealKey], Real]


@dataclass(frozen=True, slots=True)
class IpvsState:
    """Everything of one node."""

    virtuals: Mapping[VirtualKey, Virtual] = field(default_factory=dict)
    reals: Reals = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    """On `svcc0`, sorted."""
    connections: Mapping[tuple[VirtualKey, RealKey], int] = field(default_factory=dict, compare=False, repr=False)
    """How many each real server has, open or closing, where it has any; only what was read from a kernel knows."""
