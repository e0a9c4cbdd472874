"""Tell that source and destination of a packet are the same address, which nft has no words for: digit by digit.

    ip saddr & 0.0.0.15 . ip daddr & 0.0.0.15 @same     the last four bits are equal: (0.0.0.7, 0.0.0.7) is in `same`
    ip saddr & 0.0.0.240 . ip daddr & 0.0.0.240 @same   the four before them are … eight times, and the addresses are equal

`same` holds each digit in each place beside itself, whatever the Services are: 121 elements for IPv4, 481 for IPv6. A set of all endpoints
beside themselves would be as large as there are endpoints, and two elements of every change.
"""

from ipaddress import IPv4Address, IPv6Address

from svcc.emit.nftables.words import Words
from svcc.net import Family

SAME = "same"
_DIGIT, _BITS = 0xF, 4
_AT_ONCE = 16
"""Digits that one rule compares: the kernel takes 128 steps a rule, and each of these is five."""


def digits(family: Family) -> dict[str, str]:
    """Return the elements of `same`."""
    every = (printed(digit << place, family) for place in range(0, family.bits, _BITS) for digit in range(_DIGIT + 1))
    return {f"{one} . {one}": "" for one in every}


def comparisons(word: Words, family: Family) -> tuple[str, ...]:
    """Return the tests that together say that both addresses are equal, each for a rule of its own."""
    masks = [printed(_DIGIT << place, family) for place in range(0, family.bits, _BITS)]
    tests = [f"{word.source} & {mask} . {word.destination} & {mask} @{SAME}" for mask in masks]
    return tuple(" ".join(tests[start : start + _AT_ONCE]) for start in range(0, len(tests), _AT_ONCE))


def printed(value: int, family: Family) -> str:
    """Return an address as nft prints it, by the C library: small IPv6 addresses end like IPv4 ones."""
    if family is Family.IPV4:
        return str(IPv4Address(value))
    if _SMALL <= value < _LARGE:
        return f"::{IPv4Address(value)}"
    return IPv6Address(value).compressed


_SMALL, _LARGE = 1 << 16, 1 << 32
