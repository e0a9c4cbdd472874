"""Write the journal of an apply while it happens, and undo what a journal tells.

    recorded(opened, "iptables", Assurance(window=60))    the same apply, with a journal, a watcher and a probe
    ready()                                               Busy while an apply waits to be confirmed; what was cut off is undone
    roll_back(journal, why="…")                           back to what was there before that apply

Undoing is an apply like any other, of the states that the journal holds, in the order in which a failed apply goes back. It is journaled
too: whoever is killed while undoing is undone by the next. Flows of UDP and SCTP that what is undone has made go with it; what has got
connections in IPVS stays for them, and stays written down as ours.
"""

import contextlib
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from svcc.apply import Applied, Befores, Opened, Subsystem, apply
from svcc.cli import live_restore
from svcc.cli.ipvs_passes import back
from svcc.cli.live_ipvs import Absent, made
from svcc.emit.ipvs.ruleset import IpvsState, Virtual, VirtualKey
from svcc.kernel import applied, detached, found, journal, lock, memory, modules, netns, probe, record, written
from svcc.kernel.backend import Backend
from svcc.kernel.base import Busy, Denied, KernelError
from svcc.kernel.dummy import Svcc0
from svcc.kernel.iptables import Iptables
from svcc.kernel.ipvs import Ipvs
from svcc.kernel.ipvs_tools import Netlink
from svcc.kernel.journal import Journal, Phase
from svcc.kernel.nftables import Nftables
from svcc.kernel.sysctl import Sysctl
from svcc.net import Address
from svcc.plan.change import Plan
from svcc.plan.conntrack import StaleFlows

PROBE_SECONDS = 30.0
WATCHER = "svcc.cli.watcher"


@dataclass(frozen=True, slots=True)
class Assurance:
    """What makes sure that an apply is good: until then it is undone."""

    probe: str | None = None
    """A command that must succeed."""
    seconds: float = PROBE_SECONDS
    """How long it may take."""
    window: float | None = None
    """How many seconds there are to confirm it."""


def recorded(opened: Opened, mode: str, assured: Assurance, last: str = "") -> Opened:
    """Return an apply that also writes the journal, and is undone unless all is well with it; `last` is what a boot puts back."""
    one = _Recorder(opened, mode, assured, last)
    return replace(opened, journal=one.begin, back=back, undo=one.undo, seal=one.seal, keep=one.keep)


class _Recorder:
    """Writes the journal of one apply."""

    def __init__(self, opened: Opened, mode: str, assured: Assurance, last: str) -> None:
        self._opened, self._mode, self._assured, self._text = opened, mode, assured, last
        self._identity, self._memory = netns.identity(), memory.held()
        self._last = journal.read(self._identity)
        self._tables = found.tables()
        self._now: Journal | None = None
        self._watcher: detached.Started | None = None

    def begin(self, plan: Plan, befores: Befores) -> None:
        """Write down what is there, and start who watches that it is confirmed."""
        packed = journal.pack([written.write(subsystem, state) for subsystem, state in befores])
        number = self._last.generation + 1 if self._last is not None else 1
        known = (self._memory, self._tables)
        now = Journal(Phase.COMMITTING, number, self._mode, plan.digest, lock.whoami(), packed, *known)
        applied.set_aside(self._identity, number)
        journal.write(self._identity, now)
        self._now = now
        if self._assured.window is not None:
            self._watcher = detached.start(WATCHER, self._identity, str(number))
        self._opened.journal(plan, befores)

    def undo(self, plan: Plan) -> None:
        """Leave the journal as it was."""
        self._opened.undo(plan)
        found.remove_new(self._tables)
        # A journal that stays tells of what is there anyway; undoing it again changes nothing.
        with contextlib.suppress(KernelError):
            if self._now is not None:
                applied.put_back(self._identity, self._now.generation)
                journal.put_back(self._identity, self._last)
                live_restore.flows_of(applied.kept(self._identity)).delete()
        self._release()

    def seal(self, plan: Plan) -> None:
        """Ask the probe, and write down that it is done, or that it waits to be confirmed."""
        self._opened.seal(plan)
        if self._assured.probe is not None:
            probe.demand(self._assured.probe, self._assured.seconds)
        assert self._now is not None, "bug in svcc: an apply ends that has not begun"
        done, number = replace(self._now, phase=Phase.DONE), self._now.generation
        if self._assured.window is None:
            applied.keep(self._identity, self._text)
        else:
            applied.propose(self._identity, number, self._text)
            done = replace(done, phase=Phase.CONFIRMING, until=journal.since_boot() + self._assured.window)
        journal.write(self._identity, done)

    def keep(self, plan: Plan) -> None:
        """Let the watcher begin to watch."""
        self._opened.keep(plan)
        if not plan.changes and applied.kept(self._identity) != self._text:
            applied.keep(self._identity, self._text)
        self._release()

    def _release(self) -> None:
        if self._watcher is not None:
            self._watcher.release()


def ready() -> Journal | None:
    """Make sure that nothing is under way, under the lock; return the apply that was cut off and is undone now, if any.

    Raises:
        Busy: an apply waits to be confirmed; the message says for how long, and whose it is.
        KernelError: what was cut off cannot be undone.
    """
    told = journal.read(netns.identity())
    if told is None or told.phase in (Phase.DONE, Phase.UNDONE):
        return None
    if told.left and told.phase is Phase.CONFIRMING:
        hint = "`svcc confirm` keeps it, `svcc rollback` takes it back now"
        raise Busy(f"{waiting(told)} {lock.where(netns.identity())}", hint=hint)
    roll_back(told, why="it was cut off" if told.until is None else "nobody confirmed it in time")
    return told


def waiting(told: Journal) -> str:
    """Return who waits to be confirmed, and until when."""
    at = time.strftime("%H:%M:%S", time.localtime(time.time() + told.left))
    return f"an apply waits to be confirmed until {at}, in {told.left:.0f} s: {told.who}"


def is_cut_off(told: Journal) -> bool:
    """Tell whether an apply is neither done nor undone, and has no time left; while somebody holds the lock it may be under way."""
    return told.phase in (Phase.COMMITTING, Phase.UNDOING) or (told.phase is Phase.CONFIRMING and not told.left)


def at_work() -> bool:
    """Tell whether another svcc is at work in this namespace."""
    try:
        with lock.hold(netns.identity()):
            return False
    except Busy:
        return True


def roll_back(told: Journal, *, why: str) -> Applied:
    """Go back to what was there before an apply, under the lock.

    Raises:
        Denied: the journal is damaged.
        KernelError: the machine refused; everything is as it was before this.
    """
    swept: list[StaleFlows] = []
    done = apply(told.mode, lambda: _back(told, why, swept))
    return Applied(replace(done.plan, flows=tuple(swept)))


def _back(told: Journal, why: str, swept: list[StaleFlows]) -> Opened:
    identity, recalled = netns.identity(), record.recall()
    try:
        states = [written.read(one) for one in journal.unpack(told.before)]
    except (ValueError, KeyError, TypeError, zlib.error):
        raise Denied("the journal is damaged: what was there before cannot be read", hint="`svcc apply`") from None
    flows = live_restore.flows_of(applied.before(identity, told.generation))
    flows.await_end()
    servers = next((state for place, state in states if place == written.IPVS), None)
    named = {} if servers is None else {at: one.service for at, one in servers.virtuals.items()}
    ipvs = _servers(dict(states), recalled)

    def begin(plan: Plan, _: Befores) -> None:
        journal.write(identity, replace(told, phase=Phase.UNDOING))
        if servers is not None:
            record.keep({**made(plan), **recalled, **named})

    def undo(_: Plan) -> None:
        with contextlib.suppress(KernelError):
            journal.write(identity, told)

    def keep(_: Plan) -> None:
        held = memory.held()
        gone = held is None or held.backend == memory.NONE
        memory.take_back(told.memory, None if held is None or gone else Backend(held.backend))
        found.remove_new(told.tables)
        applied.put_back(identity, told.generation)
        swept.extend(flows.delete())
        if servers is not None:
            # With those that the apply had brought, and that stay for their connections.
            more = {**recalled, **ipvs.made}
            record.keep({at: more[at] for at in ipvs.still(more.keys() - named.keys())} | named)
        journal.write(identity, replace(told, phase=Phase.UNDONE, before="", memory=None, tables=(), why=why))

    parts = back([(_subsystem(place, state, ipvs), state) for place, state in states])
    return Opened(parts, journal=begin, back=back, undo=undo, keep=keep)


def _subsystem(place: str, state: Any, ipvs: Ipvs) -> Subsystem:
    """Return the subsystem of a place."""
    room, _, name = place.partition(" ")
    match room:
        case written.IPTABLES:
            return Iptables(Backend(name))
        case written.NFTABLES:
            return Nftables(table=name)
        case written.IPVS:
            return ipvs
        case written.LINKS:
            return Svcc0(in_use=ipvs.in_use)
        case _:
            return Sysctl(state)


def _servers(states: Mapping[str, Any], recalled: dict[VirtualKey, str]) -> Ipvs:
    """Return the virtual servers that there were or may have come: those of the record, which is written first.

    What a rollback that was cut off had let stand in may be missing there; its address is on svcc0, and of nothing else.
    """
    state, links = states.get(written.IPVS, IpvsState()), states.get(written.LINKS)
    named = {at: Virtual("", service=service) for at, service in recalled.items()}
    known, strange = frozenset({*recalled, *state.virtuals}), frozenset[Address]()
    if links is not None:
        before = {*(links.addresses or ()), *(at.address for at in known)}
        strange = frozenset(Svcc0().snapshot().addresses or ()) - before
    tools = Netlink() if modules.present("ip_vs") else Absent()
    return Ipvs(lambda at: at in known or at.address in strange, tools, {**named, **state.virtuals})
