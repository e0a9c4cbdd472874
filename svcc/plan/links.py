"""Compare the addresses of svcc0 with those that it should have.

    live  svcc0: 10.96.0.10, 10.96.0.11        CREATE address svcc0 10.96.0.12
    want  svcc0: 10.96.0.10, 10.96.0.12   ->   DELETE address svcc0 10.96.0.11

The interface is a dummy: it carries nothing, and makes the kernel take packets to its addresses for its own, where ip_vs waits for them. It
comes and goes as one change with its addresses. Like virtual servers, addresses can come and go in two passes, and those at which
connections are open stay until they have ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from svcc.net import Address
from svcc.plan.change import Action, Change, ChangeReason

SUBSYSTEM = "links"
INTERFACE, ADDRESS = "interface", "address"


@dataclass(frozen=True, slots=True)
class Dummy:
    """The addresses on svcc0, sorted; None where there is no such interface."""

    addresses: tuple[Address, ...] | None = None


@dataclass(frozen=True, slots=True)
class Add:
    """More addresses for an interface that another pass has made, where it was not there."""

    addresses: tuple[Address, ...]


class Removal(NamedTuple):
    """How addresses are taken away; those in use stay, where it is only `if_idle`."""

    if_idle: bool


def adds(live: Dummy, want: Add, name: str) -> tuple[Change, ...]:
    """Return which of the addresses are missing."""
    held = set(live.addresses or ())
    return tuple(_addresses(Action.CREATE, name, (one for one in want.addresses if one not in held)))


def diff(live: Dummy, want: Dummy, name: str) -> tuple[Change, ...]:
    """Return what must change so that `live` becomes `want`."""
    return (*goes(live, want, name), *comes(live, want, name))


def comes(live: Dummy, want: Dummy, name: str) -> tuple[Change, ...]:
    """Return what of `want` is missing."""
    if want.addresses is None:
        return ()
    if live.addresses is None:
        return (_change(Action.CREATE, INTERFACE, name, want.addresses),)
    return adds(live, Add(want.addresses), name)


def unwanted(live: Dummy, want: Dummy) -> tuple[Address, ...]:
    """Return the addresses of `live` that `want` does not have."""
    wanted = set(want.addresses or ())
    return tuple(one for one in live.addresses or () if one not in wanted)


def goes(live: Dummy, want: Dummy, name: str, *, cut: bool = False) -> tuple[Change, ...]:
    """Return what of `live` is not of `want`; it goes only if it is idle, unless it is `cut`."""
    if live.addresses is None:
        return ()
    removal = Removal(if_idle=not cut)
    if want.addresses is None:
        return (replace(_change(Action.DELETE, INTERFACE, name, live.addresses), operations=(removal,)),)
    every = _addresses(Action.DELETE, name, iter(unwanted(live, want)))
    return tuple(replace(one, operations=(removal,)) for one in every)


def _addresses(action: Action, name: str, addresses: Iterator[Address]) -> Iterator[Change]:
    return (_change(action, ADDRESS, f"{name} {one}", (one,)) for one in addresses)


def _change(action: Action, kind: str, key: str, lines: tuple[Address, ...]) -> Change:
    comes_now = action is Action.CREATE
    before, after = (None, tuple(lines)) if comes_now else (tuple(lines), None)
    reason = ChangeReason.MISSING if comes_now else ChangeReason.UNWANTED
    return Change(action, SUBSYSTEM, kind, key, before, after, reason)
