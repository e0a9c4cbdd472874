"""Build the reverse zones: from addresses back to names.

    Pointer("10.96.0.10", "cart.shop.svc.cluster.local.")             Zone("96.10.in-addr.arpa.", (
    Pointer("10.128.7.31", "10-128-7-31.cart.shop.svc.cluster…")  ->    10.0.96.10.in-addr.arpa.  PTR  cart.shop.svc.cluster.local.)),
      serviceCIDRs [10.96.0.0/16], clusterCIDRs [10.128.0.0/14]       Zone("128.10.in-addr.arpa.", …)

A zone answers "no such name" for everything that it does not hold, so each is as small as the configuration lets it be: a range
is cut at the next octet (IPv4) or nibble (IPv6), and only the pieces that hold somebody are zones. An address outside of all
ranges is in a zone of its /24, or /64. No zone lies in another, so none needs a delegation.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv6Address
from typing import NamedTuple

from svcc.config import NodeConfig
from svcc.graph.names import NameRecord, RecordType, Zone, on_the_wire
from svcc.net import Address, Family, Network, collapse, network_family, number

_OCTET, _NIBBLE = 8, 4
_STRAY = {Family.IPV4: 24, Family.IPV6: 64}
_MOST = {Family.IPV4: 24, Family.IPV6: 124}
"""The longest prefix of a zone: one of a single address would have its record at its own top."""
_STRAY_NIBBLES = _STRAY[Family.IPV6] // _NIBBLE
_new = tuple.__new__


class Pointer(NamedTuple):
    """An address and a name that it has."""

    address: Address
    name: str


def reverse_zones(pointers: Iterable[Pointer], forward: Zone, config: NodeConfig) -> Iterator[Zone]:
    """Yield the reverse zones that hold these addresses, by name; name server and TTL are those of the forward zone."""
    ranges = collapse((*config.service_cidrs, *config.cluster_cidrs, *config.pod_cidrs))
    names: dict[Address, set[str]] = {}
    for address, name in pointers:
        names.setdefault(address, set()).add(name)
    held = {
        **_four((one for one in names if ":" not in one), _of(ranges, Family.IPV4)),
        **_six([one for one in names if ":" in one], _of(ranges, Family.IPV6)),
    }
    for origin in sorted(held):
        records = [NameRecord(origin, RecordType.NS, forward.server, forward.ttl)]
        for _, owner, address in sorted(held[origin]):
            several = sorted(names[address], key=on_the_wire) if len(names[address]) > 1 else names[address]
            records += [_new(NameRecord, (owner, RecordType.PTR, name, forward.ttl)) for name in several]
        yield Zone(origin, forward.ttl, forward.server, forward.mailbox, tuple(records))


_Held = dict[str, list[tuple[list[str] | str, str, Address]]]
"""Origin → what its records are ordered by, their owners, and whose names they hold."""


def _of(ranges: Iterable[Network], family: Family) -> list[Network]:
    return [one for one in ranges if network_family(one) is family]


def _cut(value: int, ranges: Iterable[Network], family: Family) -> int:
    """Return the length of the prefix at which the zone of an address is cut."""
    step = _OCTET if family is Family.IPV4 else _NIBBLE
    for one in ranges:
        if value & int(one.netmask) == int(one.network_address):
            # Two halves of everything are one range without any digit of its own.
            return min(max(1, -(-one.prefixlen // step)) * step, _MOST[family])
    return _STRAY[family]


def _four(addresses: Iterable[Address], ranges: list[Network]) -> _Held:
    held: _Held = {}
    origins: dict[str, str] = {}
    for address in addresses:
        octets = address.split(".")
        piece = address.rpartition(".")[0]
        origin = origins.get(piece)
        if origin is None:
            kept = _cut(number(address), ranges, Family.IPV4) // _OCTET
            origin = origins[piece] = f"{'.'.join(octets[:kept][::-1])}.in-addr.arpa."
        held.setdefault(origin, []).append((octets, f"{'.'.join(octets[::-1])}.in-addr.arpa.", address))
    return held


def _six(addresses: Iterable[Address], ranges: list[Network]) -> _Held:
    cuts = [
        (one, IPv6Address(one).exploded.replace(":", ""), _cut(number(one), ranges, Family.IPV6) // _NIBBLE)
        for one in addresses
    ]
    # Where somebody stands outside of a small range but in its /64, one zone holds both.
    wide = {nibbles[:_STRAY_NIBBLES] for _, nibbles, kept in cuts if kept == _STRAY_NIBBLES}
    held: _Held = {}
    for address, nibbles, kept in cuts:
        at = _STRAY_NIBBLES if nibbles[:_STRAY_NIBBLES] in wide else kept
        origin, owner = (f"{'.'.join(word[::-1])}.ip6.arpa." for word in (nibbles[:at], nibbles))
        held.setdefault(origin, []).append((nibbles, owner, address))
    return held
