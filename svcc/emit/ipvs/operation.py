"""Operations: what is told to ip_vs, one message each.

    state with 10.96.0.10:80/TCP rr → 10.128.7.21:8080      additions(state)  ->  add 10.96.0.10:80/TCP rr
                                                                                 add 10.96.0.10:80/TCP → 10.128.7.21:8080 weight 1

ip_vs has no transaction: whoever reads a list of operations can see what is there after each of them.
"""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from svcc.emit.ipvs.ruleset import IpvsState, Real, RealKey, Virtual, VirtualKey


class Verb(Enum):
    """What happens to a virtual or real server; the value is the word in JSON."""

    ADD = "add"
    SET = "set"
    DELETE = "delete"


class Operation(NamedTuple):
    """One message. Without `to` it is about the virtual server itself; a deletion needs no values."""

    verb: Verb
    at: VirtualKey
    to: RealKey | None = None
    virtual: Virtual | None = None
    real: Real | None = None
    if_idle: bool = False
    """Only if it has no connections by then; it is left to a later deletion otherwise."""

    def __str__(self) -> str:
        return f"{self.verb.value} {self.at}" + (f" → {self.to}" if self.to else "")


def additions(state: IpvsState) -> Iterator[Operation]:
    """Yield what leads from nothing to a state: each virtual server, followed by its real servers."""
    reals: dict[VirtualKey, list[tuple[RealKey, Real]]] = {}
    for (at, to), real in state.reals.items():
        reals.setdefault(at, []).append((to, real))
    for at, virtual in state.virtuals.items():
        yield Operation(Verb.ADD, at, virtual=virtual)
        yield from (Operation(Verb.ADD, at, to, real=real) for to, real in reals.get(at, ()))


def as_json(one: Operation) -> dict[str, object]:
    """Return an operation as `operations.json` has it."""
    told: dict[str, object] = {"operation": one.verb.value, "virtual": str(one.at)}
    if one.to is not None:
        told["real"] = str(one.to)
    if one.virtual is not None:
        told |= {
            "scheduler": one.virtual.scheduler,
            "flags": list(one.virtual.flags),
            "persistence": one.virtual.persistence,
        }
    if one.real is not None:
        real = one.real
        told |= {"weight": real.weight, "forwarding": real.forwarding, "lower": real.lower, "upper": real.upper}
    return told
