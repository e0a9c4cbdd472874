"""In which order virtual servers, the addresses on svcc0 and the companion change, forth and back, so that nobody notices.

    passes(Trio(servers, links, companion), Aim(…))      the parts that bring them to an aim, in this order
    back(befores)                                        those that lead back to what was there before, with other subsystems before or behind them

    real and virtual servers that come     nothing leads to new ones yet; old ones have more servers than before
    addresses that go                      of Services that are gone, and have no connection left
    inner addresses that come              before the companion sends anybody there
    the companion table                    from here on packets are let through, or refused, as they should be
    other addresses that come              behind the companion, so that no port of theirs is ever this node's own listener's
    inner addresses that go                nobody is sent there any more
    schedulers that change                 while others stand in for their virtual servers (`ipvs_exchange`)
    real and virtual servers that go       nothing leads to them any more; those with connections stay

Where svcc0 itself goes, it goes behind the companion.

A packet that is let through to an address which is not there leaves this node, and conntrack remembers that it did: the connection stays
broken when the address has come. Of an inner address that would be a client of a Service that works all the time.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from svcc.apply import Befores, Part
from svcc.cli.ipvs_exchange import Exchange, Trio
from svcc.emit.ipvs.companion import STAND_INS
from svcc.emit.ipvs.ruleset import IpvsState
from svcc.emit.nftables.policy import PORT
from svcc.emit.nftables.ruleset import COMPANION
from svcc.kernel.dummy import Svcc0
from svcc.kernel.ipvs import Ipvs, Want
from svcc.kernel.nftables import Nftables
from svcc.net import Address, by_family
from svcc.plan.ipvs import Leave
from svcc.plan.links import Add, Dummy
from svcc.plan.nftables import NftState
from svcc.plan.passes import Come, Go


@dataclass(frozen=True, slots=True)
class Aim:
    """Where it is to be brought."""

    coming: IpvsState
    going: Want
    """What of the servers is to stay."""
    addresses: AbstractSet[Address] | None
    """On svcc0, which itself is to go where this is None."""
    companion: NftState
    inner: AbstractSet[Address]
    """Those of the addresses, there or to come, that only the companion sends to."""
    cut: bool = False
    ended: AbstractSet[Address] = frozenset()
    """Addresses that have waited for their connections, which have ended."""


def passes(trio: Trio, aim: Aim) -> Iterator[Part]:
    """Yield the parts that bring IPVS to an aim."""
    servers, links, companion = trio
    change = None if aim.addresses is None else Exchange.of(trio, aim.coming, aim.companion, aim.addresses)
    if servers is not None:
        yield Part(servers, Come(aim.coming if change is None else change.first))
    first, second = (
        ((), ()) if links is None else _of_links(links, aim, frozenset() if change is None else change.addresses)
    )
    yield from first
    if companion is not None:
        yield Part(companion, aim.companion)
    yield from second
    if change is not None:
        yield from change.parts(cut=aim.cut)
    if servers is not None:
        yield Part(servers, aim.going)


Parts = tuple[Part, ...]


def _of_links(links: Svcc0, aim: Aim, later: AbstractSet[Address]) -> tuple[Parts, Parts]:
    """Return the passes of svcc0 before and behind the companion; those that are needed `later` go later."""
    there, stays = set(links.snapshot().addresses or ()), aim.addresses

    def goes(addresses: AbstractSet[Address] | None) -> Part:
        state = Dummy(None if addresses is None else tuple(sorted(addresses, key=by_family)))
        return Part(links, Go(state, aim.cut, aim.ended))

    if stays is None:
        return (), (goes(None),)
    come = Part(links, Come(Dummy(tuple(sorted(stays & aim.inner, key=by_family)))))
    add = Part(links, Add(tuple(sorted(stays - aim.inner, key=by_family))))
    front, inside = (goes(stays | later | some) for some in (there & aim.inner, there - aim.inner))
    return (front, come), (add, inside)


def back(befores: Befores) -> Parts:
    """Return the parts that lead back to what was there before, the other subsystems in the order in which they stand."""
    trio, ours = Trio(None, None, None), []
    coming, addresses, companion = IpvsState(), None, NftState()
    for one, state in befores:
        if isinstance(one, Ipvs):
            trio, coming = trio._replace(servers=one), state
        elif isinstance(one, Svcc0):
            trio, addresses = trio._replace(links=one), state.addresses
        elif isinstance(one, Nftables) and one.table == COMPANION:
            trio, companion = trio._replace(companion=one), state
        else:
            continue
        ours.append(one)
    if not ours:
        return tuple(Part(*one) for one in befores)
    inner = _inner(companion) | (frozenset() if trio.companion is None else _inner(trio.companion.snapshot()))
    going = Go(coming) if coming.virtuals else Leave()
    aim = Aim(coming, going, None if addresses is None else frozenset(addresses), companion, inner)
    first = next(index for index, (one, _) in enumerate(befores) if one is ours[0])
    before = [Part(*one) for one in befores[:first]]
    behind = [Part(one, state) for one, state in befores[first:] if not any(one is other for other in ours)]
    return (*before, *passes(trio, aim), *behind)


def _inner(companion: NftState) -> frozenset[Address]:
    """Return the inner addresses that a companion sends to."""
    maps = (
        table.collections[name].elements
        for table in companion.tables.values()
        for name in ("inner", f"{PORT}inner", STAND_INS, f"{PORT}{STAND_INS}")
        if name in table.collections
    )
    return frozenset(Address(to.partition(" . ")[0]) for held in maps for to in held.values())
