"""Count the frontends that a plan takes away from clients, whatever the subsystems.

    before  10.96.0.10:80/TCP of shop/cart:http         Losses(had=2, lost=("shop/web:http 10.96.0.20:80/TCP",))
            10.96.0.20:80/TCP of shop/web:http     ->
    after   10.96.0.10:80/TCP of shop/cart:http

Only frontends that lead to a backend count: to a client one that goes and one whose last backend goes are the same. When rules move to
another subsystem nothing is lost, though that may say the same places in other words; there the Service port counts.
"""

from collections.abc import Mapping, Sequence
from itertools import chain

from svcc.net import Address, Family, Protocol, endpoint_text
from svcc.plan.change import Losses

Frontends = Mapping[str, str]
"""Where clients reach a backend, `10.96.0.10:80/TCP` or `IPv4 node port 30080/TCP` → the Service port."""


def place(address: Address, port: int, protocol: Protocol) -> str:
    """Return where clients reach a frontend at an address."""
    return f"{endpoint_text(address, port)}/{protocol.value}"


def node_port(family: Family, port: int, protocol: Protocol) -> str:
    """Return where clients reach a node port."""
    return f"{family.value} node port {port}/{protocol.value}"


def losses(parts: Sequence[tuple[Frontends, Frontends]]) -> Losses:
    """Return what is lost by parts with these frontends before and after."""
    had = dict(chain.from_iterable(before.items() for before, _ in parts))
    stays = dict(chain.from_iterable(after.items() for _, after in parts))
    served = frozenset(stays.values())
    lost = {
        place: service
        for before, after in parts
        for place, service in before.items()
        if place not in stays and (after or service not in served)
    }
    return Losses(len(had), tuple(sorted(f"{service} {place}" for place, service in lost.items())))
