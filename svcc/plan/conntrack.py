"""Tell which of the flows that conntrack remembers are stale: their packets would never meet the rules again.

    Fronts({10.96.0.53:53/UDP: Served("shop/dns:dns", {10.128.7.22:5353})}, host)

    flow to 10.96.0.53:53 that leads to 10.128.7.22:5353     stays
                                        10.128.7.21:5353     GONE        the endpoint is no more, and packets vanish
                                        10.96.0.53:53        BYPASSES    it is older than the Service: nothing translates it

NAT decides on the first packet of a flow; later ones follow. TCP ends and begins anew by itself, a client that sends UDP from one port,
or binds an SCTP association to one, stays in its flow for as long as it sends. So those flows are deleted, and the next packet makes
another by the rules.

Only where a flow leads decides: an endpoint that is ready, or serves while terminating, keeps its flows even if no new one would be
sent to it (a weight of 0, topology, a traffic policy, a gate), as its TCP connections are kept. Flows of a Service that is gone stay too:
nothing says that their endpoint is gone too. kube-proxy judges likewise, but leaves flows of a Service that has no endpoint at all,
looks at no ports, and takes a flow to a node port's number anywhere for the node port's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

from svcc.graph.nodes import AddressPort, Host, NodePort
from svcc.graph.walk import takes_node_ports
from svcc.net import Address, Protocol, endpoint_text, family_of, number

PROTOCOLS = (Protocol.UDP, Protocol.SCTP)
"""Whose flows outlive what they lead to; those of TCP are never looked at."""


class StaleReason(Enum):
    """Why a flow is deleted."""

    GONE = "its endpoint is gone"
    EMPTY = "its Service has no endpoint left"
    BYPASSES = "it is older than the Service, and bypasses it"
    LEFT = "IPVS made it, and does not carry it any more"


class Flow(NamedTuple):
    """A flow as conntrack remembers it."""

    at: AddressPort
    """Where the client sends to."""
    address: Address
    """With `port`, where its packets are led: whose answers are waited for."""
    port: int
    translated: bool
    """By NAT; IPVS leads flows elsewhere without it."""
    zone: int
    handle: bytes
    """What names this very flow to the kernel."""


@dataclass(frozen=True, slots=True)
class Served:
    """A Service port, and every address and port to which its flows may lead."""

    service: str
    backends: frozenset[tuple[Address, int]]
    direct: bool = False
    """Packets reach the endpoints with the Service's own address in them."""


@dataclass(frozen=True, slots=True)
class Fronts:
    """Every frontend of UDP and SCTP; the host decides which of the node's addresses carry node ports."""

    frontends: Mapping[AddressPort | NodePort, Served]
    host: Host
    by_ipvs: bool = False
    """IPVS leads flows to endpoints; otherwise NAT does, and a flow that IPVS has made before leads nowhere."""

    def on(self, local: Iterable[Address]) -> "Fronts":
        """Return the same on a host that has these addresses too."""
        addresses = tuple(dict.fromkeys((*self.host.addresses, *local)))
        return replace(self, host=replace(self.host, addresses=addresses))

    def served(self, at: AddressPort) -> Served | None:
        """Return the Service port that packets to a place are for."""
        found = self.frontends.get(at)
        if found is None:
            node_port = self.frontends.get(NodePort(family_of(at.address), at.protocol, at.port))
            if node_port is not None and takes_node_ports(self.host, at.address):
                found = node_port
        return found


class Stale(NamedTuple):
    """A flow that is to be deleted."""

    flow: Flow
    service: str
    reason: StaleReason


@dataclass(frozen=True, slots=True)
class StaleFlows:
    """How many flows from one place to one backend are stale, and why; no backend where they were never led to any."""

    service: str
    at: AddressPort
    backend: str | None
    flows: int
    reason: StaleReason


def stale(fronts: Fronts, flows: Iterable[Flow]) -> tuple[Stale, ...]:
    """Return the flows to frontends that lead to none of their backends."""
    found: list[Stale] = []
    for flow in flows:
        served = fronts.served(flow.at)
        reason = None if served is None else _reason(flow, served, by_ipvs=fronts.by_ipvs)
        if served is not None and reason is not None:
            found.append(Stale(flow, served.service, reason))
    return tuple(found)


def _reason(flow: Flow, served: Served, *, by_ipvs: bool) -> StaleReason | None:
    bypasses = (flow.address, flow.port) == (flow.at.address, flow.at.port)
    if (flow.address, flow.port) in served.backends and (flow.translated or bypasses or by_ipvs):
        return None
    # Who gives flows a zone of their own, as bridges do, sees each packet a second time, not translated yet or no more.
    if flow.zone and not flow.translated:
        return None
    if bypasses:
        return None if served.direct else StaleReason.BYPASSES
    if by_ipvs and not flow.translated and flow.at.protocol is Protocol.SCTP:
        return None  # IPVS drains associations as it drains connections, and sends a new one elsewhere by itself
    if (flow.address, flow.port) in served.backends:
        return StaleReason.LEFT
    return StaleReason.GONE if served.backends else StaleReason.EMPTY


def counted(found: Iterable[Stale]) -> tuple[StaleFlows, ...]:
    """Return stale flows by Service, place, backend and reason, with their numbers, sorted."""
    numbers = Counter(
        (
            one.service,
            one.flow.at,
            None if one.reason is StaleReason.BYPASSES else (one.flow.address, one.flow.port),
            one.reason,
        )
        for one in found
    )
    return tuple(
        StaleFlows(service, at, None if to is None else endpoint_text(*to), flows, reason)
        for (service, at, to, reason), flows in sorted(numbers.items(), key=_order)
    )


def _order(
    one: tuple[tuple[str, AddressPort, tuple[Address, int] | None, StaleReason], int],
) -> tuple[str, bool, int, str, int, int, int]:
    (service, at, to, _), _ = one
    address, port = to or (None, 0)
    place = (":" in at.address, number(at.address), at.protocol.value, at.port)
    return (service, *place, -1 if address is None else number(address), port)
