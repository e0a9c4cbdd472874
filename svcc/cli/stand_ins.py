"""Virtual servers that stand in for others while these change their scheduler: in that instant ip_vs refuses new connections to them.

    live  10.96.0.10:80/TCP rr          stand-in  169.254.97.3:9121/TCP wrr → 10.128.7.21:8080, 10.128.9.31:8080
    want  10.96.0.10:80/TCP wrr   ->    companion, as it is wanted, and
                                          servers    10.96.0.10 . tcp . 80 : goto to-stand-in
                                          stand-ins  10.96.0.10 . tcp . 80 : 169.254.97.3 . 9121

ip_vs unbinds the old scheduler, waits until nobody uses it any more, and only then binds the new one (Linux 6.1: some nine milliseconds).
A stand-in has the scheduler and the real servers that are wanted, and stands at an inner address. Who connects to it meanwhile stays with
the real server that was chosen; but what persistence remembers is the virtual server's own, so that a client may get another one.

Where real servers answer by themselves (direct routing, tunnels), nobody can be sent to another address: there is no stand-in. Nor where each
packet is balanced on its own (`ops`): those of a flow would go on to the stand-in when it is gone.
"""

from collections.abc import Collection as Some
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import NamedTuple

from svcc.emit.ipvs.companion import SERVED, STAND_INS, TO_STAND_IN
from svcc.emit.ipvs.inner import inner
from svcc.emit.ipvs.ruleset import MASQ, IpvsState, RealKey, VirtualKey
from svcc.emit.ipvs.schedulers import ONE_PACKET
from svcc.emit.nftables.policy import PORT
from svcc.emit.nftables.ruleset import NftTable
from svcc.net import Family, by_family, family_of, parse_network

_ROUNDS = 256
"""Places that are tried for each stand-in, until one is free: stand-ins of before may have connections still."""


class StandIns(NamedTuple):
    """What stands in, and for whom."""

    replaced: frozenset[VirtualKey]
    """The virtual servers that change their scheduler meanwhile."""
    servers: IpvsState
    """The stand-ins, with their addresses."""
    companions: Mapping[Family, NftTable]
    """What is wanted, but that new connections are sent to the stand-ins."""


class _Front(NamedTuple):
    """An element of the companion by which a virtual server gets its connections."""

    prefix: str
    key: str
    at_inner: bool
    """Whether it is one of `inner`, which says the place of the virtual server, or of `servers`."""


def stand_ins(
    live: IpvsState,
    want: IpvsState,
    companions: Mapping[Family, NftTable],
    foreign: AbstractSet[VirtualKey] = frozenset(),
) -> StandIns | None:
    """Return what stands in on the way from one state to another, behind companions; None where nobody has to, or can.

    Nothing stands where there is a `foreign` virtual server.
    """
    changing = _changing(live, want)
    if not changing or not all(one.chains for one in companions.values()):
        return None  # a table without chains could not be read
    taken = {*live.virtuals, *want.virtuals, *foreign}
    places: dict[VirtualKey, VirtualKey] = {}
    tables = dict(companions)
    for family, table in tables.items():
        fronts = dict(_fronts(table, [at for at in changing if family_of(at.address) is family]))
        found = _places(fronts, table, taken)
        tables[family] = _sent(table, {fronts[at]: to for at, to in found.items()})
        places |= found
    if not places:
        return None
    virtuals = {to: want.virtuals[at] for at, to in places.items()}
    reals = {(to, real): want.reals[at, real] for at, to in places.items() for real in changing[at]}
    addresses = tuple(sorted({at.address for at in virtuals}, key=by_family))
    return StandIns(frozenset(places), IpvsState(virtuals, reals, addresses), tables)


def _changing(live: IpvsState, want: IpvsState) -> Mapping[VirtualKey, Some[RealKey]]:
    """Return the virtual servers that change their scheduler, with their real servers, if something can stand in for them."""
    different = {
        at
        for at, one in want.virtuals.items()
        if at in live.virtuals and live.virtuals[at].scheduler != one.scheduler and ONE_PACKET not in one.flags
    }
    found: dict[VirtualKey, list[RealKey]] = {}
    for (at, to), real in want.reals.items() if different else ():
        if at in different and real.forwarding == MASQ:
            found.setdefault(at, []).append(to)
    return found


def _fronts(table: NftTable, changing: Some[VirtualKey]) -> Iterator[tuple[VirtualKey, _Front]]:
    """Yield how virtual servers get their connections, where they get any."""
    if STAND_INS not in table.collections:
        return  # an older svcc has made it
    servers, port_servers, by_port, by_address = (
        table.collections[name].elements for name in ("servers", f"{PORT}servers", f"{PORT}inner", "inner")
    )
    behind = {
        (to, key.split(" . ")[-2]): _Front(prefix, key, at_inner=True)
        for prefix, held in ((PORT, by_port), ("", by_address))
        for key, to in held.items()
    }
    for at in changing:
        port = f"{at.protocol.word} . {at.port}"
        front = f"{at.address} . {port}"
        if inside := behind.get((f"{at.address} . {at.port}", at.protocol.word)):
            yield at, inside
        elif servers.get(front) == SERVED:
            yield at, _Front("", front, at_inner=False)
        elif port_servers.get(port) == SERVED:
            yield at, _Front(PORT, port, at_inner=False)


def _places(
    fronts: Mapping[VirtualKey, _Front], table: NftTable, taken: set[VirtualKey]
) -> dict[VirtualKey, VirtualKey]:
    """Return where something stands in for virtual servers, one for all that get their connections by the same element."""
    inside = table.collections["inner-cidrs"].elements if fronts else ()
    networks = [parse_network(one) for one in inside if "/" in one]
    protocols = {front: at.protocol for at, front in fronts.items()}
    found: dict[_Front, VirtualKey] = {}
    for round_ in range(_ROUNDS) if networks else ():
        names = {f"{one.key} instead {one.at_inner} {round_}": one for one in protocols.keys() - found.keys()}
        if not names:
            break
        try:
            places = inner(names, networks[0])
        except ValueError:
            break  # there is no room for so many
        for name, (address, port) in places.items():
            to = VirtualKey(address, protocols[names[name]], port)
            if to not in taken:
                taken.add(to)
                found[names[name]] = to
    return {at: found[front] for at, front in fronts.items() if front in found}


def _sent(table: NftTable, places: Mapping[_Front, VirtualKey]) -> NftTable:
    """Return a table that sends new connections to other places."""
    put: dict[str, dict[str, str]] = {}
    for front, to in places.items():
        name = f"{front.prefix}{'inner' if front.at_inner else STAND_INS}"
        put.setdefault(name, {})[front.key] = f"{to.address} . {to.port}"
        if not front.at_inner:
            put.setdefault(f"{front.prefix}servers", {})[front.key] = TO_STAND_IN
    more = {
        name: replace(table.collections[name], elements={**table.collections[name].elements, **held})
        for name, held in put.items()
    }
    return replace(table, collections={**table.collections, **more})
