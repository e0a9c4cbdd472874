"""Say what a plan means in Service terms, whatever the subsystem: the backends of each Service port before and after.

    {"shop/cart:http": (("10.128.7.21:8080",), ("10.128.7.21:8080", "10.128.7.22:8080"))}
        ->  ServiceChange("shop/cart:http", UPDATE, "1 backend more", before=…, after=…)

Several subsystems may speak of one Service: when rules move from one to another, it stays where it is, and only its way changes.
"""

from collections.abc import Iterable, Mapping

from svcc.plan.change import Action, ServiceChange

Side = tuple[str, ...] | None
"""The backends of a Service port; None where it does not exist."""
Sides = Mapping[str, tuple[Side, Side]]
"""Service port → before and after."""


def service_changes(parts: Iterable[Sides]) -> tuple[ServiceChange, ...]:
    """Return what all subsystems together mean for each Service port, by name."""
    sides: dict[str, tuple[Side, Side]] = {}
    for part in parts:
        for name, (before, after) in part.items():
            was, will_be = sides.get(name, (None, None))
            sides[name] = _together(was, before), _together(will_be, after)
    return tuple(_service_change(name, *sides[name]) for name in sorted(sides))


def _together(one: Side, other: Side) -> Side:
    if one is None or other is None:
        return other if one is None else one
    return tuple(dict.fromkeys((*one, *other)))


def _service_change(name: str, before: Side, after: Side) -> ServiceChange:
    action = Action.UPDATE if before is not None else Action.CREATE
    action = action if after is not None else Action.DELETE
    was, will_be = before or (), after or ()
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
