"""The Plan and its Changes: what would be different, why, and who asked for it.

    live  nat SVCC-SVC-ABC: [a, b]                 Change(UPDATE, "iptables", "chain", "IPv4 nat SVCC-SVC-ABC",
    want  nat SVCC-SVC-ABC: [a, b, c]        ->           before=(a, b), after=(a, b, c), reason=Reason.RULES_DIFFER, …)

Two levels: `changes` are kernel objects, `services` say the same in the user's words. An empty plan has no changes; there is
no second predicate.
"""

import hashlib
from dataclasses import dataclass, field
from enum import Enum

from svcc.diag import Span
from svcc.plan.conntrack import StaleFlows


class Action(Enum):
    """What happens to one object; the value is the word in JSON, `rune` the mark in text."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"

    @property
    def rune(self) -> str:
        """One printable character: `+ ~ -`."""
        return {"create": "+", "update": "~", "delete": "-"}[self.value]


class ChangeReason(Enum):
    """Why an object changes."""

    MISSING = "it is not there"
    DIFFERS = "its content differs"
    UNWANTED = "nothing asks for it any more"
    REPEATED = "it stands there more than once"
    LEFT_BEHIND = "kube-proxy has left it behind"
    DRAINS = "nothing asks for it any more, and connections to it are open"
    ENDED = "nothing asks for it any more, and its connections have ended"
    STANDS_IN = "it stands in while a virtual server changes its scheduler"


@dataclass(frozen=True, slots=True)
class Change:
    """One kernel object that changes. `before` and `after` are its lines; None where it does not exist."""

    action: Action
    subsystem: str
    """`iptables`, `sysctl`, …"""
    kind: str
    """`chain`, `jump`, `sysctl`, …"""
    key: str
    """Unique in the subsystem: `IPv4 nat SVCC-SERVICES`, `net.ipv4.ip_forward`."""
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None
    reason: ChangeReason
    service: str = ""
    """The Service port it belongs to, `shop/cart:http`, or "" for what all share."""
    origin: Span | None = field(default=None, compare=False, repr=False)
    operations: tuple[object, ...] = field(default=(), compare=False, repr=False)
    """What its lines say, as the values that are committed, for subsystems that are given no text."""

    @property
    def digest(self) -> str:
        """A sha256 in hex over what changes."""
        return hashlib.sha256(self.words).hexdigest()

    @property
    def words(self) -> bytes:
        """What changes, as the bytes that digests are made of."""
        return repr((self.action, self.subsystem, self.kind, self.key, self.before, self.after)).encode()


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """The same in Service terms: the backends of one Service port before and after."""

    service: str
    action: Action
    reason: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Losses:
    """How many frontends led to a backend before, and which of them do so no more: Service port and place."""

    had: int = 0
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one apply would do, in the order in which objects are shown; without a mode where all modes' objects go."""

    mode: str
    changes: tuple[Change, ...] = ()
    services: tuple[ServiceChange, ...] = ()
    losses: Losses = Losses()
    flows: tuple[StaleFlows, ...] = field(default=(), compare=False)
    """What of conntrack is deleted behind the changes. Flows come and go by themselves: they make no plan another one."""

    @property
    def digest(self) -> str:
        """A sha256 in hex over the changes: two plans with the same digest do the same."""
        hashed = hashlib.sha256(self.mode.encode())
        for one in self.changes:
            hashed.update(one.words)
        return hashed.hexdigest()

    @property
    def differs(self) -> bool:
        """Whether the kernel is not as it should be: what has waited for its connections is no difference."""
        return any(one.reason is not ChangeReason.ENDED for one in self.changes)

    def count(self, action: Action) -> int:
        """How many objects are created, updated or deleted."""
        return sum(one.action is action for one in self.changes)
