"""Numbers for pools and endpoints, as the rules carry them from one map to the next: in `meta priority`.

    numbers(0x5C, ["shop/cart:http TCP IPv4 cluster", …])   ->   {"shop/cart:http TCP IPv4 cluster": 0x5C1F22E0, …}
    classid(0x5C1F22E0)                                     ->   "5c1f:22e0"

A number is a tag and 24 bits of the sha256 of a name, so that nobody's number depends on who else is there. Names that meet all go on to
their next hash under the next tag: then the number that they had leads to nobody, and never to another one than before.
"""

import hashlib
from collections.abc import Iterable

POOLS, MEMBERS = 0x58, 0x5C
ROUNDS = 4
"""Tags that each kind of number has; a fourth meeting of the same names is the end of all hope."""
MASK = 0xF8000000
"""What all numbers have in common."""
REFUSE, DISCARD = "5800:0", "5800:1"
_RESERVED = 2
_BITS = 24


def classid(number: int) -> str:
    """Return a number as nft prints a priority."""
    return f"{number >> 16:x}:{number & 0xFFFF:x}"


def numbers(tag: int, names: Iterable[str]) -> dict[str, int]:
    """Return a number for each name, all different.

    Raises:
        ValueError: names that cannot be told apart.
    """
    found: dict[str, int] = {}
    open_ = sorted(set(names))
    for round_ in range(ROUNDS):
        drawn: dict[int, list[str]] = {}
        for name in open_:
            drawn.setdefault(_hash(name, round_), []).append(name)
        open_ = []
        for low, met in drawn.items():
            if len(met) > 1 or low < _RESERVED:
                open_ += met
            else:
                found[met[0]] = (tag + round_) << _BITS | low
    if open_:
        raise ValueError(f"no numbers for {', '.join(open_[:3])}")
    return found


def _hash(name: str, round_: int) -> int:
    digest = hashlib.sha256(f"{name} {round_}".encode()).digest()
    return int.from_bytes(digest[:3], "big")
