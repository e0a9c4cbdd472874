"""What is in a table whatever the Services are: the chains that lead to maps, and the maps that lead to chains.

    services → policies (gated, from-cluster, …) → pools → pick → picks → pick-N → slots → send → members
             → owned (unserved ports, other proxies) → service ranges → node-ports → the same with `port-`

`shape_chains` are those of which each number of endpoints needs one: `pick-3`, or `sticky-3-10800` for session affinity.
"""

from collections.abc import Iterator
from typing import NamedTuple

from svcc.emit.nftables.hairpin import SAME, comparisons, digits
from svcc.emit.nftables.ids import DISCARD, MASK, POOLS, REFUSE, classid
from svcc.emit.nftables.policy import OTHER, PORT
from svcc.emit.nftables.ruleset import TO_SERVICES, Chain, Collection
from svcc.emit.nftables.words import PORT_KEY, PROTOCOLS, SLOT, Words, duration
from svcc.graph.nodes import Host
from svcc.net import LOOPBACK, Family, Network, network_family

AFFINITY_CLIENTS = 262144
NAT_BEFORE, NAT_AFTER, CLEARED, RAW = "dstnat", "srcnat", "dstnat + 1", "raw"
_CARRIES = f"meta priority & {classid(MASK)} == {classid(POOLS << 24)}"
CLEAR = f"{_CARRIES} meta priority set none"
LOST = f"{_CARRIES} drop"
"""For a packet that comes back to its hook with a number, and was not translated."""
_EVERY = 0


class Shape(NamedTuple):
    """What a pool's pick chain depends on: how many slots, who remembers for how long, and how one is chosen."""

    slots: int
    seconds: int | None = None
    other: bool = False
    """A sticky pool that is a frontend's other one."""
    hashed: bool = False

    @property
    def chain(self) -> str:
        """The name of the chain that chooses a slot."""
        if self.seconds is not None:
            return f"{'other-' * self.other}sticky-{'hash-' * self.hashed}{self.slots}-{self.seconds}"
        return f"hash-{self.slots}" if self.hashed else f"pick-{self.slots}"


def collections(word: Words, host: Host, family: Family) -> dict[str, Collection]:
    """Return every set and map; only those that the host fills have elements."""
    address, keyed = word.address, "inet_proto . inet_service . classid"
    backend = f"{address} . inet_service"
    found = {
        "pods": _networks(address, host.pods.networks, family),
        "service-cidrs": _networks(address, host.service_cidrs, family),
        "node-ports-on": _networks(address, host.node_ports_on, family),
        "owned": Collection("map", (f"type {address} : verdict",), {}),
        SAME: Collection("set", (f"typeof {word.source} . {word.destination}",), digits(family)),
    }
    for prefix, key in (("", word.key), (PORT, PORT_KEY)):
        found |= {
            f"{prefix}policies": Collection("map", (f"typeof {key} : verdict",), {}),
            f"{prefix}gates": Collection("map", (f"typeof {key} : verdict",), {}),
            f"{prefix}allowed": Collection("set", (f"typeof {key} . {word.source}", "flags interval"), {}),
            f"{prefix}pools": Collection("map", (f"typeof {key} : meta priority",), {}),
            f"{prefix}others": Collection("map", (f"typeof {key} : meta priority",), {}),
        }
    return found | {
        "picks": Collection(
            "map", ("typeof meta priority : verdict",), {REFUSE: "goto refuse", DISCARD: "goto discard"}
        ),
        "slots": Collection("map", (f"typeof meta priority . {SLOT} : meta priority",), {}),
        # With `typeof`, nft 1.0.6 could not add a later rule that sends by these.
        "members": Collection("map", (f"type classid : {backend}",), {}),
        "sticky": Collection("map", (f"type {address} . {keyed} : {backend}",), {}),
        "port-sticky": Collection("map", (f"type {keyed} : {backend}",), {}),
        "affinity": Collection(
            "map",
            (f"typeof {word.client_type} : meta priority", f"size {AFFINITY_CLIENTS}", "flags dynamic,timeout"),
            {},
        ),
    }


def _networks(address: str, networks: tuple[Network, ...], family: Family) -> Collection:
    held = [one for one in networks if network_family(one) is family]
    elements = {network_text(one): "" for one in held if one.prefixlen}
    return Collection("set", (f"type {address}", "flags interval"), elements)


def network_text(network: Network) -> str:
    """Return a network as nft prints it: one address without a length."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def chains(word: Words, host: Host, family: Family) -> dict[str, Chain]:
    """Return the chains that are always there."""
    mark = f"0x{1 << host.masquerade_bit:08x}"
    found = {
        "refuse": ("reject",),
        "discard": ("drop",),
        "unserved": (f"{PROTOCOLS} reject",),
        "send": (_dnat(word, "meta priority", "members"),),
        "sticky-send": (
            _dnat(word, f"{word.key} . meta priority", "sticky"),
            _dnat(word, f"{PORT_KEY} . meta priority", "port-sticky"),
        ),
        "pick": ("meta priority vmap @picks",),
        "pool": (f"meta priority set {word.key} map @pools return", f"meta priority set {PORT_KEY} map @port-pools"),
        "other-pool": (
            f"meta priority set {word.key} map @others return",
            f"meta priority set {PORT_KEY} map @port-others",
        ),
    }
    for prefix, key in (("", word.key), (PORT, PORT_KEY)):
        found[f"{prefix}{OTHER}"] = (f"meta priority set {key} map @{prefix}others goto pick",)
        found[f"{prefix}gated"] = (f"{key} . {word.source} != @{prefix}allowed drop", f"{key} vmap @{prefix}gates")
    found["node-ports"] = (f"{PORT_KEY} vmap @port-policies", f"meta priority set {PORT_KEY} map @port-pools goto pick")
    found["services"] = tuple(_services(word, host, family))
    plain = {name: Chain(None, rules) for name, rules in found.items()}
    return plain | dict(_base_chains(word, host, family, mark))


def _dnat(word: Words, key: str, name: str) -> str:
    return f"{PROTOCOLS} dnat {word.family} to {key} map @{name}"


def _services(word: Words, host: Host, family: Family) -> Iterator[str]:
    yield f"{word.key} vmap @policies"
    yield f"meta priority set {word.key} map @pools goto pick"
    yield f"{word.destination} vmap @owned"
    yield f"{word.destination} @service-cidrs drop"
    local = "fib daddr type local"
    if not (host.localhost_ports and family is Family.IPV4):
        local += f" {word.destination} != {word.loopback}"
    if not any(one.prefixlen == _EVERY for one in host.node_ports_on if network_family(one) is family):
        local += f" {word.destination} @node-ports-on"
    yield f"{local} jump node-ports"


def _base_chains(word: Words, host: Host, family: Family, mark: str) -> Iterator[tuple[str, Chain]]:
    translated = (CLEAR, TO_SERVICES, LOST)
    yield "nat-prerouting", Chain(_base("nat", "prerouting", NAT_BEFORE), translated)
    yield "nat-output", Chain(_base("nat", "output", "-100"), translated)
    *more, last = comparisons(word, family)
    hairpin = "masquerade fully-random" if not more else "jump hairpin"
    after = (
        f"meta mark & {mark} == {mark} meta mark set meta mark ^ {mark} masquerade fully-random",
        f"ct status dnat {last} {hairpin}",
    )
    yield "nat-postrouting", Chain(_base("nat", "postrouting", NAT_AFTER), after)
    if more:
        yield "hairpin", Chain(None, (f"{more[0]} masquerade fully-random",))
    yield "scratch-prerouting", Chain(_base("filter", "prerouting", CLEARED), (CLEAR,))
    yield "scratch-output", Chain(_base("filter", "output", "-99"), (CLEAR,))
    if host.localhost_ports and family is Family.IPV4:
        guard = (f'{word.destination} {LOOPBACK[family]} iif != "lo" drop',)
        yield "guard", Chain(_base("filter", "prerouting", RAW), guard)


def _base(kind: str, hook: str, priority: str) -> str:
    return f"type {kind} hook {hook} priority {priority}; policy accept;"


def shape_chains(shape: Shape, word: Words) -> dict[str, Chain]:
    """Return the chains that choose one of a number of slots."""
    chosen = f"jhash {word.source} mod {shape.slots} seed 0x0" if shape.hashed else f"numgen random mod {shape.slots}"
    to_member = f"meta priority set meta priority . {chosen} map @slots"
    if shape.seconds is None:
        return {shape.chain: Chain(None, (f"{to_member} goto send",))}
    known = f"known-{shape.seconds}"
    pool = "other-pool" if shape.other else "pool"
    return {
        known: Chain(
            None,
            (
                f"update @affinity {{ {word.client} timeout {duration(shape.seconds)} : meta priority }}",
                "jump sticky-send",
                f"delete @affinity {{ {word.client} : meta priority }}",
            ),
        ),
        shape.chain: Chain(
            None,
            (
                f"meta priority set {word.client} map @affinity jump {known}",
                f"jump {pool}",
                f"{to_member} goto {known}",
            ),
        ),
    }
