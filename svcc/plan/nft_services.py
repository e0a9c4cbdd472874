"""What the elements of a table mean in Service terms: whose they are, and which backends a Service port has.

    names = Names(table)
    names.service("slots", "581f:22e0 . 1")   ->  "shop/cart:http"     its pool is that of a frontend with this comment
    names.service("hairpins", "…")            ->  ""                   what all share
    names.backends("shop/cart:http")          ->  ("10.128.7.21:8080", …)

A table that was read from the kernel tells as much as a compiled one: frontends carry the name of their Service port as a comment. In the
companion of IPVS they do so in `servers`; their backends are no business of its.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property

from svcc.emit.nftables.ids import DISCARD, REFUSE
from svcc.emit.nftables.policy import PORT
from svcc.emit.nftables.ruleset import Collection, NftTable
from svcc.net import Address, Family, Protocol, endpoint_text
from svcc.plan.frontends import Frontends, node_port, place
from svcc.plan.services import Side, Sides

_FRONTENDS = (("pools", "others", "sticky"), (f"{PORT}pools", f"{PORT}others", f"{PORT}sticky"))
_SERVERS = ("servers", f"{PORT}servers")
_BY_FRONTEND = frozenset(
    f"{prefix}{name}"
    for prefix in ("", PORT)
    for name in ("policies", "gates", "pools", "others", "servers", "outsiders", "inner", "stand-ins")
)
_NOTHING = Collection("map", ())


class Names:
    """The Service ports of one table."""

    def __init__(self, table: NftTable) -> None:
        self._held = table.collections

    def service(self, name: str, key: str) -> str:
        """Return whose an element is, "" where it is everybody's or nobody's."""
        if name in _BY_FRONTEND:
            return self._commented(name, key)
        if name in ("picks", "slots"):
            return self._pools.get(key.partition(" . ")[0], "")
        if name == "members":
            return self._members.get(key, "")
        if name.endswith(("sticky", "allowed")):
            return self._commented(name, key.rpartition(" . ")[0])
        return ""

    def _commented(self, name: str, frontend: str) -> str:
        prefix = PORT if name.startswith(PORT) else ""
        held = (self._of(f"{prefix}{one}").comments for one in ("pools", "servers"))
        return next((comments[frontend] for comments in held if frontend in comments), "")

    def _of(self, name: str) -> Collection:
        return self._held.get(name, _NOTHING)

    @cached_property
    def services(self) -> dict[str, list[tuple[str, str, str]]]:
        """Service port → its frontends, each as key, maps' prefix, and pools' numbers joined by a blank."""
        found: dict[str, list[tuple[str, str, str]]] = {}
        for pools, others, sticky in _FRONTENDS:
            held, other = self._of(pools), self._of(others).elements
            for key, number in held.elements.items():
                numbers = f"{number} {other[key]}" if key in other else number
                found.setdefault(held.comments.get(key, key), []).append((key, sticky, numbers))
        for name in _SERVERS:
            for whose in self._of(name).comments.values():
                found.setdefault(whose, [])
        return found

    @cached_property
    def _pools(self) -> dict[str, str]:
        """Number of a pool → Service port."""
        every = (
            (number, name)
            for name, frontends in self.services.items()
            for *_, some in frontends
            for number in some.split()
            if number not in (REFUSE, DISCARD)
        )
        return dict(every)

    @cached_property
    def _members(self) -> dict[str, str]:
        """Number of an endpoint → the Service port that alone sends to it."""
        found: dict[str, str] = {}
        for key, number in self._of("slots").elements.items():
            name = self._pools.get(key.partition(" . ")[0], "")
            if found.setdefault(number, name) != name:
                found[number] = ""
        return found

    def backends(self, service: str) -> tuple[str, ...]:
        """Return the backends of a Service port in this family, in the order of their slots."""
        found: dict[str, None] = {}
        for key, sticky, numbers in self.services.get(service, ()):
            for number in numbers.split():
                found.update(dict.fromkeys(self._slots(number, key, sticky)))
        return tuple(found)

    def _slots(self, number: str, frontend: str, sticky: str) -> Iterator[str]:
        slots, members, kept = (self._of(name).elements for name in ("slots", "members", sticky))
        index = 0
        while (member := slots.get(f"{number} . {index}")) is not None:
            backend = members.get(member) or kept.get(f"{frontend} . {member}")
            if backend is not None:
                address, _, port = backend.partition(" . ")
                yield endpoint_text(Address(address), int(port))
            index += 1


def sides(
    before: Mapping[Family, NftTable], after: Mapping[Family, NftTable], touched: AbstractSet[str] | None
) -> Sides:
    """Return the backends, before and after, of the Service ports that are `touched`; None is for all that differ."""
    old, new = [Names(one) for one in before.values()], [Names(one) for one in after.values()]
    every = set[str]().union(*(names.services for names in (*old, *new))) if touched is None else touched
    found = {name: (_side(old, name), _side(new, name)) for name in every}
    return {name: both for name, both in found.items() if touched is not None or both[0] != both[1]}


def _side(tables: Iterable[Names], service: str) -> Side:
    held = [names.backends(service) for names in tables if service in names.services]
    return tuple(dict.fromkeys(backend for some in held for backend in some)) if held else None


def frontends(tables: Mapping[Family, NftTable]) -> Frontends:
    """Return the frontends that lead to a backend."""
    return {
        _place(key, family): service
        for family, table in tables.items()
        for service, some in Names(table).services.items()
        for key, _, numbers in some
        if not {REFUSE, DISCARD}.issuperset(numbers.split())
    }


def _place(key: str, family: Family) -> str:
    *address, protocol, port = key.split(" . ")
    at = int(port), Protocol(protocol.upper())
    return place(Address(address[0]), *at) if address else node_port(family, *at)
