"""What the statements of a rule that decide nothing make of a packet.

    Matcher(table, addresses).apply(Lookup(("ip saddr",), "pods"), state)   ->   the state, or nothing where the rule does not match

Where a slot is drawn, there is one state for each, with its exact share.
"""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network

from svcc.emit.nftables.ids import MASK, POOLS
from svcc.emit.nftables.ruleset import Collection, NftTable
from svcc.emit.nftables.state import State, UnknownRule, key, value
from svcc.emit.nftables.statement import (
    Assign,
    Bits,
    Carries,
    Compare,
    IsLocal,
    Lookup,
    Nothing,
    Put,
    Statement,
    Translated,
    Transport,
    drawn_of,
)
from svcc.emit.nftables.words import seconds_of
from svcc.graph.packet import Packet
from svcc.net import Address, Network, contains, is_loopback


class Matcher:
    """One table, its networks read once. `addresses` are the node's own, loopback aside."""

    def __init__(self, table: NftTable, addresses: frozenset[Address]) -> None:
        self.table = table
        self._addresses = addresses
        self._networks: dict[str, dict[str, list[Network]]] = {}

    def collection(self, name: str) -> Collection:
        """Return a set or a map.

        Raises:
            UnknownRule: there is none of this name.
        """
        found = self.table.collections.get(name)
        if found is None:
            raise UnknownRule(f"{name} is asked but does not exist")
        return found

    def apply(self, part: Statement, state: State) -> Iterator[State]:
        """Yield a packet as it is after a statement; nothing where the rule does not match."""
        match part:
            case Assign():
                yield from self._assigned(part, state)
            case Put(priority):
                yield replace(state, priority=priority)
            case Bits(mark, "set"):
                yield replace(state, mark=state.mark | mark)
            case Bits(mark, "flip"):
                yield replace(state, mark=state.mark ^ mark)
            case Nothing(time):
                yield replace(state, affinity=seconds_of(time)) if time else state
            case _:
                if self._holds(part, state):
                    yield state

    def _holds(self, part: Statement, state: State) -> bool:
        packet = state.packet
        match part:
            case Lookup(fields, name, negated):
                return self._contains(name, fields, state) != negated
            case Compare(field, wanted, negated):
                return (
                    state.priority == wanted if field == "meta priority" else _equals(field, wanted, packet)
                ) != negated
            case IsLocal(source):
                address = packet.source if source else packet.destination
                return address in self._addresses or is_loopback(address)
            case Bits(mark, _):
                return state.mark & mark == mark
            case Carries():
                return state.priority != "" and int(state.priority.partition(":")[0], 16) & MASK >> 16 == POOLS << 8
            case Transport():
                return packet.protocol is not None
            case Translated():
                return state.translated
        raise AssertionError(f"bug in svcc: no meaning for {part}")

    def _assigned(self, part: Assign, state: State) -> Iterator[State]:
        collection = self.collection(part.name)
        if collection.dynamic:
            # The client has never been seen before.
            return
        slots = drawn_of(part.fields)
        for slot in range(slots or 1):
            data = collection.elements.get(key(part.fields, state, slot))
            if data is not None:
                whose = collection.comments.get(key(part.fields, state), state.service) if not slots else state.service
                yield replace(state, priority=data, share=state.share / (slots or 1), service=whose)
            elif slots:
                raise UnknownRule(f"{part.name} has no slot {slot} of {slots} for {state.priority}")

    def _contains(self, name: str, fields: tuple[str, ...], state: State) -> bool:
        collection = self.collection(name)
        if "flags interval" not in collection.head:
            return key(fields, state) in collection.elements
        if name not in self._networks:
            held = self._networks[name] = {}
            for element in collection.elements:
                before, _, network = element.rpartition(" . ")
                held.setdefault(before, []).append(_network(network, name))
        address = Address(value(fields[-1], state))
        return any(contains(one, address) for one in self._networks[name].get(key(fields[:-1], state), ()))


def _network(text: str, name: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise UnknownRule(f"{name} holds {text}") from None


def _equals(field: str, wanted: str, packet: Packet) -> bool:
    if field in ("iif", "iifname"):
        name = packet.iface or ""
        return name.startswith(wanted[:-1]) if wanted.endswith("*") else name == wanted
    address = packet.source if field.endswith("saddr") else packet.destination
    return contains(ip_network(wanted), address)
