"""The expressions that rules and heads of maps are made of, in one family.

words(IPV4).key      ->  "ip daddr . meta l4proto . th dport"
words(IPV6).client   ->  four hashes, because nft 1.0.6 aborts on `update` with a key of more than 16 bytes
"""

import re
from functools import cache
from typing import NamedTuple

from svcc.emit.nftables.ruleset import WORDS
from svcc.net import Family

PORT_KEY = "meta l4proto . th dport"
PROTOCOLS = "meta l4proto { tcp, udp, sctp }"
SLOT = "numgen random mod 65536"
"""Only its type counts where this stands in a head."""


class Words(NamedTuple):
    """What depends on the family."""

    family: str
    address: str
    """The type of addresses."""
    source: str
    destination: str
    key: str
    """A frontend on an address."""
    client: str
    """A client of a frontend, as session affinity knows it."""
    client_type: str
    loopback: str


@cache
def words(family: Family) -> Words:
    """Return the expressions of a family."""
    word = WORDS[family]
    source, destination = f"{word} saddr", f"{word} daddr"
    key = f"{destination} . {PORT_KEY}"
    if family is Family.IPV4:
        client = f"{source} . {key}"
        return Words(word, "ipv4_addr", source, destination, key, client, client, "127.0.0.0/8")
    hashed = [(source, 1), (source, 2), (key, 3), (key, 4)]
    client = " . ".join(f"jhash {what} mod 4294967295 seed 0x{seed}" for what, seed in hashed)
    return Words(word, "ipv6_addr", source, destination, key, client, " . ".join([SLOT] * 4), "::1")


_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def duration(seconds: int) -> str:
    """Return a length of time as nft prints it: `1h30m`."""
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


def seconds_of(duration: str) -> int:
    """Return a length of time in seconds; the inverse of `duration`."""
    sizes = dict(_UNITS)
    return sum(int(count) * sizes[unit] for count, unit in re.findall(r"(\d+)([dhms])", duration))
