"""Count what has come to each Service port, from what each target counts by itself.

    [7:420] -A SVCC-T-10.96.0.0-16 -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -g SVCC-SVC-A     ->  {"shop/cart:http": Count(connections=7)}

The nat table of iptables sees the first packet of each connection alone, so that a rule there counts connections: since its chain was written
last. IPVS counts connections, packets and bytes of each virtual server since that was made. nftables counts nothing: its rules are the same for
all Services, and a frontend is looked up in one map or another, with session affinity twice, so that counters of elements (which nft 1.0.6 loads
as fast as plain ones) would not be those of connections. What is open now is told by conntrack, or by IPVS.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from svcc.emit.iptables.text import parse
from svcc.net import Family
from svcc.plan.iptables_services import frontend_of

_COUNTED = re.compile(r"\[(\d+):\d+\] (-A (\S+) (.*))")


@dataclass(frozen=True, slots=True)
class Count:
    """What has come to a Service port; None is not counted."""

    open: int | None = None
    """Connections and flows that are open, or not forgotten yet."""
    connections: int | None = None
    packets_in: int | None = None
    packets_out: int | None = None
    bytes_in: int | None = None
    bytes_out: int | None = None

    def __add__(self, other: "Count") -> "Count":
        """Add two counts; what neither counts stays uncounted."""
        return Count(*(_sum(getattr(self, one.name), getattr(other, one.name)) for one in fields(self)))


Counts = Mapping[str, Count]
"""Service port → what has come to it."""


def _sum(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


def together(some: Iterable[tuple[str, Count]]) -> Counts:
    """Return the sum of the counts of each Service port, by name."""
    found: dict[str, Count] = {}
    for service, count in some:
        found[service] = found.get(service, Count()) + count
    return dict(sorted(found.items()))


def of_iptables(text: str, family: Family) -> Counts:
    """Return the connections that a text of `iptables-save -c` has counted."""
    plain: list[str] = []
    counted: list[tuple[str, str, int]] = []
    nat = False
    for line in text.splitlines():
        match = _COUNTED.match(line)
        plain.append(line if match is None else match[2])
        if line.startswith("*"):
            nat = line == "*nat"
        elif nat and match is not None:
            counted.append((match[3], match[4], int(match[1])))
    chains = parse("".join(f"{line}\n" for line in plain), family).tables.get("nat", {})
    found = ((frontend_of(chains, chain, rule), packets) for chain, rule, packets in counted)
    return together((service, Count(connections=packets)) for service, packets in found if service)
