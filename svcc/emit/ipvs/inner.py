"""Inner addresses: where outsiders of a Local policy are sent, because a virtual server cannot tell clients apart.

    inner(["198.51.100.20 . tcp . 443"], 169.254.96.0/20)   ->   {"198.51.100.20 . tcp . 443": ("169.254.96.23", 14211)}

The companion table sends them there by DNAT, with their own address kept; a second virtual server with the endpoints of this node waits.
While a virtual server changes its scheduler, what stands in for it is at such an address too.

An inner address and port hang on the frontend alone, so that nobody's moves because of who else is there. Frontends that meet all go on
to their next hash.
"""

import hashlib
from collections.abc import Iterable

from svcc.net import Address, Network, address_at, network_family, number

_FIRST_PORT, _PORTS = 1024, 1 << 14
_ADDRESSES = 1 << 10
"""At most so many are put on the interface."""
_ROUNDS = 8
_PLACES_EACH = 64
"""With so many places for each, eight rounds part all frontends but once in billions of years."""


def room(network: Network) -> int:
    """Return for how many frontends a network has room."""
    return _size(network) * _PORTS // _PLACES_EACH


def inner(frontends: Iterable[str], network: Network) -> dict[str, tuple[Address, int]]:
    """Return an address and port of the network for each frontend, all different.

    Raises:
        ValueError: the network is too small for so many; it never is for as many as it has `room` for.
    """
    family, start = network_family(network), number(Address(str(network.network_address)))
    size = _size(network)
    found: dict[str, tuple[Address, int]] = {}
    taken: set[tuple[int, int]] = set()
    open_ = sorted(set(frontends))
    for round_ in range(_ROUNDS):
        drawn: dict[tuple[int, int], list[str]] = {}
        for one in open_:
            drawn.setdefault(_place(f"{one} {round_}", size), []).append(one)
        open_ = []
        for place, met in drawn.items():
            if len(met) > 1 or place in taken:
                open_ += met
            else:
                found[met[0]] = (address_at(start + 1 + place[0], family), _FIRST_PORT + place[1])
            # A place where some have met stays empty: it must not depend on who is there which later frontend has it.
            taken.add(place)
    if open_:
        raise ValueError(f"{network} has no room for {len(open_)} of {len(found) + len(open_)} frontends")
    return found


def _size(network: Network) -> int:
    return max(1, min(_ADDRESSES, network.num_addresses - 2))


def _place(name: str, size: int) -> tuple[int, int]:
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") % size, int.from_bytes(digest[4:8], "big") % _PORTS
