"""Decide who has which value: what manifests state, then the facts of the lock, then the hash.

    requests  30080: shop/front                     values  shop/cart 80/TCP: 31573   (its fact)
    facts     shop/cart 80/TCP: 31573                       shop/pay 80/TCP: 30140    (by hash)
              shop/pay 80/TCP: 30080          ->    moved   shop/pay 80/TCP from 30080, which shop/front asks for
    wanted    shop/cart 80/TCP, shop/pay 80/TCP

Values are integers here: ports, or the addresses of one family. A fact that is not wanted now is idle: it is kept, unless its
value is needed elsewhere. Everything goes by the order of keys, so the order of files decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from svcc.allocate.lock import Key
from svcc.allocate.pool import Pool, seed_of
from svcc.diag import Span
from svcc.model.service import ObjectName


class Place(NamedTuple):
    """A field of a manifest, and where it stands or should stand."""

    field: str
    span: Span | None


class Request(NamedTuple):
    """A value that a manifest states: for whom, and where."""

    owner: tuple[ObjectName, int]
    place: Place


@dataclass(frozen=True, slots=True)
class Demand:
    """What the manifests say about the values of one pool."""

    requests: dict[int, Request] = field(default_factory=dict)
    stated: set[Key] = field(default_factory=set)
    """The keys whose value is among the requests: a fact of theirs is over."""
    wanted: dict[Key, Place] = field(default_factory=dict)


class Why(Enum):
    """Why a fact does not hold any longer."""

    OUTSIDE = auto()
    REQUESTED = auto()
    TWICE = auto()
    NO_ROOM = auto()
    """It is idle, the range is full, and another Service needs a value."""


class Moved(NamedTuple):
    """A fact that does not hold; `to` is who has its value now, nobody when it is outside the range."""

    key: Key
    value: int
    why: Why
    to: Key | Request | None = None


class Settled(NamedTuple):
    """Who has which value, which facts do not hold any longer, who goes without, and how many values are new."""

    values: dict[Key, int]
    moved: tuple[Moved, ...]
    without: tuple[Key, ...]
    chosen: int


def settle(pool: Pool, demand: Demand, facts: Mapping[Key, int]) -> Settled:
    """Return a value for every wanted key, and every fact that can stay; `facts` are those of Services that are here."""
    for value in demand.requests:
        pool.take(value)
    settling = _Settling(pool, demand)
    settling.keep({key: value for key, value in facts.items() if key not in demand.stated})
    settling.choose()
    return Settled(settling.values, tuple(settling.moved), tuple(settling.without), settling.chosen)


class _Settling:
    """The values given so far, by key and by owner, and who was first to have each."""

    def __init__(self, pool: Pool, demand: Demand) -> None:
        self.pool = pool
        self.requests = demand.requests
        self.wanted = demand.wanted
        self.values: dict[Key, int] = {}
        self.shared: dict[tuple[ObjectName, int], int] = {}
        self.holders: dict[int, Key] = {}
        self.used: set[int] = set()
        self.moved: list[Moved] = []
        self.without: list[Key] = []
        self.chosen = 0

    def keep(self, facts: Mapping[Key, int]) -> None:
        """Keep every fact that nothing stands against; wanted ones before idle ones, then by key."""
        for key in sorted(facts, key=lambda key: (key not in self.wanted, key)):
            value = facts[key]
            request, holder = self.requests.get(value), self.holders.get(value)
            if value not in self.pool:
                self.moved.append(Moved(key, value, Why.OUTSIDE))
            elif request is not None and request.owner != key.owner:
                self.moved.append(Moved(key, value, Why.REQUESTED, request))
            elif holder is not None and holder.owner != key.owner:
                self.moved.append(Moved(key, value, Why.TWICE, holder))
            else:
                self._give(key, value)

    def choose(self) -> None:
        """Find a value for every wanted key that has none; the protocols of one port share theirs."""
        idle: dict[int, list[Key]] = {}
        for key in sorted(self.values.keys() - self.wanted.keys()):
            idle.setdefault(self.values[key], []).append(key)
        open_ = sorted(self.wanted.keys() - self.values.keys())
        for key in open_:
            if key.owner in self.shared:
                self._give(key, self.shared[key.owner])
        for key in open_:
            if key not in self.values:
                self._choose(key, idle)

    def _choose(self, key: Key, idle: dict[int, list[Key]]) -> None:
        value = self.shared.get(key.owner)
        if value is None:
            value = self.pool.next(seed_of(str(key) if key.port else str(key.service)))
            value = self._made_room(idle, key) if value is None else value
            self.chosen += value is not None
        if value is None:
            self.without.append(key)
        else:
            self._give(key, value)

    def _give(self, key: Key, value: int) -> None:
        self.values[key] = value
        self.shared.setdefault(key.owner, value)
        self.holders.setdefault(value, key)
        self.pool.take(value)
        if key in self.wanted:
            self.used.add(value)

    def _made_room(self, idle: dict[int, list[Key]], to: Key) -> int | None:
        """Take the value of the last idle key from all that hold it; None when no idle key has one for itself."""
        while idle:
            value, keys = idle.popitem()
            if value in self.used:
                continue
            for key in keys:
                del self.values[key]
                self.moved.append(Moved(key, value, Why.NO_ROOM, to))
            return value
        return None
