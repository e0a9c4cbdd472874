"""Lower the rule graph to IPVS: virtual and real servers, addresses, and the companion tables.

    Frontend 10.96.0.10:80/TCP → pool shop/cart:http     virtual 10.96.0.10:80/TCP rr → 10.128.7.21:8080, 10.128.9.31:8080
                                                   ->    address 10.96.0.10 on svcc0
                                                         companion: policies, servers, bound, hairpins
    node port 30080, node 172.20.5.11              ->    virtual 172.20.5.11:30080/TCP
    external policy Local                          ->    virtual 169.254.98.7:4711/TCP with this node's endpoints, and the way there

A frontend without endpoints has no virtual server: the companion refuses its packets, or drops them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from svcc.emit.ipvs.companion import SERVED, Companion
from svcc.emit.ipvs.direct import direct
from svcc.emit.ipvs.inner import inner
from svcc.emit.ipvs.localhost import add_localhost
from svcc.emit.ipvs.ruleset import IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.emit.ipvs.schedulers import flags_of, scheduler_of
from svcc.emit.nftables.policy import PORT, Split, split
from svcc.emit.nftables.ruleset import NftTable
from svcc.graph.nodes import MASQ, AddressPort, Frontend, NodePort, Pool, PoolId, RuleGraph, Verdict
from svcc.graph.walk import takes_node_ports
from svcc.net import Address, Family, Network, by_family, family_of, is_loopback, network_family, number

_ENDS = {Verdict.REJECT: "goto refuse", Verdict.DROP: "goto discard"}


@dataclass(frozen=True, slots=True)
class Ipvs:
    """What a node needs for IPVS: the state of ip_vs and of svcc0, and the companion table of each family."""

    state: IpvsState
    companions: Mapping[Family, NftTable]


def lower(graph: RuleGraph, inner_cidrs: tuple[Network, ...]) -> Ipvs:
    """Return what IPVS and its companion have to hold. What `limits` refuses has no meaning here."""
    graph = direct(graph)
    parts = [_Lowering(graph, family, inner_cidrs) for family in Family]
    virtuals = {key: one for part in parts for key, one in sorted(part.virtuals.items(), key=_order)}
    reals = {key: one for part in parts for key, one in part.reals.items()}
    addresses = tuple(sorted({one for part in parts for one in part.addresses}, key=by_family))
    companions = {part.family: part.companion.table() if part.used else NftTable(part.family) for part in parts}
    return Ipvs(IpvsState(virtuals, reals, addresses), add_localhost(graph, companions))


def _order(item: tuple[VirtualKey, Virtual]) -> tuple[int, str, int]:
    key, _ = item
    return number(key.address), key.protocol.value, key.port


class _Lowering:
    """One family as it grows."""

    def __init__(self, graph: RuleGraph, family: Family, inner_cidrs: tuple[Network, ...]) -> None:
        self.graph, self.host, self.family = graph, graph.host, family
        self.pools = {one.id: one for one in graph.pools if one.family is family}
        self.companion = Companion(graph.host, family, inner_cidrs)
        self.virtuals: dict[VirtualKey, Virtual] = {}
        self.reals: dict[tuple[VirtualKey, RealKey], Real] = {}
        self.addresses: set[Address] = set()
        self.network = next((one for one in inner_cidrs if network_family(one) is family), None)
        frontends = [one for one in graph.frontends if one.family is family]
        owned = [one for one in self.host.cluster_ips if family_of(one) is family]
        self.used = bool(frontends or owned or any(network_family(one) is family for one in self.host.service_cidrs))
        self._lower(frontends, owned)

    def _lower(self, frontends: list[Frontend], owned: list[Address]) -> None:
        known = self.host.pods.known(self.family)
        splits = [(one, split(one.then, pods_known=known)) for one in frontends]
        apart = [_key(one) for one, found in splits if isinstance(found.other, PoolId)]
        places = inner(apart, self.network) if self.network is not None else {}
        for address in owned:
            self.companion.owned(address)
        for address in (*owned, *(one.at.address for one in frontends if isinstance(one.at, AddressPort))):
            if address not in self.host.addresses:
                self._bind(address)
                self.companion.bound(address)
        for address in self.host.untouched:
            if family_of(address) is self.family:
                self.companion.untouched(address)
        for frontend, found in splits:
            self._frontend(frontend, found, places)

    def _bind(self, address: Address) -> None:
        self.addresses.add(address)

    def _frontend(self, frontend: Frontend, found: Split, places: Mapping[str, tuple[Address, int]]) -> None:
        key, prefix, origin = _key(frontend), _prefix(frontend), frontend.origin
        server = _ENDS[found.pool] if isinstance(found.pool, Verdict) else SERVED
        self.companion.frontend(key, prefix, server, found.policy, origin, str(frontend.service))
        if frontend.gate is not None:
            self.companion.gate(key, prefix, frontend.gate, origin)
        if isinstance(found.pool, PoolId):
            for at in self._places(frontend):
                # Frontends on addresses come first, and where one stands at the place of a node port it is the one that counts.
                if at not in self.virtuals:
                    self._virtual(at, self.pools[found.pool], frontend)
        if isinstance(found.other, PoolId):
            address, port = places[key]
            self._bind(address)
            self._virtual(VirtualKey(address, frontend.at.protocol, port), self.pools[found.other], frontend)
            self.companion.inner(key, prefix, RealKey(address, port), origin)
        elif found.other is not None:
            self.companion.inner(key, prefix, _ENDS[found.other], origin)

    def _places(self, frontend: Frontend) -> Iterator[VirtualKey]:
        """Yield where a frontend has virtual servers: a node port on each address of the node that has them."""
        at = frontend.at
        if isinstance(at, AddressPort):
            yield VirtualKey(at.address, at.protocol, at.port)
            return
        for address in self.host.addresses:
            if family_of(address) is self.family and not is_loopback(address) and takes_node_ports(self.host, address):
                yield VirtualKey(address, at.protocol, at.port)

    def _virtual(self, key: VirtualKey, pool: Pool, frontend: Frontend) -> None:
        self.virtuals[key] = Virtual(
            scheduler_of(pool), flags_of(pool), pool.affinity, service=str(frontend.service), origin=frontend.origin
        )
        for one in pool.backends:
            to = RealKey(one.address, one.port)
            self.reals[key, to] = Real(one.weight, pool.forwarding, one.lower, one.upper, one.origin)
            if pool.forwarding == MASQ:
                self.companion.hairpin(to, one.origin)


def _prefix(frontend: Frontend) -> str:
    return PORT if isinstance(frontend.at, NodePort) else ""


def _key(frontend: Frontend) -> str:
    at = frontend.at
    port = f"{at.protocol.word} . {at.port}"
    return port if isinstance(at, NodePort) else f"{at.address} . {port}"
