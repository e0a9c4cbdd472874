"""A packet, and what can become of it: the words in which every walk answers.

Packet(PREROUTING, "eth0", "192.0.2.9", "10.96.0.10", TCP, 80)
  -> {Dnat("10.128.7.21", 8080, masquerade=True): 1/2, Dnat("10.128.9.31", 8080, masquerade=True): 1/2}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from svcc.net import Address, Protocol


class Hook(Enum):
    """Where a packet first meets the rules: it came in through an interface, or a process of the node sent it."""

    PREROUTING = "PREROUTING"
    OUTPUT = "OUTPUT"


@dataclass(frozen=True, slots=True)
class Packet:
    """The first packet of a connection. `protocol` None is any other protocol (a ping), with port 0."""

    hook: Hook
    iface: str | None
    source: Address
    destination: Address
    protocol: Protocol | None
    port: int


class Dnat(NamedTuple):
    """The packet goes to this backend, with the client's address kept or rewritten."""

    address: Address
    port: int
    masquerade: bool


class Fate(Enum):
    """What else can become of a packet."""

    REJECT = "reject"
    DROP = "drop"
    UNTOUCHED = "accept"


Outcome = Dnat | Fate
Outcomes = Mapping[Outcome, Fraction]
"""Each possible outcome with its exact probability; they sum to 1."""
