"""A packet on its way through a table.

state = State(packet)     value("th dport", state)  ->  "80"
"""

from dataclasses import dataclass
from fractions import Fraction
from ipaddress import ip_address

from svcc.diag import Span
from svcc.emit.nftables.hairpin import printed
from svcc.emit.nftables.statement import is_drawn
from svcc.graph.packet import Dnat, Fate, Outcome, Packet
from svcc.net import Address, family_of, number


class UnknownRule(ValueError):  # noqa: N818 - it names what was met
    """A chain of ours holds a rule that svcc does not write, or goes to what is not there."""


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that matched on the way to every outcome."""

    chain: str
    rule: str
    origin: Span | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What a packet looks like now, how probable that is, and what it has met."""

    packet: Packet
    share: Fraction = Fraction(1)
    mark: int = 0
    priority: str = ""
    translated: bool = False
    masqueraded: bool = False
    fate: Fate | None = None
    steps: tuple[Step, ...] = ()
    affinity: int | None = None
    service: str = ""
    """The Service port that the frontend's comment names."""
    original: str = ""
    """The destination that it had when it came."""

    @property
    def outcome(self) -> Outcome:
        """What became of the packet."""
        if self.fate is not None:
            return self.fate
        if self.translated:
            return Dnat(self.packet.destination, self.packet.port, self.masqueraded)
        if self.masqueraded:
            raise UnknownRule("a packet that no Service takes would be masqueraded: somebody marks it")
        return Fate.UNTOUCHED


def value(field: str, state: State, slot: int | None = None) -> str:
    """Return what a packet has for one field of a key, as nft prints it; `slot` is what was drawn."""
    packet = state.packet
    if is_drawn(field):
        return str(slot)
    if field.startswith("ct original "):
        return state.original
    field, masked, mask = field.partition(" & ")
    if masked:
        return _masked(value(field, state), mask)
    match field.rpartition(" ")[2]:
        case "saddr":
            return packet.source
        case "daddr":
            return packet.destination
        case "l4proto":
            return packet.protocol.word if packet.protocol else "another"
        case "dport":
            return str(packet.port)
        case "priority":
            return state.priority
        case _:
            raise UnknownRule(f"svcc asks for no {field}")


def _masked(address: str, mask: str) -> str:
    family = family_of(Address(mask))
    bits = number(Address(address)) & int(ip_address(mask))
    return printed(bits, family)


def key(fields: tuple[str, ...], state: State, slot: int | None = None) -> str:
    """Return what a packet has for a whole key."""
    return " . ".join(value(one, state, slot) for one in fields)
