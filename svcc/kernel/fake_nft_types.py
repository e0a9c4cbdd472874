"""What type the fields of keys and data have, and whether a text is of a type, in the one way in which nft prints it.

declared(("typeof ip daddr . meta l4proto . th dport : meta priority",))  ->  (("ipv4_addr", "inet_proto", "inet_service"), ("classid",))
misfit("10.96.0.10 . 80", ("ipv4_addr", "inet_proto"))                    ->  "80"
misfit("10.96.0.0/16", ("ipv4_addr",), interval=True)                     ->  None
"""

import ipaddress
import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from svcc.emit.nftables.hairpin import printed
from svcc.emit.nftables.statement import is_drawn
from svcc.kernel.fake_nft_script import Refused
from svcc.net import Family

Types = tuple[str, ...]
VERDICT = ("verdict",)

_OF_FIELDS = {
    "ip saddr": "ipv4_addr",
    "ip daddr": "ipv4_addr",
    "ip6 saddr": "ipv6_addr",
    "ip6 daddr": "ipv6_addr",
    "meta l4proto": "inet_proto",
    "th dport": "inet_service",
    "meta priority": "classid",
}
_DECLARED = re.compile(r"(type|typeof) (.+?)(?: : (.+))?\Z")
_CLASSID = re.compile(r"(?:0|[1-9a-f][0-9a-f]{0,3}):(?:0|[1-9a-f][0-9a-f]{0,3})\Z")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)\Z")
_VERDICT = re.compile(r"(?:accept|drop|return|(?:jump|goto) \S+)\Z")
_MAX_PORT, _MAX_INTEGER = 0xFFFF, 0xFFFFFFFF


def declared(head: Sequence[str]) -> tuple[Types, Types]:
    """Return the types of a set's or map's key, and those of its data, none for a set."""
    found = _DECLARED.match(head[0]) if head else None
    if found is None:
        raise Refused("set definition does not specify key", by_kernel=False)
    how, key, data = found.groups()
    key_types, data_types = (tuple(part.split(" . ")) if part else () for part in (key, data))
    if how == "type":
        return key_types, data_types
    return types_of(key_types), data_types if data_types == VERDICT else types_of(data_types)


def types_of(fields: Sequence[str]) -> Types:
    """Return the types of fields of a packet, or of numbers that are drawn."""
    return tuple(map(_type, fields))


def _type(field: str) -> str:
    if is_drawn(field):
        return "integer"
    known = _OF_FIELDS.get(field.removeprefix("ct original ").partition(" & ")[0])
    if known is None:
        raise Refused(f"syntax error, unexpected {field}", field, by_kernel=False)
    return known


def misfit(text: str, types: Types, *, interval: bool = False) -> str | None:
    """Return the first field that is not of its type, the whole text where their number differs, None where all is well."""
    fields = text.split(" . ")
    if len(fields) != len(types):
        return text
    last = len(fields) - 1
    for index, (field, wanted) in enumerate(zip(fields, types, strict=True)):
        network = interval and index == last
        if not (_is_network(field, wanted) if network else wanted in _READERS and _READERS[wanted](field)):
            return field
    return None


def network(field: str) -> IPv4Network | IPv6Network:
    """Return the network that a field of a set with intervals is; one address is one too."""
    return ipaddress.ip_network(field)


def _is_network(field: str, wanted: str) -> bool:
    try:
        read = ipaddress.ip_network(field)
    except ValueError:
        return False
    alone = read.prefixlen == read.max_prefixlen
    family = IPv4Network if wanted == "ipv4_addr" else IPv6Network
    return isinstance(read, family) and field == str(read.network_address if alone else read)


def _is_address(field: str, family: Family) -> bool:
    parsed = IPv4Address if family is Family.IPV4 else IPv6Address
    try:
        return printed(int(parsed(field)), family) == field
    except ValueError:
        return False


def _is_number(field: str, most: int) -> bool:
    return _NUMBER.match(field) is not None and int(field) <= most


_READERS: dict[str, Callable[[str], bool]] = {
    "ipv4_addr": lambda field: _is_address(field, Family.IPV4),
    "ipv6_addr": lambda field: _is_address(field, Family.IPV6),
    "inet_proto": lambda field: field in ("tcp", "udp", "sctp"),
    "inet_service": lambda field: _is_number(field, _MAX_PORT),
    "integer": lambda field: _is_number(field, _MAX_INTEGER),
    "classid": lambda field: _CLASSID.match(field) is not None,
    "verdict": lambda field: _VERDICT.match(field) is not None,
}
