"""Say a plan in words: per Service for the user, per kernel object for whoever debugs.

    UPDATE chain IPv4 nat SVCC-SVC-ABC        ->   ~ shop/cart:http   1 backend more: 10.128.7.22:8080
      [… 10.128.7.21:8080] ⇒ [… 10.128.7.21:8080, … 10.128.7.22:8080]

A Service's backends are those of its chains that change, both families together. Rules name their Service in a comment; a
rule that is new or gone in a shared chain also counts as a change of its Service.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from svcc.emit.iptables.text import destination_of, service_of
from svcc.plan.change import Action, Change, Plan, ServiceChange
from svcc.plan.diff import CHAIN
from svcc.plan.sysctl import SETTING

_SHOWN = 4
_CHAINS_SHOWN = 10


@dataclass(slots=True)
class _Side:
    """What is said of one Service before, or after."""

    present: bool = False
    backends: dict[str, None] = field(default_factory=dict)

    def add(self, rules: Iterable[str]) -> None:
        for rule in rules:
            self.present = True
            if destination := destination_of(rule):
                self.backends[destination] = None


def service_changes(changes: Iterable[Change]) -> tuple[ServiceChange, ...]:
    """Return what the changes of chains mean for each Service port, by name."""
    sides: dict[str, tuple[_Side, _Side]] = {}
    for change in changes:
        for name, before, after in _services(change):
            sides.setdefault(name, (_Side(), _Side()))
            sides[name][0].add(before)
            sides[name][1].add(after)
    return tuple(_service_change(name, *sides[name]) for name in sorted(sides))


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


def _service_change(name: str, before: _Side, after: _Side) -> ServiceChange:
    action = Action.UPDATE if before.present else Action.CREATE
    action = action if after.present else Action.DELETE
    was, will_be = tuple(before.backends), tuple(after.backends)
    return ServiceChange(name, action, _words(action, was, will_be), was, will_be)


def _words(action: Action, before: tuple[str, ...], after: tuple[str, ...]) -> str:
    if action is Action.CREATE:
        return f"new, {_count(after)}"
    if action is Action.DELETE:
        return f"goes, {_count(before)}"
    more = [one for one in after if one not in set(before)]
    fewer = [one for one in before if one not in set(after)]
    if more or fewer:
        gains = [f"{_count(more)} more"] if more else []
        return ", ".join((*gains, *([f"{_count(fewer)} fewer"] if fewer else [])))
    return "the way to its backends changes"


def _count(backends: Iterable[str]) -> str:
    number = len(tuple(backends))
    return f"{number or 'no'} backend" if number <= 1 else f"{number} backends"


def lines(plan: Plan, *, verbose: bool = False) -> Iterator[str]:
    """Yield the plan as text: Services first, then the kernel objects; `verbose` adds their lines with `+` and `-`."""
    if not plan.changes:
        yield "Nothing to do: the kernel is as the manifests say."
        return
    for one in plan.services:
        yield f"{one.action.rune} {one.service}  {one.reason}"
        yield from _backend_lines(one)
    if plan.services:
        yield ""
    if verbose:
        for change in plan.changes:
            yield from _change_lines(change)
    else:
        yield from _shared_lines(plan)
    yield summary(plan)


def summary(plan: Plan) -> str:
    """Return one line of numbers: what is created, updated and deleted."""
    counts = " · ".join(f"{plan.count(action)} to {action.value}" for action in Action)
    ports = len(plan.services)
    changing = "1 Service port changes" if ports == 1 else f"{ports} Service ports change"
    return f"{changing}; kernel objects: {counts}"


def _shared_lines(plan: Plan) -> Iterator[str]:
    """Yield what the lines about Services do not say: each object, or where there are many, their numbers."""
    shared = [change for change in plan.changes if not change.service]
    chains = [change for change in shared if change.kind == CHAIN]
    for change in shared:
        if change.kind != CHAIN or len(chains) <= _CHAINS_SHOWN:
            yield _headline(change)
    if len(chains) > _CHAINS_SHOWN:
        groups = Counter((change.action, change.key.rpartition(" ")[0]) for change in chains)
        for (action, table), number in groups.items():
            yield f"{action.rune} {number} chains {table} that Services share; -v lists them"


def _backend_lines(one: ServiceChange) -> Iterator[str]:
    marked = [f"- {backend}" for backend in one.before if backend not in set(one.after)]
    marked += [f"+ {backend}" for backend in one.after if backend not in set(one.before)]
    for line in marked[:_SHOWN]:
        yield f"    {line}"
    if len(marked) > _SHOWN:
        yield f"    … and {len(marked) - _SHOWN} more"


def _headline(change: Change) -> str:
    whose = f" of {change.service}" if change.service else ""
    where = f" ({change.origin})" if change.origin else ""
    if change.kind == SETTING and change.before and change.after:
        return f"{change.action.rune} {change.kind} {change.key}: {change.before[0]} becomes {change.after[0]}"
    return f"{change.action.rune} {change.kind} {change.key}{whose}: {change.reason.value}{where}"


def _change_lines(change: Change) -> Iterator[str]:
    """Yield an object with each of its lines that goes or comes."""
    yield _headline(change)
    before, after = change.before or (), change.after or ()
    kept = set(before).intersection(after)
    moved = len(kept) == len(set(before)) == len(set(after))
    for rune, rules in (("-", before), ("+", after)):
        for rule in rules:
            if moved or rule not in kept:
                yield f"    {rune} {rule}"
