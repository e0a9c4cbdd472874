"""What names answer: zones of records, and blocks of environment variables. The other half of the rule graph, built only on demand.

    Zone("cluster.local.", ttl=5)                                       EnvBlock("shop", (
      cart.shop.svc.cluster.local.  A  10.96.0.10                         ("CART_SERVICE_HOST", "10.96.0.10"),
      _http._tcp.cart.shop.svc.cluster.local.  SRV  0 100 80 cart…        ("CART_SERVICE_PORT", "80"), …))

Names are absolute, in lower case, and end with a dot. Records stand in the canonical order of DNS (RFC 4034, 6.1): owners by
their labels from the right, then by type and data as they are on the wire. The SOA of a zone is not among them: its serial is no
fact of the cluster.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

MAX_LABEL = 63
MAX_NAME = 253
"""Characters of a name without its last dot; 255 octets on the wire."""
_NAME = re.compile(rf"(?:[^.]{{1,{MAX_LABEL}}}\.)+\Z")


class RecordType(Enum):
    """The types of records that svcc makes, apart from SOA."""

    A = "A"
    NS = "NS"
    CNAME = "CNAME"
    PTR = "PTR"
    TXT = "TXT"
    AAAA = "AAAA"
    SRV = "SRV"


class NameRecord(NamedTuple):
    """One record; a named tuple, because there are so many of them."""

    owner: str
    type: RecordType
    data: str
    ttl: int


@dataclass(frozen=True, slots=True)
class Zone:
    """Everything that one zone answers, in canonical order; `server` is the name of its name server."""

    origin: str
    ttl: int
    server: str
    mailbox: str
    records: tuple[NameRecord, ...]

    @property
    def name(self) -> str:
        """The name of the zone without its last dot, as files and configurations have it."""
        return self.origin.removesuffix(".")


@dataclass(frozen=True, slots=True)
class EnvBlock:
    """The variables of the pods of one namespace, in the order of the Services; no name is there twice."""

    namespace: str
    variables: tuple[tuple[str, str], ...]

    @property
    def size(self) -> int:
        """The bytes that a process needs for it: each variable with its `=` and its end."""
        return sum(len(name) + len(value) + 2 for name, value in self.variables)


def canonical(name: str) -> list[str]:
    """Return what the names of DNS are ordered by: their labels from the right."""
    return name.removesuffix(".").split(".")[::-1]


def on_the_wire(name: str) -> list[tuple[int, str]]:
    """Return what names are ordered by where they are data: their labels from the left, each after its length."""
    return [(len(label), label) for label in name.split(".")]


def faults(zone: Zone) -> Iterator[str]:
    """Yield every structural fault of a zone, which is a bug in svcc: the input was checked before."""
    before: list[str] = []
    aliases = {one.owner for one in zone.records if one.type is RecordType.CNAME}
    for one in zone.records:
        labels = canonical(one.owner)
        if len(one.owner) > MAX_NAME + 1 or not _NAME.match(one.owner):
            yield f"{one.owner} is no name"
        if one.owner != zone.origin and not one.owner.endswith(f".{zone.origin}"):
            yield f"{one.owner} is not in {zone.origin}"
        if labels < before:
            yield f"{one.owner} is out of order"
        if labels == before and one.owner in aliases:
            yield f"{one.owner} is an alias and has other records"
        before = labels
    if len(set(zone.records)) != len(zone.records):
        yield f"{zone.origin} holds a record twice"


def demand_whole(zones: tuple[Zone, ...]) -> tuple[Zone, ...]:
    """Return zones unchanged.

    Raises:
        AssertionError: one has a fault, which is a bug in svcc.
    """
    found = [fault for zone in zones for fault in faults(zone)]
    if found:
        raise AssertionError("bug in svcc: " + "; ".join(found[:5]))
    return zones
