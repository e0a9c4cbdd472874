"""The passes in which a subsystem is brought to a state, with something else in between.

    Part(ipvs, Come(want)), Part(companion, …), Part(ipvs, Go(want))
    Part(companion, want), Part(companion, Between(want, other)), Part(ipvs, …), Part(companion, Between(other, want))

A bare state, as a rollback has it, is wanted exactly and at once.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from svcc.plan.change import Change, ChangeReason

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Come(Generic[State]):
    """Everything of a state that is not there yet, or is different; nothing goes."""

    state: State


@dataclass(frozen=True, slots=True)
class Go(Generic[State]):
    """Whatever is not of a state goes; `cut` says that connections do not matter."""

    state: State
    cut: bool = False
    ended: AbstractSet[object] = frozenset()
    """What of it has waited for its connections, which have ended."""


@dataclass(frozen=True, slots=True)
class Between(Generic[State]):
    """The way from a state to which other passes have led to another one, whatever there is when the plan is made."""

    before: State
    after: State
    reason: ChangeReason | None = None
    """Of every change on this way; None leaves each its own."""
    cut: bool = False

    def told(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        """Return changes with the reason that they have on this way."""
        return tuple(one if self.reason is None else replace(one, reason=self.reason) for one in changes)
