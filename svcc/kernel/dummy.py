"""The interface svcc0 as a subsystem: the addresses that make packets to Services this node's own.

    links = Svcc0(in_use=servers.in_use)
    links.snapshot()                                  Dummy(("10.96.0.10",)), or Dummy(None) where there is no such interface
    links.commit(links.plan(live, Come(want)))        what comes; Go(want) is what goes; a bare state is wanted exactly, but for
                                                      addresses that are in use

Every address on svcc0 is ours: nobody else has a reason to put one there. One that goes is looked at once more right before it does: somebody may
have connected since the plan was made, and would be cut off.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Protocol

from svcc.emit.ipvs.ruleset import INTERFACE as NAME
from svcc.kernel import rtnetlink
from svcc.kernel.base import CommitError, KernelError
from svcc.net import Address, by_family
from svcc.plan.change import Action, Change, ChangeReason
from svcc.plan.frontends import Frontends
from svcc.plan.links import ADDRESS, INTERFACE, SUBSYSTEM, Add, Dummy, Removal, adds, comes, diff, goes, unwanted
from svcc.plan.passes import Between, Come, Go
from svcc.plan.services import Sides

Want = Dummy | Come[Dummy] | Add | Go[Dummy] | Between[Dummy]
InUse = Callable[[Collection[Address]], Collection[Address]]
"""Tells at which of some addresses there are connections that are waited for."""


class Tools(Protocol):
    """What we ask of rtnetlink; the fake offers the same."""

    def addresses(self) -> tuple[Address, ...] | None:
        """Return the addresses of svcc0, or None when there is no such interface."""
        ...

    def make(self) -> None:
        """Make svcc0."""
        ...

    def remove(self) -> None:
        """Remove svcc0 with its addresses."""
        ...

    def add(self, some: Collection[Address]) -> None:
        """Give svcc0 addresses."""
        ...

    def take(self, some: Collection[Address]) -> None:
        """Take addresses from svcc0."""
        ...


class Netlink:
    """The real svcc0."""

    def addresses(self) -> tuple[Address, ...] | None:
        """Return the addresses of svcc0, or None when there is no such interface."""
        index = rtnetlink.index(NAME)
        return None if index is None else rtnetlink.addresses(index)

    def make(self) -> None:
        """Make svcc0."""
        rtnetlink.make(NAME)

    def remove(self) -> None:
        """Remove svcc0 with its addresses."""
        rtnetlink.remove(self._index())

    def add(self, some: Collection[Address]) -> None:
        """Give svcc0 addresses."""
        rtnetlink.add(self._index(), some)

    def take(self, some: Collection[Address]) -> None:
        """Take addresses from svcc0."""
        rtnetlink.take(self._index(), some)

    def _index(self) -> int:
        index = rtnetlink.index(NAME)
        if index is None:
            raise KernelError(f"there is no interface {NAME} any more", hint="apply again")
        return index


class Svcc0:
    """The addresses on svcc0."""

    name = SUBSYSTEM

    def __init__(self, tools: Tools | None = None, in_use: InUse = lambda _: ()) -> None:
        self._tools = tools or Netlink()
        self._in_use = in_use
        self._last: Dummy | None = None
        self._spared: frozenset[Address] = frozenset()
        """What commits did not take away, since it is in use."""

    def snapshot(self) -> Dummy:
        """Return the addresses that are there; read once between two commits.

        Raises:
            KernelError: svcc0 is there, and not a dummy.
        """
        if self._last is None:
            held = self._tools.addresses()
            self._last = Dummy(None if held is None else tuple(sorted(held, key=by_family)))
        return self._last

    def plan(self, live: Dummy, want: Want) -> tuple[Change, ...]:
        """Return what must change so that `live` becomes `want`: one pass of it, or, of a bare state, exactly everything."""
        if isinstance(want, Come):
            return comes(live, want.state, NAME)
        if isinstance(want, Add):
            return adds(live, want, NAME)
        if isinstance(want, Go):
            stays = want.state if want.cut else self._sparing(live, want.state)
            return _ended(goes(live, stays, NAME, cut=want.cut), want.ended)
        if isinstance(want, Between):
            changes = (*goes(want.before, want.after, NAME, cut=want.cut), *comes(want.before, want.after, NAME))
            return want.told(changes)
        return diff(live, self._sparing(live, want), NAME)

    def _sparing(self, live: Dummy, want: Dummy) -> Dummy:
        """Return what is wanted, with the addresses that are in use."""
        gone = unwanted(live, want)
        used = self._in_use(gone) if gone else ()
        return Dummy(tuple(sorted({*(want.addresses or ()), *used}, key=by_family))) if used else want

    def services(self, live: Dummy, want: Want, changes: Sequence[Change]) -> Sides:  # noqa: ARG002
        """Return nothing: virtual servers say whose an address is."""
        return {}

    def frontends(self, state: Want) -> Frontends:  # noqa: ARG002
        """Return nothing: an address alone leads nowhere."""
        return {}

    def check(self, changes: Sequence[Change]) -> None:
        """Accept: whether the kernel takes an address shows when it is given."""

    def commit(self, changes: Sequence[Change]) -> None:
        """Take away what goes, make the interface where it is missing, and add what comes.

        Raises:
            CommitError: the kernel refused.
        """
        self._last = None
        gone = _addresses(changes, Action.DELETE, ADDRESS) + _addresses(changes, Action.DELETE, INTERFACE)
        come = _addresses(changes, Action.CREATE, ADDRESS) + _addresses(changes, Action.CREATE, INTERFACE)
        kinds = {(one.action, one.kind) for one in changes}
        gentle = any(removal.if_idle for one in changes for removal in one.operations if isinstance(removal, Removal))
        used = frozenset(self._in_use(gone)) if gone and gentle else frozenset[Address]()
        self._spared = self._spared.difference(gone) | used
        try:
            if (Action.DELETE, INTERFACE) in kinds and not used:
                self._tools.remove()
            elif take := tuple(one for one in gone if one not in used):
                self._tools.take(take)
            if (Action.CREATE, INTERFACE) in kinds:
                self._tools.make()
            if come:
                self._tools.add(come)
        except KernelError as problem:
            raise CommitError(problem.message, done=0, of=len(changes), hint=problem.hint) from problem

    def reread(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Return the changes of which something is still to do: none, when the kernel took it all."""
        held = self._tools.addresses()
        there = None if held is None else frozenset(held)
        return tuple(one for one in changes if not _is_done(one, there, self._spared))


def _ended(changes: Iterable[Change], ended: AbstractSet[object]) -> tuple[Change, ...]:
    """Return what goes with the reason that it has waited for its connections, where it has."""
    return tuple(
        replace(one, reason=ChangeReason.ENDED) if ended and ended >= frozenset(one.before or ()) else one
        for one in changes
    )


def _addresses(changes: Sequence[Change], action: Action, kind: str) -> tuple[Address, ...]:
    some = (one for one in changes if one.action is action and one.kind == kind)
    return tuple(Address(line) for one in some for line in (one.after or one.before or ()))


def _is_done(change: Change, held: frozenset[Address] | None, spared: frozenset[Address]) -> bool:
    if change.after is not None:
        return held is not None and held.issuperset(change.after)
    gone = frozenset(change.before or ())
    if change.kind == INTERFACE and not gone & spared:
        return held is None
    return held is None or held.isdisjoint(gone - spared)
