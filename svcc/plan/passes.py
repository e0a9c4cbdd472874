"""The two passes in which a subsystem without transactions is brought to a state, with something else in between.

    Part(ipvs, Come(want)), Part(companion, …), Part(ipvs, Go(want))

A bare state, as a rollback has it, is wanted exactly and at once.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

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
