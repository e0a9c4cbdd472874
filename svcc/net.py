"""Addresses, networks, ports and protocols: strict to parse, canonical to print.

    parse_address("10.1.2.3")        ->  Address("10.1.2.3")
    parse_address("010.1.2.3")       ->  ValueError: … leading zeros …
    parse_address("::ffff:10.1.2.3") ->  ValueError: … IPv4-mapped …
    parse_address("FD00:0::1")       ->  Address("fd00::1")

An `Address` is its canonical text and nothing else: it compares, hashes and prints at the speed of a string, and a value of
this type has passed `parse_address` once. Networks are few and are the standard library's.
"""

import re
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses
from typing import NewType

Address = NewType("Address", str)
Network = IPv4Network | IPv6Network

MAX_PORT = 65535
_MAX_ADDRESS = 60

# ::1:0 to ::ffff:ffff, which tools print as ::a.b.c.d; RFC 4291 retired them, and no canonical form is shared.
_IPV4_SIZED, _IPV4_END = 0xFFFF, 1 << 32

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}\Z")
_LEADING_ZERO = re.compile(r"(?:\d+\.)*0\d+(?:\.\d+)*\Z")


class Family(Enum):
    """An IP family, by the name that Kubernetes uses."""

    IPV4 = "IPv4"
    IPV6 = "IPv6"

    @property
    def bits(self) -> int:
        """The length of an address in bits."""
        return 32 if self is Family.IPV4 else 128


class Protocol(Enum):
    """A transport protocol that a Service port can have."""

    TCP = "TCP"
    UDP = "UDP"
    SCTP = "SCTP"

    def __init__(self, name: str) -> None:
        self.word = name.lower()
        """The name as tools and kernels write it: `tcp`."""


def family_of(address: Address) -> Family:
    """Return the family of an address."""
    return Family.IPV6 if ":" in address else Family.IPV4


def network_family(network: Network) -> Family:
    """Return the family of a network."""
    return Family.IPV4 if network.version == 4 else Family.IPV6  # noqa: PLR2004 - IP versions are their own names


def parse_address(text: str) -> Address:
    """Return the canonical form of one IP address.

    Raises:
        ValueError: it is not an address, has leading zeros, a zone, or is an IPv4-mapped IPv6 address.
    """
    if _IPV4.match(text):
        return Address(text)
    if len(text) > _MAX_ADDRESS:
        raise ValueError(f"not an IP address: {text[:_MAX_ADDRESS]!r}…")
    if ":" not in text:
        why = "leading zeros are ambiguous" if _LEADING_ZERO.match(text) else "not an IP address"
        raise ValueError(f"{why}: {text!r}")
    if "%" in text:
        raise ValueError(f"a zone is not allowed in an IP address: {text!r}")
    try:
        address = IPv6Address(text)
    except ValueError:
        raise ValueError(f"not an IP address: {text!r}") from None
    if address.ipv4_mapped is not None:
        raise ValueError(f"an IPv4-mapped IPv6 address is not allowed: {text!r}")
    if _IPV4_SIZED < int(address) < _IPV4_END:
        raise ValueError(f"an IPv4-compatible IPv6 address (::a.b.c.d) is not allowed: {text!r}")
    return Address(address.compressed)


def parse_network(text: str) -> Network:
    """Return one network in CIDR form.

    Raises:
        ValueError: it is not `address/length`, or bits are set behind the prefix.
    """
    if len(text) > 2 * _MAX_ADDRESS:
        raise ValueError(f"not a network in CIDR form (address/length): {text[:_MAX_ADDRESS]!r}…")
    address, slash, length = text.partition("/")
    if not slash or not re.match(r"(?:0|[1-9][0-9]{0,2})\Z", length):
        raise ValueError(f"not a network in CIDR form (address/length): {text!r}")
    host = parse_address(address)
    bits = family_of(host).bits
    if int(length) > bits:
        raise ValueError(f"a prefix of {family_of(host).value} has at most {bits} bits: {text!r}")
    try:
        return as_network(host, int(length))
    except ValueError:
        loose = IPv4Network(text, strict=False) if bits == Family.IPV4.bits else IPv6Network(text, strict=False)
        raise ValueError(f"bits are set behind the prefix: {text!r}; the network is {loose}") from None


def as_network(address: Address, length: int | None = None) -> Network:
    """Return the network of `length` bits at an address; without a length, the address alone."""
    if ":" in address:
        return IPv6Network((address, 128 if length is None else length))
    return IPv4Network((address, 32 if length is None else length))


LOOPBACK: dict[Family, Network] = {Family.IPV4: IPv4Network("127.0.0.0/8"), Family.IPV6: IPv6Network("::1/128")}


def is_loopback(address: Address) -> bool:
    """Tell whether an address is one of this host's own loopback addresses."""
    return contains(LOOPBACK[family_of(address)], address)


def number(address: Address) -> int:
    """Return an address as an integer."""
    if ":" in address:
        return int(IPv6Address(address))
    a, b, c, d = address.split(".")
    return int(a) << 24 | int(b) << 16 | int(c) << 8 | int(d)


def by_family(address: Address) -> tuple[bool, int]:
    """Sort addresses: those of IPv4 first, each family by value."""
    return ":" in address, number(address)


def address_at(value: int, family: Family) -> Address:
    """Return the address of an integer; the inverse of `number`."""
    if family is Family.IPV6:
        return Address(IPv6Address(value).compressed)
    return Address(str(IPv4Address(value)))


def contains(network: Network, address: Address) -> bool:
    """Tell whether an address lies in a network; other families never do."""
    if network_family(network) is not family_of(address):
        return False
    return number(address) & int(network.netmask) == int(network.network_address)


def collapse(networks: "list[Network] | tuple[Network, ...]") -> tuple[Network, ...]:
    """Merge networks that touch or lie in one another; IPv4 first, then by address."""
    four = collapse_addresses(one for one in networks if isinstance(one, IPv4Network))
    six = collapse_addresses(one for one in networks if isinstance(one, IPv6Network))
    return (*sorted(four), *sorted(six))


def endpoint_text(address: Address, port: int) -> str:
    """Return `10.0.0.1:80` or `[fd00::1]:80`."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def dashed(address: Address) -> str:
    """Return an address as a label of a name: `10-128-7-21`, `fd00--21`, and `fd00--0` for `fd00::`: no label begins or ends with a dash."""
    if ":" not in address:
        return address.replace(".", "-")
    label = address.replace(":", "-")
    return f"{'0' if label.startswith('-') else ''}{label}{'0' if label.endswith('-') else ''}"
