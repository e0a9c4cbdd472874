"""Compare what the kernel holds with what was applied last, beside what the manifests want: who has changed what.

held = Held(machine.parts(needed, wanted))      each subsystem is looked at once, however often it is asked
plan = make_plan("iptables", held.parts)
drift = held.drift(machine, plan)               Drift(by_somebody=…, by_manifests=…, causes=…)
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click

from svcc.apply import Befores, Part, Subsystem
from svcc.cli import live_undo
from svcc.cli.live import Machine
from svcc.cli.live_restore import head_of, read
from svcc.cli.options import Input
from svcc.cli.render import echo
from svcc.config import Mode
from svcc.emit.ipvs.ruleset import IpvsState
from svcc.kernel import applied, journal, netns, signs
from svcc.kernel.backend import Backend
from svcc.kernel.base import KernelError
from svcc.kernel.dummy import Svcc0
from svcc.kernel.iptables import Iptables
from svcc.kernel.ipvs import Ipvs
from svcc.kernel.journal import Phase
from svcc.kernel.nftables import Nftables
from svcc.kernel.sysctl import Sysctl
from svcc.plan.causes import Cause, Differs
from svcc.plan.change import Change, Plan
from svcc.plan.drift import Drift, is_left_over, judge, summary, words
from svcc.plan.frontends import Frontends
from svcc.plan.links import Dummy
from svcc.plan.nftables import NftState
from svcc.plan.services import Sides


class _Once:
    """A subsystem that is looked at once."""

    def __init__(self, subsystem: Subsystem) -> None:
        self.subsystem, self.name = subsystem, subsystem.name
        self.seen: list[Any] = []

    def snapshot(self) -> Any:
        """Return what was there at the first look."""
        if not self.seen:
            self.seen.append(self.subsystem.snapshot())
        return self.seen[0]

    def plan(self, live: Any, want: Any) -> tuple[Change, ...]:
        """Plan as the subsystem does."""
        return self.subsystem.plan(live, want)

    def services(self, live: Any, want: Any, changes: Sequence[Change]) -> Sides:
        """Say it in Service terms as the subsystem does."""
        return self.subsystem.services(live, want, changes)

    def frontends(self, state: Any) -> Frontends:
        """Count as the subsystem does."""
        return self.subsystem.frontends(state)

    def check(self, changes: Sequence[Change]) -> None:
        """Check as the subsystem does."""
        self.subsystem.check(changes)

    def commit(self, changes: Sequence[Change]) -> None:
        """Commit as the subsystem does."""
        self.subsystem.commit(changes)

    def reread(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Read back as the subsystem does."""
        return self.subsystem.reread(changes)


class Held:
    """The parts of a plan whose subsystems are looked at once."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._once = {id(one.subsystem): _Once(one.subsystem) for one in parts}
        self.parts = tuple(Part(self._once[id(one.subsystem)], one.want) for one in parts)

    def drift(self, machine: Machine, plan: Plan) -> Drift:
        """Return what of a plan that was made from these parts is whose."""
        seen = [(one.subsystem, one.seen[0]) for one in self._once.values() if one.seen]
        return drift_of(machine, plan, seen)


def drift_of(machine: Machine, plan: Plan, seen: Befores) -> Drift:
    """Return what of a plan is whose; `seen` is what its subsystems hold."""
    found: Sequence[Differs] | None = None
    # What is damaged or cannot be read is as good as not known; whoever puts it back says so.
    with contextlib.suppress(KernelError):
        if text := _last():
            found = _since(machine, text, {id(one): state for one, state in seen}) if plan.changes else ()
    return judge(plan.changes, found, signs.gather(machine.saved))


def _last() -> str:
    """Return what was applied last as a text, "" where that is not known: nothing was, or it was cut off.

    Raises:
        Denied: it cannot be read.
    """
    identity = netns.identity()
    told = journal.read(identity)
    if told is not None and live_undo.is_cut_off(told):
        return ""
    if told is not None and told.phase is Phase.CONFIRMING:
        return applied.proposed(identity, told.generation)
    return applied.kept(identity)


def _since(machine: Machine, text: str, seen: Mapping[int, Any]) -> Sequence[Differs]:
    """Return how subsystems differ from what was applied last; those that are not `seen` are part of no plan."""
    shared = (machine.tables, machine.ipvs.servers, machine.ipvs.links, machine.ipvs.companion)
    found: dict[int, Differs] = {}
    for part in _parts(machine, text):
        one = part.subsystem
        known = id(one) in seen
        if not known and not isinstance(one, Sysctl) and any(one is other for other in (*machine.rules, *shared)):
            continue
        before = seen[id(one)] if known else one.snapshot()
        changes = tuple(each for each in one.plan(before, part.want) if not is_left_over(each))
        if changes:
            more = found[id(one)].changes if id(one) in found else ()
            stray = isinstance(one, Iptables | Nftables) and part.want in ({}, NftState())
            found[id(one)] = Differs(_carrier(one), (*more, *changes), _places(one, before), stray)
    return tuple(found.values())


def _parts(machine: Machine, text: str) -> tuple[Part, ...]:
    """Return the parts that would bring back what was applied last, without those that are certain to be as it left them."""
    head = head_of(text)
    in_nf_tables = head.mode is Mode.NFTABLES or head.backend is Backend.NFT
    if machine.recalled and in_nf_tables and not machine.ipvs.present:
        # To read what was applied last takes seconds where that is much.
        return (Part(Sysctl(head.settings), head.settings),)
    last = read(text)
    if last.backend is None:
        return machine.parts(last.settings, last.wanted)
    held = {one.backend: one for one in machine.rules}
    rules = held.get(last.backend) or Iptables(last.backend, saved=machine.saved)
    strays = [Part(one, {}) for where, one in held.items() if where is not last.backend]
    return (*replace(machine, rules=(rules,)).parts(last.settings, last.wanted), *strays)


def _carrier(subsystem: Subsystem) -> str:
    return f"iptables-{subsystem.backend.value}" if isinstance(subsystem, Iptables) else subsystem.name


def _places(subsystem: Subsystem, state: Any) -> frozenset[str]:
    """Return the places that hold anything of ours: what would have to go if all went."""
    nothing: Any = {}
    if isinstance(subsystem, Sysctl):
        return frozenset()
    if isinstance(subsystem, Nftables):
        nothing = NftState()
    elif isinstance(subsystem, Ipvs):
        nothing = IpvsState()
    elif isinstance(subsystem, Svcc0):
        nothing = Dummy()
    return frozenset(" ".join(one.key.split(" ", 2)[:2]) for one in subsystem.plan(state, nothing))


def print_drift(drift: Drift, given: Input) -> None:
    """Print who has changed what, and why one may think so."""
    if line := summary(drift):
        click.echo(line)
    for one in drift.causes:
        echo((("yellow", f"  {words(one)}"),), given.color)
        for sign in one.evidence:
            echo((("", f"    {sign}"),), given.color)


def print_theirs(drift: Drift, given: Input) -> None:
    """Print to stderr what a plan takes back of what somebody has changed, if anybody has."""
    if drift.by_somebody and not given.quiet:
        echo((("yellow bold", "drift"), ("", f": {summary(drift)}")), given.color, err=True)
        for one in drift.causes:
            echo((("", f"  {words(one)}"),), given.color, err=True)


def repaired(drift: Drift) -> str:
    """Return in one line what an apply has repaired, "" where nobody had changed anything."""
    theirs = len(drift.by_somebody)
    if not theirs:
        return ""
    objects = "1 object" if theirs == 1 else f"{theirs} objects"
    why = next((words(one) for one in drift.causes if one.objects), "")
    return f"Repaired {objects} that somebody had changed since the last apply{f': {why}' if why else ''}."


def as_json(drift: Drift) -> dict[str, Any]:
    """Return the drift in the shape of `svcc status --format json`."""
    return {
        "lastApplyKnown": drift.known,
        "bySomebody": len(drift.by_somebody),
        "byManifests": drift.by_manifests,
        "objects": [{"subsystem": one.subsystem, "kind": one.kind, "key": one.key} for one in drift.by_somebody],
        "causes": [_cause(one) for one in drift.causes],
    }


def _cause(one: Cause) -> dict[str, Any]:
    return {
        "what": one.what.value,
        "text": one.text,
        "who": list(one.who),
        "evidence": list(one.evidence),
        "objects": list(one.objects),
    }
