"""Write the dispatch: from the address or node port asked for to a Service's chain, through trees of prefixes.

    SVCC-SERVICES       -d 10.96.0.0/16 -g SVCC-T-10.96.0.0-16           a service range: its tree ends in SVCC-DISCARD
                        -d 192.0.2.1/32 -p tcp -m tcp --dport 80 -g …     other addresses: their tree ends in SVCC-LOCAL
                        -g SVCC-LOCAL
    SVCC-T-10.96.0.0-16 -d 10.96.0.0/20 -g SVCC-T-10.96.0.0-20  …
    SVCC-T-10.96.0.8-30 -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -g SVCC-SVC-…
                        -d 10.96.0.10/32 -g SVCC-REFUSE                   a cluster IP of ours: its other ports
                        -g SVCC-DISCARD                                   the range's unowned addresses
    SVCC-LOCAL          -m addrtype --dst-type LOCAL -g SVCC-NODEPORTS

Everything is reached by goto, so the end of a chain leads back to PREROUTING or OUTPUT: verdict marks are never overwritten by
a later rule, and an untouched address (`-j RETURN`) goes on to whoever owns it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from svcc.diag import Span
from svcc.emit.iptables.draft import Draft
from svcc.emit.iptables.match import Destination, LocalType, Match, Ports, Proto
from svcc.emit.iptables.rule import Goto, Return, Rule
from svcc.emit.iptables.service import DISCARD, REFUSE
from svcc.emit.iptables.tree import Branch, Node, grow
from svcc.emit.names import port_tree_chain, tree_chain
from svcc.graph.nodes import Frontend, Host, NodePort
from svcc.net import Address, Family, Network, Protocol, address_at, as_network, family_of, network_family, number

SERVICES = "SVCC-SERVICES"
LOCAL = "SVCC-LOCAL"
NODE_PORTS = "SVCC-NODEPORTS"
LOOPBACK = {Family.IPV4: as_network(Address("127.0.0.0"), 8), Family.IPV6: as_network(Address("::1"))}
PORT_BITS = 16

Entry = Callable[[Frontend], str]


class Dispatch:
    """Writes the chains that lead to the Services of one family."""

    def __init__(self, draft: Draft, host: Host, frontends: Iterable[Frontend], entry: Entry) -> None:
        self.draft = draft
        self.host = host
        self.entry = entry
        family = draft.family
        self.owned = {one for one in host.cluster_ips if family_of(one) is family}
        self.untouched = {one for one in host.untouched if family_of(one) is family}
        self.by_address: dict[int, list[Frontend]] = {number(one): [] for one in self.owned | self.untouched}
        self.node_ports: dict[Protocol, dict[int, Frontend]] = {}
        for one in frontends:
            if isinstance(one.at, NodePort):
                self.node_ports.setdefault(one.at.protocol, {})[one.at.port] = one
            else:
                self.by_address.setdefault(number(one.at.address), []).append(one)

    def write(self) -> None:
        """Write SVCC-SERVICES and everything below it."""
        family = self.draft.family
        keys = sorted(self.by_address)
        for network in self.host.service_cidrs:
            if network_family(network) is not family:
                continue
            low, high = int(network.network_address), int(network.broadcast_address)
            inside = [key for key in keys if low <= key <= high]
            keys = [key for key in keys if not low <= key <= high]
            name = tree_chain(network)
            self.draft.add("nat", SERVICES, Rule((Destination(network),), Goto(name)))
            self._tree(grow(inside, family.bits, low, network.prefixlen), name, DISCARD)
        self._tree(grow(keys, family.bits), SERVICES, LOCAL)
        self._local()

    def _tree(self, node: Node, name: str, default: str) -> None:
        """Write one node into the chain `name`; what no rule takes goes to `default`."""
        if isinstance(node, Branch):
            for child in node.children:
                network = as_network(address_at(child.low, self.draft.family), child.length)
                below = tree_chain(network)
                self.draft.add("nat", name, Rule((Destination(network),), Goto(below)))
                self._tree(child, below, default)
        else:
            for rule, origin in self._leaf(node.keys):
                self.draft.add("nat", name, rule, origin)
        self.draft.add("nat", name, Rule((), Goto(default)))

    def _leaf(self, keys: Iterable[int]) -> Iterator[tuple[Rule, Span | None]]:
        closing: list[tuple[Rule, Span | None]] = []
        for key in keys:
            address = address_at(key, self.draft.family)
            at = Destination(as_network(address))
            frontends = self.by_address[key]
            for one in frontends:
                protocol = one.at.protocol
                matches = (at, Proto(protocol), Ports(one.at.port, one.at.port, protocol))
                yield Rule(matches, Goto(self.entry(one))), one.origin
            origin = frontends[0].origin if frontends else None
            if address in self.untouched:
                closing.append((Rule((at,), Return()), origin))
            elif address in self.owned:
                closing.append((Rule((at,), Goto(REFUSE)), origin))
        yield from closing

    def _local(self) -> None:
        """Write the way to the node ports: only for the node's own addresses, and of those only the chosen ones."""
        family = self.draft.family
        chosen = [one for one in self.host.node_ports_on if network_family(one) is family]
        self.draft.chain("nat", LOCAL)
        if not self.node_ports or not chosen:
            return
        loopback = LOOPBACK[family]
        hidden = family is Family.IPV6 or not self.host.localhost_ports
        if hidden and any(_overlap(one, loopback) for one in chosen):
            self.draft.add("nat", LOCAL, Rule((Destination(loopback),), Return()))
        for network in chosen:
            where: tuple[Match, ...] = (Destination(network),) if network.prefixlen else ()
            self.draft.add("nat", LOCAL, Rule((*where, LocalType(source=False)), Goto(NODE_PORTS)))
        for protocol, frontends in sorted(self.node_ports.items(), key=lambda one: one[0].value):
            self._ports(grow(sorted(frontends), PORT_BITS), NODE_PORTS, protocol, frontends)

    def _ports(self, node: Node, name: str, protocol: Protocol, frontends: Mapping[int, Frontend]) -> None:
        proto = Proto(protocol)
        if not isinstance(node, Branch):
            for port in node.keys:
                matches = (proto, Ports(port, port, protocol))
                one = frontends[port]
                self.draft.add("nat", name, Rule(matches, Goto(self.entry(one))), one.origin)
            return
        for child in node.children:
            low, high = child.low, child.low + (1 << (PORT_BITS - child.length)) - 1
            below = port_tree_chain(protocol, low, high)
            self.draft.add("nat", name, Rule((proto, Ports(low, high, protocol)), Goto(below)))
            self._ports(child, below, protocol, frontends)


def _overlap(one: Network, other: Network) -> bool:
    return int(one.network_address) <= int(other.broadcast_address) and int(other.network_address) <= int(
        one.broadcast_address
    )
