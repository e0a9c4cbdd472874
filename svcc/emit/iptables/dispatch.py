"""Write the dispatch: from the address or node port asked for to a Service's chain, through trees of prefixes.

    SVCC-SERVICES       -d 10.96.0.0/16 -g SVCC-T-10.96.0.0-16           a service range: its tree ends in SVCC-DISCARD
                        -d 192.0.2.1/32 -p tcp -m tcp --dport 80 -g …     other addresses, or `-j` into their tree
                        -g SVCC-LOCAL
    SVCC-T-10.96.0.0-16 -d 10.96.0.0/20 -g SVCC-T-10.96.0.0-20  …
    SVCC-T-10.96.0.8-30 -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -g SVCC-SVC-…
                        -d 10.96.0.10/32 -g SVCC-REFUSE                   a cluster IP of ours: its other ports
                        -g SVCC-DISCARD                                   the range's unowned addresses
    SVCC-LOCAL          -m mark --mark 0x8000/0x8000 -j RETURN            a tree has given its verdict
                        -m addrtype --dst-type LOCAL -g SVCC-NODEPORTS

A service range's tree is reached by goto alone, so its end leads back to PREROUTING or OUTPUT. The tree of all other addresses
is jumped to and comes back to SVCC-SERVICES, since any of them may be the node's own and have node ports too; what it has
decided travels in the mark. An untouched address there is told by the masquerade bit alone, which LOCAL takes off again.

nf_tables follows jumps and gotos 15 deep, counted over every way through the chains (measured on Linux 6.18; "Too many links").
The longest ends: SERVICES, tree, FW, EXT, SVC, OUTSIDERS, or SERVICES, LOCAL, NODEPORTS, tree of ports, and the same four.
"""

from collections.abc import Callable, Iterable, Mapping

from svcc.diag import Span
from svcc.emit.iptables.draft import Draft
from svcc.emit.iptables.match import Comment, Destination, LocalType, MarkIs, Match, Ports, Proto
from svcc.emit.iptables.rule import Action, Goto, Jump, Return, Rule, SetMark
from svcc.emit.iptables.service import DISCARD, REFUSE
from svcc.emit.iptables.tree import Branch, Leaf, Node, Prefix, grow
from svcc.emit.names import port_tree_chain, tree_chain
from svcc.graph.nodes import Frontend, Host, NodePort
from svcc.net import (
    LOOPBACK,
    Family,
    Network,
    Protocol,
    address_at,
    as_network,
    family_of,
    network_family,
    number,
)

SERVICES = "SVCC-SERVICES"
LOCAL = "SVCC-LOCAL"
NODE_PORTS = "SVCC-NODEPORTS"
LEAVE = "SVCC-LEAVE"
UNMARK = "SVCC-UNMARK"
PORT_BITS = 16
ADDRESS_DEPTH = 9
"""Chains below a tree's first one: with SERVICES, that first one and the four of a Service, 15."""
PORT_DEPTH = 7
"""Two bits a step: the last step of 16 bits is a leaf, so a tree of ports is never deeper."""

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
            tree = grow(inside, Prefix(family.bits, low, network.prefixlen), ADDRESS_DEPTH)
            self._tree(tree, name, Rule((), Goto(DISCARD)), Return())
        self._others(grow(keys, Prefix(family.bits), ADDRESS_DEPTH))
        self.draft.add("nat", SERVICES, Rule((), Goto(LOCAL)))
        self._local()

    def _others(self, root: Node) -> None:
        """Write the tree of the addresses outside of the service ranges, its root into SVCC-SERVICES itself."""
        if isinstance(root, Leaf):
            self._leaf(root.keys, SERVICES, Return())
            return
        masquerade = 1 << self.host.masquerade_bit
        leave: Action = Return()
        if self.untouched:
            leave = Goto(LEAVE)
            self.draft.add("nat", LEAVE, Rule((), SetMark(masquerade, masquerade)))
        for child in root.children:
            network = self._network(child)
            below = tree_chain(network)
            self.draft.add("nat", SERVICES, Rule((Destination(network),), Jump(below)))
            self._tree(child, below, None, leave)

    def _network(self, node: Node) -> Network:
        return as_network(address_at(node.low, self.draft.family), node.length)

    def _tree(self, node: Node, name: str, default: Rule | None, leave: Action) -> None:
        """Write one node into the chain `name`; `default` is its last rule, `leave` what an untouched address does."""
        if isinstance(node, Branch):
            for child in node.children:
                network = self._network(child)
                below = tree_chain(network)
                self.draft.add("nat", name, Rule((Destination(network),), Goto(below)))
                self._tree(child, below, default, leave)
        else:
            self._leaf(node.keys, name, leave)
        if default is not None:
            self.draft.add("nat", name, default)

    def _leaf(self, keys: Iterable[int], name: str, leave: Action) -> None:
        """Write the Services of a few addresses, then what the addresses' other ports get."""
        closing: list[tuple[Rule, Span | None]] = []
        for key in keys:
            address = address_at(key, self.draft.family)
            at = Destination(as_network(address))
            frontends = self.by_address[key]
            for one in frontends:
                self._enter(name, (at,), one)
            origin = frontends[0].origin if frontends else None
            if address in self.untouched:
                closing.append((Rule((at,), leave), origin))
            elif address in self.owned:
                closing.append((Rule((at,), Goto(REFUSE)), origin))
        for rule, origin in closing:
            self.draft.add("nat", name, rule, origin)

    def _enter(self, name: str, where: tuple[Match, ...], one: Frontend) -> None:
        """Write the rule that sends a frontend's packets on; where no chain of its Service follows, it says whose it is."""
        protocol, port = one.at.protocol, one.at.port
        matches = (*where, Proto(protocol), Ports(port, port, protocol))
        entry = self.entry(one)
        if entry in (REFUSE, DISCARD):
            matches = (*matches, Comment(str(one.service)))
        self.draft.add("nat", name, Rule(matches, Goto(entry)), one.origin)

    def _local(self) -> None:
        """Write the way to the node ports: only for the node's own addresses, and of those only the chosen ones."""
        family = self.draft.family
        chosen = [one for one in self.host.node_ports_on if network_family(one) is family]
        masquerade, verdict = 1 << self.host.masquerade_bit, 1 << self.host.verdict_bit
        self.draft.add("nat", LOCAL, Rule((MarkIs(verdict, verdict),), Return()))
        if self.draft.has("nat", LEAVE):
            left_alone = MarkIs(masquerade, masquerade)
            self.draft.add("nat", LOCAL, Rule((left_alone,), Goto(UNMARK)))
            self.draft.add("nat", UNMARK, Rule((), SetMark(0, masquerade)))
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
            self._ports(grow(sorted(frontends), Prefix(PORT_BITS), PORT_DEPTH), NODE_PORTS, protocol, frontends)

    def _ports(self, node: Node, name: str, protocol: Protocol, frontends: Mapping[int, Frontend]) -> None:
        proto = Proto(protocol)
        if not isinstance(node, Branch):
            for port in node.keys:
                self._enter(name, (), frontends[port])
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
