"""What changes of chains mean in Service terms.

    UPDATE chain IPv4 nat SVCC-SVC-ABC        ->   {"shop/cart:http": (("10.128.7.21:8080",), ("10.128.7.21:8080", "10.128.7.22:8080"))}
      [… 10.128.7.21:8080] ⇒ [… 10.128.7.21:8080, … 10.128.7.22:8080]

A Service's backends are those of its chains that change, both families together. Rules name their Service in a comment; a
rule that is new or gone in a shared chain also counts as a change of its Service.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from svcc.emit.iptables.text import destination_of, service_of
from svcc.plan.change import Change
from svcc.plan.services import Side, Sides


@dataclass(slots=True)
class _Rules:
    """What rules say of one Service before, or after."""

    present: bool = False
    backends: dict[str, None] = field(default_factory=dict)

    def add(self, rules: Iterable[str]) -> None:
        for rule in rules:
            self.present = True
            if destination := destination_of(rule):
                self.backends[destination] = None

    @property
    def side(self) -> Side:
        return tuple(self.backends) if self.present else None


def sides(changes: Iterable[Change]) -> Sides:
    """Return the backends of each Service port that the changes of chains touch, before and after."""
    found: dict[str, tuple[_Rules, _Rules]] = {}
    for change in changes:
        for name, before, after in _services(change):
            found.setdefault(name, (_Rules(), _Rules()))
            found[name][0].add(before)
            found[name][1].add(after)
    return {name: (before.side, after.side) for name, (before, after) in found.items()}


def _services(change: Change) -> Iterator[tuple[str, Iterable[str], Iterable[str]]]:
    """Yield each Service that a change touches, with its rules before and after."""
    before, after = change.before or (), change.after or ()
    if change.service:
        yield change.service, before, after
        return
    kept = set(before).intersection(after)
    gone, new = _by_service(before, kept), _by_service(after, kept)
    for name in sorted({*gone, *new}):
        yield name, gone.get(name, ()), new.get(name, ())


def _by_service(rules: Iterable[str], kept: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for rule in rules:
        if rule not in kept and (name := service_of(rule)):
            found.setdefault(name, []).append(rule)
    return found
