"""The companion: an nftables table of each family that says what IPVS cannot, before IPVS sees a packet.

hooks at -110, new connections only, then `services`:
  policies      frontend → how its clients are treated (gated, from-cluster, outside-local, …), as in the nftables target
  servers       frontend → accept (a virtual server waits), `refuse`, `discard`
  bound         addresses on svcc0: every other port of theirs is refused, or this node's own listeners would answer
  owned         cluster IPs of other proxies are left alone
  service-cidrs, inner-cidrs    what is nobody's, or only for the companion to use, is dropped
  node-ports    the same for node ports, by their port alone
other, outsiders      outsiders of a Local policy: marked for nat-prerouting and nat-output, which sends them to the inner address in `inner`
stand-ins             where a frontend's new connections go while its virtual server changes its scheduler; else nobody is there
localhost             node ports on localhost, which IPVS refuses: `pick`, `slots`, `members` as in the nftables target
nat-postrouting       masquerades what is marked, `hairpins` and `own-hairpins`; needs net.ipv4.vs.conntrack=1
"""

from collections.abc import Iterator

from svcc.diag import Span
from svcc.emit.ipvs.ruleset import RealKey
from svcc.emit.nftables.ids import classid
from svcc.emit.nftables.policy import OTHER, PORT, Policy, mark_rule, rules
from svcc.emit.nftables.ruleset import COMPANION, TO_SERVICES, Chain, Collection, NftTable
from svcc.emit.nftables.skeleton import CLEAR, LOST, network_text
from svcc.emit.nftables.words import PORT_KEY, PROTOCOLS, Words, words
from svcc.graph.nodes import Gate, Host
from svcc.net import LOOPBACK, Address, Family, Network, network_family

INNER, STAND_IN = 0x5C000001, 0x5C000002
"""The priorities of a packet on its way to the inner address of its frontend, or to that of a stand-in; cleared behind the translation."""
STAND_INS = "stand-ins"
SERVED, TO_STAND_IN = "accept", "goto to-stand-in"
"""What becomes of packets to a frontend that has a virtual server."""
_BEFORE, _BEFORE_OUTPUT = "dstnat - 10", "-110"
"""One place, as nft lists it: for the hook `output` it knows no word."""
_EVERY = 0


class Companion:
    """The table of one family as it grows."""

    def __init__(self, host: Host, family: Family, inner_cidrs: tuple[Network, ...]) -> None:
        self.host = host
        self.family = family
        self.word: Words = words(family)
        self.collections = _collections(self.word, host, family, inner_cidrs)
        self.chains = dict(_chains(self.word, host, family))

    def table(self) -> NftTable:
        """Return the table."""
        return NftTable(self.family, self.collections, self.chains, name=COMPANION)

    def frontend(self, key: str, prefix: str, server: str, policy: Policy, origin: Span | None, service: str) -> None:
        """Add a frontend: its policy, and `accept` or where else its packets go."""
        self._set(f"{prefix}servers", key, server, origin, service)
        if not policy.plain:
            self._set(f"{prefix}policies", key, f"jump {self._policy(policy, prefix)}", origin)

    def gate(self, key: str, prefix: str, gate: Gate, origin: Span | None) -> None:
        """Let only the sources of a gate go on to a frontend's policy."""
        policies = self.collections[f"{prefix}policies"].elements
        if key in policies:
            self._set(f"{prefix}gates", key, policies[key], origin)
        self._set(f"{prefix}policies", key, f"jump {prefix}gated", origin)
        for network in gate.allow:
            self._set(f"{prefix}allowed", f"{key} . {network_text(network)}", "", origin)

    def inner(self, key: str, prefix: str, to: RealKey | str, origin: Span | None) -> None:
        """Say where a frontend's outsiders go: to an inner address, or, as a verdict, to a chain that ends them."""
        if isinstance(to, str):
            self._set(f"{prefix}outsiders", key, to, origin)
            return
        self._set(f"{prefix}outsiders", key, "goto to-inner", origin)
        self._set(f"{prefix}inner", key, f"{to.address} . {to.port}", origin)

    def bound(self, address: Address) -> None:
        """Add an address of svcc0."""
        self._set("bound", address)

    def owned(self, address: Address) -> None:
        """Refuse the ports of a cluster IP that nobody serves."""
        self._set("owned", address, "goto unserved")

    def untouched(self, address: Address) -> None:
        """Leave a cluster IP to another proxy."""
        self._set("owned", address, "accept")

    def hairpin(self, backend: RealKey, origin: Span | None) -> None:
        """Rewrite the source where a client is the endpoint that was chosen for it."""
        name = "own-hairpins" if backend.address in self.host.addresses else "hairpins"
        self._set(name, f"{backend.address} . {backend.address}", "", origin)

    def _policy(self, policy: Policy, prefix: str) -> str:
        prefix = prefix if any(one.other for one in policy) else ""
        name = f"{prefix}{policy.name}"
        if name not in self.chains:
            self.chains[name] = Chain(None, tuple(rules(policy, self.host, self.word, self.family, prefix)))
        return name

    def _set(self, name: str, key: str, data: str = "", origin: Span | None = None, comment: str = "") -> None:
        collection = self.collections[name]
        elements, origins, comments = collection.elements, collection.origins, collection.comments
        assert isinstance(elements, dict)
        assert isinstance(origins, dict)
        assert isinstance(comments, dict)
        elements[key] = data
        if origin is not None:
            origins[key] = origin
        if comment:
            comments[key] = comment


def _collections(word: Words, host: Host, family: Family, inner_cidrs: tuple[Network, ...]) -> dict[str, Collection]:
    address = word.address
    found = {
        "pods": _networks(address, host.pods.networks, family),
        "service-cidrs": _networks(address, host.service_cidrs, family),
        "inner-cidrs": _networks(address, inner_cidrs, family),
        "node-ports-on": _networks(address, host.node_ports_on, family),
        "bound": Collection("set", (f"type {address}",), {}, {}),
        "owned": Collection("map", (f"type {address} : verdict",), {}, {}),
        "hairpins": Collection("set", (f"typeof {word.source} . {word.destination}",), {}, {}),
        "own-hairpins": Collection("set", (f"typeof {word.source} . {word.destination}",), {}, {}),
    }
    for prefix, key, kind in (
        ("", word.key, f"{address} . inet_proto . inet_service"),
        (PORT, PORT_KEY, "inet_proto . inet_service"),
    ):
        for name in ("policies", "gates", "servers", "outsiders"):
            found[f"{prefix}{name}"] = Collection("map", (f"typeof {key} : verdict",), {}, {})
        found[f"{prefix}allowed"] = Collection("set", (f"typeof {key} . {word.source}", "flags interval"), {}, {})
        # With `typeof`, nft 1.0.6 could not add a later rule that sends by these.
        for name in ("inner", STAND_INS):
            found[f"{prefix}{name}"] = Collection("map", (f"type {kind} : {address} . inet_service",), {}, {})
    return found


def _networks(address: str, networks: tuple[Network, ...], family: Family) -> Collection:
    held = {network_text(one): "" for one in networks if network_family(one) is family and one.prefixlen}
    return Collection("set", (f"type {address}", "flags interval"), held, {})


def _chains(word: Words, host: Host, family: Family) -> Iterator[tuple[str, Chain]]:
    plain: dict[str, tuple[str, ...]] = {
        "refuse": ("reject",),
        "discard": ("drop",),
        "unserved": (f"{PROTOCOLS} reject",),
        "to-inner": (f"meta priority set {classid(INNER)} accept",),
        "to-stand-in": (f"meta priority set {classid(STAND_IN)} accept",),
    }
    for prefix, key in (("", word.key), (PORT, PORT_KEY)):
        plain[f"{prefix}{OTHER}"] = (f"{key} vmap @{prefix}outsiders",)
        plain[f"{prefix}gated"] = (f"{key} . {word.source} != @{prefix}allowed drop", f"{key} vmap @{prefix}gates")
    plain["node-ports"] = (f"{PORT_KEY} vmap @port-policies", f"{PORT_KEY} vmap @port-servers")
    plain["services"] = tuple(_services(word, host, family))
    yield from ((name, Chain(None, rules)) for name, rules in plain.items())
    yield from _base_chains(word, host, family)


def _services(word: Words, host: Host, family: Family) -> Iterator[str]:
    yield f"{word.key} vmap @policies"
    yield f"{word.key} vmap @servers"
    yield f"{word.destination} vmap @owned"
    yield f"{word.destination} @service-cidrs drop"
    yield f"{word.destination} @inner-cidrs drop"
    yield f"{word.destination} @bound goto unserved"
    local = "fib daddr type local"
    if not (host.localhost_ports and family is Family.IPV4):
        local += f" {word.destination} != {word.loopback}"
    if not any(one.prefixlen == _EVERY for one in host.node_ports_on if network_family(one) is family):
        local += f" {word.destination} @node-ports-on"
    yield f"{local} jump node-ports"


def _base_chains(word: Words, host: Host, family: Family) -> Iterator[tuple[str, Chain]]:
    mark = f"0x{1 << host.masquerade_bit:08x}"
    yield "before-prerouting", Chain(_base("filter", "prerouting", _BEFORE), (CLEAR, f"ct state new {TO_SERVICES}"))
    # A process of the node that connects to an address of svcc0 has that very address for a source: nobody could answer it.
    own = f"{PROTOCOLS} {word.source} @bound {word.destination} @bound {mark_rule(host)}"
    yield (
        "before-output",
        Chain(_base("filter", "output", _BEFORE_OUTPUT), (CLEAR, f"ct state new {own}", f"ct state new {TO_SERVICES}")),
    )
    to_inner = tuple(
        f"meta priority {classid(number)} {PROTOCOLS} dnat {word.family} to {key} map @{prefix}{name}"
        for number, name in ((INNER, "inner"), (STAND_IN, STAND_INS))
        for prefix, key in (("", word.key), (PORT, PORT_KEY))
    )
    # Whose stand-in goes in this instant: the virtual server has its scheduler again.
    back = f"meta priority {classid(STAND_IN)} accept"
    for hook, nat, scratch in (("prerouting", "dstnat", "dstnat + 1"), ("output", "-100", "-99")):
        yield f"nat-{hook}", Chain(_base("nat", hook, nat), (*to_inner, back, LOST))
        yield f"scratch-{hook}", Chain(_base("filter", hook, scratch), (CLEAR,))
    after = (
        f"meta mark & {mark} == {mark} meta mark set meta mark ^ {mark} masquerade fully-random",
        f"{word.source} . {word.destination} @hairpins masquerade fully-random",
        # What this node sends itself is only ours where it was sent to an address of svcc0; anything else of the kind is marked.
        f"ct original {word.destination} @bound {word.source} . {word.destination} @own-hairpins masquerade fully-random",
    )
    yield "nat-postrouting", Chain(_base("nat", "postrouting", "srcnat"), after)
    if host.localhost_ports and family is Family.IPV4:
        guard = (f'{word.destination} {LOOPBACK[family]} iif != "lo" drop',)
        yield "guard", Chain(_base("filter", "prerouting", "raw"), guard)


def _base(kind: str, hook: str, priority: str) -> str:
    return f"type {kind} hook {hook} priority {priority}; policy accept;"
