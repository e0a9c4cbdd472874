"""Bring the kernel to where it should be, or back to where it was.

    lock → snapshot → plan → guard → check → journal → commit → re-read → seal → keep
              └──── once, if Stale ────┘           └── anything goes wrong: plan(now, before), commit that, look again, undo

    apply("iptables", open_parts, lock=hold("host"))
        ->  Applied(plan)              every change is in the kernel, and was read back
        ->  KernelError                the machine refused; nothing is changed, or it was rolled back
        ->  RollbackFailed             the message says what is left

This is the only place that orders subsystems: the parts are committed in their order and rolled back in the reverse, as `back` says. Rolling
back is a plan like any other, from what the kernel holds now to what it held before; there is no second mechanism. It cuts nobody off
either: what has got connections in IPVS since stays for them, and goes with a later apply. A KernelError says what was being `doing`, and
what the kernel holds `now`.

The order, as `cli/live` gives it, and why every Service works at each moment as before or as after:

    settings that rules need    forwarding before what forwards: alone it changes no Service
    the rules of the mode       iptables: a transaction a table and family; all that differs between Services is in nat, and the others,
                                the same for any Services, come before it; a frontend is of one family
                                nftables: one transaction; new chains come before it, to which nothing leads yet, and before a table
                                goes nothing leads to it any more
                                IPVS: servers come; addresses that go; inner addresses come; the companion, which may send to them from
                                now on, in one transaction; other addresses come; inner ones go; schedulers change, while other
                                virtual servers take the new connections; servers go. What leads somewhere comes after, and goes
                                before, what it leads to
    settings that end a guard   once the rules that they rely on are there
    the rules of other modes    go when those of this mode are complete: for a moment both are there, a new connection is sent by
                                whichever sees it first, as before or as after, and conntrack keeps it there

Ctrl-C, SIGTERM and SIGHUP during a commit roll back too and are then raised again as KeyboardInterrupt; after the first of them, and
once everything is read back, no other is heard until apply has ended.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from svcc.diag import Diagnostics
from svcc.interrupts import Interrupts
from svcc.kernel.base import KernelError, Stale
from svcc.plan.change import Change, Plan
from svcc.plan.frontends import Frontends, losses
from svcc.plan.passes import Between
from svcc.plan.services import Sides, service_changes


class Subsystem(Protocol):
    """What a subsystem of the kernel offers; a state is whatever its own `snapshot` returns."""

    name: str

    def snapshot(self) -> Any:
        """Return what of ours the kernel holds now."""
        ...

    def plan(self, live: Any, want: Any) -> tuple[Change, ...]:
        """Return what must change so that `live` becomes `want`."""
        ...

    def services(self, live: Any, want: Any, changes: Sequence[Change]) -> Sides:
        """Return what the changes from `live` to `want` mean in Service terms."""
        ...

    def frontends(self, state: Any) -> Frontends:
        """Return the frontends of a state, wanted or there, that lead to a backend."""
        ...

    def check(self, changes: Sequence[Change]) -> None:
        """Raise KernelError when the kernel would not take the changes; Stale when a new snapshot would give others."""
        ...

    def commit(self, changes: Sequence[Change]) -> None:
        """Make the changes, or raise KernelError."""
        ...

    def reread(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Return what is still to change after a commit."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """One subsystem and the state that it should have."""

    subsystem: Subsystem
    want: Any


def _no_guard(_: Plan) -> Diagnostics:
    return Diagnostics()


def _nothing(_: Plan) -> None:
    return None


Befores = Sequence[tuple[Subsystem, Any]]
"""What the subsystems hold that are to be changed, each once, the last one first."""


def _one_by_one(befores: Befores) -> Sequence[Part]:
    return tuple(Part(*one) for one in befores)


def _nothing_before(_: Plan, __: Befores) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Opened:
    """The parts of one apply, made under the lock, so that what they were made from cannot change after."""

    parts: Sequence[Part]
    guard: Callable[[Plan], Diagnostics] = _no_guard
    journal: Callable[[Plan, Befores], None] = _nothing_before
    """Called when everything is checked, right before the first commit, with what is there; not called for an empty plan."""
    back: Callable[[Befores], Sequence[Part]] = _one_by_one
    """What leads back to what was there before, in an order in which nobody notices."""
    undo: Callable[[Plan], None] = _nothing
    """Called after everything was rolled back: it takes back what the journal wrote, or had begun to write."""
    seal: Callable[[Plan], None] = _nothing
    """Called when everything is read back: what it raises rolls everything back; not called for an empty plan."""
    keep: Callable[[Plan], None] = _nothing
    """Called at last, when the kernel is as it should be, also for an empty plan; no signal is heard meanwhile."""


@dataclass(frozen=True, slots=True)
class Applied:
    """An apply that succeeded: the plan that was committed; an empty one touched nothing."""

    plan: Plan


class Refused(KernelError):  # noqa: N818 - one of the house's words
    """The guard does not let the plan pass; nothing was touched."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        first = next(iter(diagnostics))
        super().__init__(f"{first.code}: {first.message}", hint=first.hint)
        self.diagnostics = diagnostics


class NotAsWanted(KernelError):  # noqa: N818 - one of the house's words
    """What was read back is not what was committed; it was rolled back. Either a tool lies, or svcc has a bug."""

    def __init__(self, change: Change) -> None:
        what = f"after the commit the kernel held something else: {_difference(change)}"
        super().__init__(f"bug in svcc: {what}", hint="please report it, with the versions of the tools")


class RollbackFailed(KernelError):  # noqa: N818 - one of the house's words
    """A commit failed and so did the way back; `left` are the changes that would still be needed."""

    def __init__(self, problem: BaseException, left: tuple[Change, ...], complaints: tuple[str, ...]) -> None:
        keys = ", ".join(f"{change.subsystem} {change.key}" for change in left) or "unknown"
        why = "; ".join(complaints) or "the kernel holds something else than what was committed"
        first = _words(problem)
        super().__init__(
            f"{first}; rolling back failed too: {why}; not as before: {keys}",
            hint="`svcc rollback` tries again, `svcc status` shows what is there",
        )
        self.left = left


UNTOUCHED = "nothing was changed"
ROLLED_BACK = "everything is as before: what had been done was rolled back"
AGAIN = "mend that, then `svcc apply` again; `svcc plan -v` shows each object that changes"


def make_plan(mode: str, parts: Sequence[Part]) -> Plan:
    """Return what applying would do; touches nothing."""
    return _planned(mode, parts)[1]


def apply(mode: str, open_parts: Callable[[], Opened], lock: AbstractContextManager[None] | None = None) -> Applied:
    """Bring every part to the state it should have, all or nothing.

    Raises:
        Refused: the guard does not let the plan pass.
        KernelError: the machine refused; nothing is changed, or it was rolled back.
        RollbackFailed: it could not be rolled back.
        KeyboardInterrupt: interrupted, and rolled back.
    """
    with _held(lock), Interrupts() as signals:
        with _told(UNTOUCHED):
            opened = open_parts()
            work, plan = _prepared(mode, opened)
        if plan.changes:
            _commit(opened, work, plan, signals)
        signals.ignore()
        opened.keep(plan)
        return Applied(plan)


def rehearse(mode: str, open_parts: Callable[[], Opened], lock: AbstractContextManager[None] | None = None) -> Applied:
    """Do everything that `apply` does before the first commit: plan, guard and check.

    Raises:
        Refused: the guard does not let the plan pass.
        KernelError: the machine refused.
    """
    with _held(lock), _told(UNTOUCHED):
        _, plan = _prepared(mode, open_parts())
        return Applied(plan)


class Work(NamedTuple):
    """What is to be done to one subsystem, in one step."""

    subsystem: Subsystem
    changes: tuple[Change, ...]
    before: Any
    """What it holds before the apply."""


def _planned(mode: str, parts: Sequence[Part]) -> tuple[Sequence[Work], Plan]:
    """Return what is to be done, with what is there before it."""
    work: list[Work] = []
    sides: list[Sides] = []
    states: list[tuple[Subsystem, Any, Any]] = []
    for part in parts:
        with _told(doing=f"reading {part.subsystem.name}"):
            before = part.subsystem.snapshot()
        changes = part.subsystem.plan(before, part.want)
        states.append((part.subsystem, before, part.want))
        # Who goes back may need a subsystem in which nothing changed for itself.
        if changes or isinstance(part.want, Between):
            work.append(Work(part.subsystem, changes, before))
            sides.append(part.subsystem.services(before, part.want, changes))
    if not any(one.changes for one in work):
        return [], Plan(mode)
    every = tuple(change for one in work for change in one.changes)
    lost = losses([(one.frontends(before), one.frontends(want)) for one, before, want in states])
    return work, Plan(mode, every, service_changes(sides), lost)


def _prepared(mode: str, opened: Opened) -> tuple[Sequence[Work], Plan]:
    """Return what is to be done, judged by the guard and checked by the kernel."""
    try:
        return _checked(opened, *_planned(mode, opened.parts))
    except Stale:
        return _checked(opened, *_planned(mode, opened.parts))


def _checked(opened: Opened, work: Sequence[Work], plan: Plan) -> tuple[Sequence[Work], Plan]:
    refusals = opened.guard(plan)
    if refusals.errors:
        raise Refused(refusals)
    for subsystem, changes, _ in work:
        with _told(doing=f"asking {subsystem.name} whether it would take the changes"):
            subsystem.check(changes)
    return work, plan


def _commit(opened: Opened, work: Sequence[Work], plan: Plan, signals: Interrupts) -> None:
    try:
        try:
            with _told(UNTOUCHED, "writing down what is there before"):
                opened.journal(plan, _befores(work))
            for number, one in enumerate(work, 1):
                with _told(doing=f"changing {one.subsystem.name}, step {number} of {len(work)}"):
                    one.subsystem.commit(one.changes)
            for subsystem, changes in _last_changes(work):
                with _told(doing=f"reading {subsystem.name} back"):
                    left = subsystem.reread(changes)
                    if left:
                        raise NotAsWanted(left[0])
            with _told(doing="making sure that all is well"):
                opened.seal(plan)
        finally:
            # A signal up to this very line is raised here and rolls back; from here on none is heard.
            signals.ignore()
    except BaseException as problem:
        _roll_back(_befores(work), opened.back, problem)
        opened.undo(plan)
        if isinstance(problem, KeyboardInterrupt):
            raise KeyboardInterrupt("interrupted, rolled back") from problem
        if isinstance(problem, MemoryError):
            short = KernelError(_words(problem), hint=AGAIN)
            short.now = ROLLED_BACK
            raise short from None
        if isinstance(problem, KernelError):
            problem.now, problem.hint = problem.now or ROLLED_BACK, problem.hint or AGAIN
        raise


def _last_changes(work: Sequence[Work]) -> Iterator[tuple[Subsystem, tuple[Change, ...]]]:
    """Yield each subsystem with the last change of each of its objects."""
    found: dict[int, dict[tuple[str, str], Change]] = {}
    for one in work:
        found.setdefault(id(one.subsystem), {}).update({(change.kind, change.key): change for change in one.changes})
    subsystems = {id(one.subsystem): one.subsystem for one in work}
    yield from ((subsystems[key], tuple(changes.values())) for key, changes in found.items())


@contextmanager
def _held(lock: AbstractContextManager[None] | None) -> Iterator[None]:
    """Hold a lock, if there is one; without it nothing is changed."""
    with ExitStack() as held:
        with _told(UNTOUCHED, "taking the lock"):
            if lock is not None:
                held.enter_context(lock)
        yield


@contextmanager
def _told(now: str = "", doing: str = "") -> Iterator[None]:
    """Let a KernelError tell what was being done, and what the kernel holds now, unless it does."""
    try:
        yield
    except KernelError as problem:
        problem.doing, problem.now = problem.doing or doing, problem.now or now
        raise


def _befores(work: Sequence[Work]) -> Befores:
    found: list[tuple[Subsystem, Any]] = []
    for subsystem, _, before in reversed(work):
        if not any(subsystem is one for one, _ in found):
            found.append((subsystem, before))
    return found


def _roll_back(befores: Befores, back: Callable[[Befores], Sequence[Part]], problem: BaseException) -> None:
    """Bring every subsystem back to what it held before."""
    complaints: list[str] = []
    unknown = False
    try:
        parts = back(befores)
    except (KernelError, OSError, MemoryError):
        parts = _one_by_one(befores)
    for part in parts:
        try:
            changes = part.subsystem.plan(part.subsystem.snapshot(), part.want)
            if changes:
                part.subsystem.commit(changes)
        except (KernelError, OSError, MemoryError) as another:
            complaints.append(_words(another))
    left: list[Change] = []
    for subsystem, before in befores:
        try:
            left += subsystem.plan(subsystem.snapshot(), before)
        except (KernelError, OSError, MemoryError) as another:
            complaints.append(_words(another))
            unknown = True
    # Something was refused on the way, and everything is as before all the same: a later part has brought it back.
    if left or unknown:
        raise RollbackFailed(problem, tuple(left), tuple(dict.fromkeys(complaints))) from problem


def _words(problem: BaseException) -> str:
    if isinstance(problem, MemoryError):
        return "there is not enough memory"
    return str(problem) or type(problem).__name__


def _difference(change: Change) -> str:
    before, after = change.before or (), change.after or ()
    found = next((rule for rule in before if rule not in set(after)), "nothing")
    wanted = next((rule for rule in after if rule not in set(before)), "nothing")
    return f"{change.key}: found [{found}], wanted [{wanted}]"
