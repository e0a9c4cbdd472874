"""What the graph means: where the first packet of a connection goes, with exact probabilities.

    walk(graph, packet from pod 10.128.7.40 to 10.96.0.10:80/TCP)
      ->  {Dnat("10.128.7.21", 8080, False): 1/2, Dnat("10.128.9.31", 8080, False): 1/2}, affinity 10800 s

The order of questions: a frontend on the address → its gate → the client's route → the pool; else a cluster IP of ours →
refused; else an address of the service ranges → dropped; else a local address → its node port; else nothing of ours.
Every emitter is held against this page: same packet, same outcomes, same fractions. The client has never been seen before,
so affinity (in seconds) is returned beside the outcomes and does not change them.
"""

from dataclasses import dataclass
from fractions import Fraction

from svcc.graph.nodes import AddressPort, Frontend, Host, NodePort, Origin, Pool, PoolId, RuleGraph, Target, Verdict
from svcc.graph.packet import Dnat, Fate, Hook, Outcome, Outcomes, Packet
from svcc.net import LOOPBACK, Address, Family, contains, family_of, is_loopback


@dataclass(frozen=True, slots=True)
class Walked:
    """Where a packet goes. `frontend` and `pool` are what it met on the way; `why` says it in one phrase."""

    outcomes: Outcomes
    why: str
    frontend: Frontend | None = None
    pool: Pool | None = None
    origin: Origin | None = None

    @property
    def affinity(self) -> int | None:
        """The time-out of session affinity in seconds, or None without affinity."""
        return self.pool.affinity if self.pool else None


class Walker:
    """A graph with its frontends and pools indexed, for many walks."""

    def __init__(self, graph: RuleGraph) -> None:
        self.host = graph.host
        self._frontends: dict[AddressPort | NodePort, Frontend] = {one.at: one for one in graph.frontends}
        self._pools: dict[PoolId, Pool] = {one.id: one for one in graph.pools}
        self._cluster_ips = frozenset(graph.host.cluster_ips)
        self._untouched = frozenset(graph.host.untouched)

    def walk(self, packet: Packet) -> Walked:
        """Return where one packet goes."""
        if self._is_spoofed(packet):
            return _certain(Fate.DROP, "loopback address from another host")
        frontend = self._at(packet)
        if frontend is not None:
            return self._enter(frontend, packet)
        if packet.destination in self._untouched:
            return _certain(Fate.UNTOUCHED, "cluster IP of another proxy")
        if packet.destination in self._cluster_ips:
            if packet.protocol is None:
                return _certain(Fate.UNTOUCHED, "cluster IP, but not TCP, UDP or SCTP")
            return _certain(Fate.REJECT, "cluster IP, but no Service port")
        if any(contains(one, packet.destination) for one in self.host.service_cidrs):
            return _certain(Fate.DROP, "service range, but nobody's address")
        at_node = self._at_node(packet)
        if at_node is not None:
            return self._enter(at_node, packet)
        return _certain(Fate.UNTOUCHED, "no frontend")

    def _is_spoofed(self, packet: Packet) -> bool:
        loopback = LOOPBACK[Family.IPV4]
        from_outside = packet.hook is Hook.PREROUTING
        return self.host.localhost_ports and from_outside and contains(loopback, packet.destination)

    def _at(self, packet: Packet) -> Frontend | None:
        if packet.protocol is None:
            return None
        return self._frontends.get(AddressPort(packet.destination, packet.protocol, packet.port))

    def _at_node(self, packet: Packet) -> Frontend | None:
        family = family_of(packet.destination)
        if packet.protocol is None or not takes_node_ports(self.host, packet.destination):
            return None
        return self._frontends.get(NodePort(family, packet.protocol, packet.port))

    def _enter(self, frontend: Frontend, packet: Packet) -> Walked:
        gate = frontend.gate
        if gate is not None and not any(contains(one, packet.source) for one in gate.allow):
            return _certain(Fate.DROP, "refused by the source ranges", frontend)
        origin = origin_of(self.host, packet)
        target = frontend.then.target(origin)
        if isinstance(target.to, Verdict):
            fate, why = (
                (Fate.REJECT, "no usable endpoint")
                if target.to is Verdict.REJECT
                else (Fate.DROP, "no usable endpoint on this node")
            )
            return Walked({fate: Fraction(1)}, why, frontend, None, origin)
        pool = self._pools[target.to]
        return Walked(_spread(pool, target, packet), f"from {origin.value}", frontend, pool, origin)


def walk(graph: RuleGraph, packet: Packet) -> Walked:
    """Return where one packet goes in a graph; use `Walker` for many."""
    return Walker(graph).walk(packet)


def _certain(fate: Fate, why: str, frontend: Frontend | None = None) -> Walked:
    return Walked({fate: Fraction(1)}, why, frontend)


def _spread(pool: Pool, target: Target, packet: Packet) -> dict[Outcome, Fraction]:
    """Share one packet among the backends by weight; a client that is the backend itself is always masqueraded."""
    total = sum(one.weight for one in pool.backends)
    return {
        Dnat(one.address, one.port, target.masquerade or packet.source == one.address): Fraction(one.weight, total)
        for one in pool.backends
    }


def is_local(host: Host, address: Address) -> bool:
    """Tell whether an address is the node's own."""
    return address in host.addresses or is_loopback(address)


def takes_node_ports(host: Host, address: Address) -> bool:
    """Tell whether node ports are served on an address."""
    if is_loopback(address) and not (host.localhost_ports and family_of(address) is Family.IPV4):
        return False
    return is_local(host, address) and any(contains(one, address) for one in host.node_ports_on)


def origin_of(host: Host, packet: Packet) -> Origin:
    """Decide who a client is: a pod by its network or interface, else the node by its address, else outside."""
    pods = host.pods
    if pods.interface is not None:
        iface = packet.iface or ""
        if iface.startswith(pods.interface) if pods.prefix else iface == pods.interface:
            return Origin.POD
    if any(contains(one, packet.source) for one in pods.networks):
        return Origin.POD
    return Origin.NODE if is_local(host, packet.source) else Origin.EXTERNAL
