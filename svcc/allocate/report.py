"""Say what allocation changed or could not do: facts that do not hold, and ranges that are full.

    svcc.lock:7:19: warning[SVC234]: Service shop/cart moves from 10.96.199.48 to 10.96.199.49, because Service shop/search
                                     states 10.96.199.48 in spec.clusterIP
      note   search.yaml:7:14: stated by Service shop/search

A fact is never changed in silence: its line in `svcc.lock` is where the warning stands, and who takes the value is its note.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from svcc.allocate.lock import Key, Lock
from svcc.allocate.pool import Pool
from svcc.allocate.settle import Demand, Moved, Request, Settled, Why
from svcc.diag import Diagnostics, Related, Span
from svcc.model.service import ObjectName

_CODES = {Why.OUTSIDE: "SVC232", Why.TWICE: "SVC233", Why.REQUESTED: "SVC234", Why.NO_ROOM: "SVC237"}
MOVES = frozenset(_CODES.values())
"""What is said of facts that cannot stay."""
_MORE = 5


class Words(NamedTuple):
    """How messages speak of one kind of value."""

    what: str
    """`IPv4 cluster IP` or `node port`."""
    noun: str
    """What stands before a value, with its blank, where the value does not speak for itself."""
    range: str
    """Where values come from: `10.96.0.0/28 (serviceCIDRs)`."""
    values: str
    """What a range has: `addresses`."""
    show: Callable[[int], str]
    outside: Callable[[int], str]
    """What a value that is not in the range is instead."""


def subject(key: Key) -> str:
    """Return what a key is about, in words."""
    if key.port:
        return f"port {key.port}/{key.word} of Service {key.service}"
    return f"Service {key.service}" if key.word else f"the health check of Service {key.service}"


def surplus(lock: Lock, sink: Diagnostics) -> None:
    """Report the facts whose key has another line in the lock, which is the one that counts."""
    for one in lock.surplus:
        sink.add(
            _CODES[Why.TWICE],
            f"{subject(one.key)} gives up {one.value}, because the lock has {one.kept} for it too",
            span=one.span,
            object=f"Service/{one.key.service}",
            field=one.key.path,
            related=_placed([(lock.spans.get(one.key), "the line that stays")]),
        )


@dataclass(frozen=True, slots=True)
class Report:
    """Reports on one pool: its words, and where facts stand in the lock and Services in the manifests."""

    words: Words
    facts: Mapping[Key, Span]
    services: Mapping[ObjectName, Span | None]
    sink: Diagnostics

    def moved(self, settled: Settled, demand: Demand) -> None:
        """Report each fact that does not hold any longer: who moves from where to where, and why."""
        for moved in settled.moved:
            key, old = moved.key, self.words.noun + self.words.show(moved.value)
            if key not in demand.wanted:
                does = f"gives up {old}, which it does not need now"
            elif key in settled.values:
                does = f"moves from {old} to {self.words.show(settled.values[key])}"
            else:
                does = f"loses {old}"
            self.sink.add(
                _CODES[moved.why],
                f"{subject(key)} {does}, because {self._because(moved)}",
                span=self.facts.get(key, self.services.get(key.service)),
                object=f"Service/{key.service}",
                field=key.path,
                related=self._takers(moved),
            )

    def full(self, settled: Settled, demand: Demand, pool: Pool) -> None:
        """Report once that a range has no value left, at the first key that goes without one."""
        if not settled.without:
            return
        first, *more = settled.without
        count = f" and {len(more)} more" if more else ""
        stated = sum(value in pool for value in demand.requests)
        locked = len(set(settled.values.values()) - demand.requests.keys()) - settled.chosen
        use = f"{stated} stated in manifests, {locked} held by the lock, {settled.chosen} given now"
        others = [(demand.wanted[key].span, f"{subject(key)} gets none either") for key in more[:_MORE]]
        self.sink.add(
            "SVC235",
            f"no {self.words.what} is left for {subject(first)}{count}: "
            f"{self.words.range} has room for {pool.size} ({use})",
            span=demand.wanted[first].span,
            object=f"Service/{first.service}",
            field=demand.wanted[first].field,
            hint="make the range larger in the configuration",
            related=_placed(others),
        )

    def _because(self, moved: Moved) -> str:
        value, to = self.words.show(moved.value), moved.to
        if isinstance(to, Request):
            return f"Service {to.owner[0]} states {value} in {to.place.field}"
        if to is None:
            return f"{value} is {self.words.outside(moved.value)}"
        if moved.why is Why.TWICE:
            return f"the lock has {value} for {subject(to)} too"
        return f"{self.words.range} is full and {subject(to)} needs one of its {self.words.values}"

    def _takers(self, moved: Moved) -> list[Related]:
        """Return where the Service stands that has the value now, and its line in the lock."""
        to = moved.to
        if to is None:
            return []
        if isinstance(to, Request):
            return _placed([(to.place.span, f"stated by Service {to.owner[0]}")])
        found = [(self.services.get(to.service), f"{subject(to)} has it now")]
        if moved.why is Why.TWICE:
            found.append((self.facts.get(to), "its line"))
        return _placed(found)


def _placed(found: list[tuple[Span | None, str]]) -> list[Related]:
    return [Related(span, message) for span, message in found if span is not None]
