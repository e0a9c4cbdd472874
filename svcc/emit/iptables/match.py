"""The matches of an iptables rule, each a value that prints itself as iptables-save prints it.

    Destination(10.96.0.10/32).print(IPV4)   ->  -d 10.96.0.10/32
    Chance(Fraction(1, 3)).print(IPV4)       ->  -m statistic --mode random --probability 0.33333333349

These are all the matches that svcc ever writes; `read.py` is the inverse. Forms are those of iptables 1.8.9.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from svcc.emit.iptables.bounds import MAX_DENOMINATOR
from svcc.net import Family, Network, Protocol

MASKS = {Family.IPV4: "255.255.255.255", Family.IPV6: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}
SELF_TALK = {
    # Load a word of the source, compare it with the same word of the destination, give up at the first difference.
    Family.IPV4: "6,32 0 0 12,7 0 0 0,32 0 0 16,29 0 1 0,6 0 0 65535,6 0 0 0",
    Family.IPV6: (
        "18,32 0 0 8,7 0 0 0,32 0 0 24,29 0 13 0,32 0 0 12,7 0 0 0,32 0 0 28,29 0 9 0,"
        "32 0 0 16,7 0 0 0,32 0 0 32,29 0 5 0,32 0 0 20,7 0 0 0,32 0 0 36,29 0 1 0,6 0 0 65535,6 0 0 0"
    ),
}


def print_probability(probability: Fraction) -> str:
    """Return a probability as the kernel keeps it: a multiple of 2⁻³¹, with 11 decimals."""
    return _printed(probability.numerator, probability.denominator)


@cache
def _printed(numerator: int, denominator: int) -> str:
    steps = round(Fraction(numerator << 31, denominator))
    return f"{steps / (1 << 31):.11f}"


def read_probability(text: str) -> Fraction:
    """Return the simplest fraction that a printed probability stands for."""
    return Fraction(text).limit_denominator(MAX_DENOMINATOR)


@dataclass(frozen=True, slots=True)
class Source:
    """`-s`: the client's network."""

    network: Network
    negated: bool = False

    def print(self, _family: Family) -> str:
        return f"{'! ' if self.negated else ''}-s {self.network}"


@dataclass(frozen=True, slots=True)
class Destination:
    """`-d`: the network of the address asked for."""

    network: Network
    negated: bool = False

    def print(self, _family: Family) -> str:
        return f"{'! ' if self.negated else ''}-d {self.network}"


@dataclass(frozen=True, slots=True)
class InInterface:
    """`-i`: the interface the packet came in through; a name that ends in `+` is the start of one."""

    name: str
    negated: bool = False

    def print(self, _family: Family) -> str:
        return f"{'! ' if self.negated else ''}-i {self.name}"


@dataclass(frozen=True, slots=True)
class Proto:
    """`-p`: the transport protocol."""

    protocol: Protocol

    def print(self, _family: Family) -> str:
        return f"-p {self.protocol.word}"


@dataclass(frozen=True, slots=True)
class Ports:
    """`-m tcp --dport`: destination ports from `low` to `high`, of the protocol matched before."""

    low: int
    high: int
    protocol: Protocol

    def print(self, _family: Family) -> str:
        return f"-m {self.protocol.word} --dport {self.low}" + (f":{self.high}" if self.high != self.low else "")


@dataclass(frozen=True, slots=True)
class Comment:
    """`-m comment`: the Service port that a chain belongs to."""

    text: str

    def print(self, _family: Family) -> str:
        return f'-m comment --comment "{self.text}"'


@dataclass(frozen=True, slots=True)
class LocalType:
    """`-m addrtype`: the source or destination is the node's own address."""

    source: bool

    def print(self, _family: Family) -> str:
        return f"-m addrtype --{'src' if self.source else 'dst'}-type LOCAL"


@dataclass(frozen=True, slots=True)
class MarkIs:
    """`-m mark`: the packet's mark has this value under this mask."""

    value: int
    mask: int

    def print(self, _family: Family) -> str:
        return f"-m mark --mark {self.value:#x}/{self.mask:#x}"


@dataclass(frozen=True, slots=True)
class Translated:
    """`-m conntrack --ctstate DNAT`: the destination was rewritten."""

    def print(self, _family: Family) -> str:
        return "-m conntrack --ctstate DNAT"


@dataclass(frozen=True, slots=True)
class SelfTalk:
    """`-m bpf`: source and destination address are equal."""

    def print(self, family: Family) -> str:
        return f'-m bpf --bytecode "{SELF_TALK[family]}"'


@dataclass(frozen=True, slots=True)
class Chance:
    """`-m statistic`: matches with this probability, kept as the simplest fraction that prints the same."""

    probability: Fraction

    def print(self, _family: Family) -> str:
        return f"-m statistic --mode random --probability {print_probability(self.probability)}"


@dataclass(frozen=True, slots=True)
class Remembered:
    """`-m recent --update`: the client was put into this list at most `seconds` ago; renews it."""

    name: str
    seconds: int

    def print(self, family: Family) -> str:
        return f"-m recent --update --seconds {self.seconds} --reap --name {self.name} --mask {MASKS[family]} --rsource"


@dataclass(frozen=True, slots=True)
class Remember:
    """`-m recent --set`: always matches, and puts the client into this list."""

    name: str

    def print(self, family: Family) -> str:
        return f"-m recent --set --name {self.name} --mask {MASKS[family]} --rsource"


Match = (
    Source
    | Destination
    | InInterface
    | Proto
    | Ports
    | Comment
    | LocalType
    | MarkIs
    | Translated
    | SelfTalk
    | Chance
    | Remembered
    | Remember
)
