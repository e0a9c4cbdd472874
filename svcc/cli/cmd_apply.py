"""`svcc apply`: plan, check, commit, re-read; atomic, or back to where it was."""

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from svcc.cli.fallback import settle_mode
from svcc.cli.options import (
    KERNEL_MODES,
    Input,
    compile_input,
    fallback_option,
    keep_lock,
    kernel_options,
    manifest_options,
    subcommand,
    time_option,
    wait_option,
)
from svcc.cli.render import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from svcc.apply import Applied, Befores, Opened
    from svcc.cli.flows import Flows
    from svcc.cli.live import Machine, Wanted
    from svcc.cli.live_undo import Assurance
    from svcc.diag import Diagnostics
    from svcc.graph.nodes import RuleGraph
    from svcc.interrupts import Interrupts
    from svcc.plan.change import Plan
    from svcc.plan.conntrack import StaleFlows
    from svcc.reviewed import Reviewed

_LOOKS = 1.0
"""Seconds between two looks at whether connections have ended."""


@subcommand(
    "apply",
    "svcc apply examples/shop --netns lab; svcc apply shop/ --confirm-within 60s --probe 'curl -sf http://10.96.0.10'",
)
@manifest_options(shapes=("human", "json"), modes=KERNEL_MODES)
@kernel_options
@fallback_option
@time_option(
    "--drain", "With IPVS: wait so long for connections to endpoints that go, then end them. Default: leave them."
)
@click.option(
    "--force",
    is_flag=True,
    help="Apply beside kube-proxy, take over virtual servers that are not svcc's, take away many frontends.",
)
@time_option("--confirm-within", "Roll back unless `svcc confirm` comes in this time; outlives terminal and login.")
@click.option("--probe", metavar="CMD", help="Roll back unless this line for sh succeeds after the commit.")
@time_option("--probe-within", "Time for the probe. Default: 30s.")
@wait_option
@click.option("--dry-run", is_flag=True, help="Plan and check, and stop before the commit.")
def command(netns: str | None, drain: float | None, *, no_fallback: bool, dry_run: bool, **words: Any) -> int:
    """Bring the kernel to the manifests, or do what `svcc plan --out` wrote, exactly: atomic, or back to where it was. Only objects of svcc are ever touched."""
    from svcc.cli.flows import Flows
    from svcc.cli.live import enter, with_facts
    from svcc.cli.plan_file import demand_place, found_plan, input_of, tell_of_lock
    from svcc.cli.plans import print_remarks
    from svcc.cli.render import working
    from svcc.fronts import fronts_of
    from svcc.interrupts import Interrupts

    asked = _Asked.from_words(words)
    if drain is not None and asked.assured.window is not None:
        raise click.UsageError("--drain changes the kernel again after the apply: not together with --confirm-within.")
    reviewed = found_plan({**words, "backend": asked.backend})
    given = Input.from_words(words, modes=KERNEL_MODES) if reviewed is None else input_of(reviewed, words)
    with Interrupts() as signals:
        enter(netns)
        settle_mode(given, no_fallback=no_fallback or (reviewed is not None and reviewed.no_fallback), load=not dry_run)
        given.config = with_facts(given.config)
        if reviewed is not None:
            demand_place(reviewed, given)
            asked = replace(asked, reviewed=reviewed, backend=reviewed.backend)
        with given.reporting():
            compiled, wanted = compile_input(given)
        if not dry_run:
            (keep_lock if reviewed is None or words["lock"] is not None else tell_of_lock)(given)
        flows = Flows(fronts_of(compiled, given.config.mode))
        one = _Apply(given, asked, compiled.graph, wanted, flows)
        with working("Changing the kernel", quiet=given.quiet):
            applied = one.act(signals, dry_run=dry_run)
        print_remarks(flows.remarks, given)
        _print(applied.plan, one, dry_run=dry_run)
    if drain is not None and not dry_run:
        _drain(one, drain)
    return 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """How the user wants to have it applied."""

    backend: str
    force: bool
    wait: float
    assured: "Assurance"
    reviewed: "Reviewed | None" = None
    """The plan that was looked at."""

    @classmethod
    def from_words(cls, words: dict[str, Any]) -> "_Asked":
        """Take the options out of `words`."""
        from svcc.cli.live_undo import PROBE_SECONDS, Assurance

        window, seconds = words.pop("confirm_within"), words.pop("probe_within")
        assured = Assurance(words.pop("probe"), PROBE_SECONDS if seconds is None else seconds, window)
        return cls(words.pop("backend"), words.pop("force"), words.pop("wait") or 0.0, assured)


class _Apply:
    """One state of the kernel, and the way there, as often as it is gone."""

    def __init__(self, given: Input, asked: _Asked, graph: "RuleGraph", wanted: "Wanted", flows: "Flows") -> None:
        self.given, self.wanted = given, wanted
        self._asked, self._graph, self._flows = asked, graph, flows
        self._seen: list[Machine] = []
        self.repaired = ""
        """What of the first act repairs what somebody had changed, in one line."""

    @property
    def machine(self) -> "Machine":
        """What was there before the last act."""
        return self._seen[-1]

    def look(self) -> "Machine":
        """Read the kernel."""
        from svcc.cli.live import Machine
        from svcc.cli.live_ipvs import WantedIpvs

        config = self.given.config
        taken = self.wanted.state.virtuals if self._asked.force and isinstance(self.wanted, WantedIpvs) else None
        return Machine.look(config.mode, self._asked.backend, options=config.ipvs, taken=taken)

    def act(self, signals: "Interrupts", *, dry_run: bool = False, cut: bool = False) -> "Applied":
        """Apply, or only rehearse it; `cut` ends the connections that would otherwise be waited for.

        Stale flows go when the kernel is as it should be, and still under the lock: flows that the old rules made up to then go too.
        """
        from svcc.apply import Applied, Opened, apply, rehearse
        from svcc.cli.undone import undo_what_was_cut_off
        from svcc.kernel import lock
        from svcc.kernel import netns as namespaces

        deleted: list[StaleFlows] = []

        def done() -> None:
            deleted.extend(self._flows.delete())
            signals.finish()

        def open_parts() -> Opened:
            if not dry_run:
                undo_what_was_cut_off(quiet=self.given.quiet)
            return self._opened(done, cut=cut)

        mode, held = self.given.config.mode.value, lock.hold(namespaces.identity(), self._asked.wait)
        if dry_run:
            rehearsed = rehearse(mode, open_parts, held)
            return Applied(replace(rehearsed.plan, flows=self._flows.look()))
        applied = apply(mode, open_parts, held)
        return Applied(replace(applied.plan, flows=tuple(deleted)))

    def _opened(self, done: "Callable[[], None]", *, cut: bool) -> "Opened":
        """Look at the machine, and return what is to be done; `done` is called when it is."""
        from svcc.cli.live import needed_settings
        from svcc.cli.live_restore import LastApplied
        from svcc.cli.live_undo import recorded

        self._seen.append(self.look())
        self._flows.await_end()
        mode, needed = self.given.config.mode.value, needed_settings(self._graph, self.wanted)
        opened = self.machine.opened(needed, self.wanted, force=self._asked.force, cut=cut)
        opened = self._as_reviewed(opened)
        if len(self._seen) == 1:
            # Ending what drains is no apply to go back from: whoever does goes back to before the first.
            last = LastApplied(mode, self.machine.backend(self.wanted), needed, self.wanted, self._flows.fronts)
            opened = self._telling(recorded(opened, mode, self._asked.assured, last.text()))

        def keep(plan: "Plan") -> None:
            opened.keep(plan)
            done()

        return replace(opened, keep=keep)

    def _telling(self, opened: "Opened") -> "Opened":
        """Return an apply that also finds out what of it repairs what somebody had changed."""
        from svcc.cli.drifted import drift_of, repaired

        def journal(plan: "Plan", befores: "Befores") -> None:
            self.repaired = repaired(drift_of(self.machine, plan, befores))
            opened.journal(plan, befores)

        return replace(opened, journal=journal)

    def _as_reviewed(self, opened: "Opened") -> "Opened":
        """Return an apply that only does what was looked at, if anybody has looked at it."""
        from svcc.cli.plan_file import demand_same

        reviewed = self._asked.reviewed
        if reviewed is None or len(self._seen) > 1:
            return opened

        def guard(plan: "Plan") -> "Diagnostics":
            demand_same(reviewed, plan)
            return opened.guard(plan)

        return replace(opened, guard=guard)


def _drain(one: _Apply, seconds: float) -> None:
    """Wait until the connections to endpoints that went have ended; after so many seconds end them."""
    from svcc.interrupts import Interrupts

    until = time.monotonic() + seconds
    with Interrupts() as signals:
        while any(held := one.look().draining(one.wanted)):
            if (left := until - time.monotonic()) <= 0:
                one.act(signals, cut=True)
                if not one.given.quiet:
                    click.echo(f"Ended {counted(held[1], 'connection')} to {counted(held[0], 'endpoint')}.", err=True)
                return
            time.sleep(min(_LOOKS, left))
        one.act(signals)


def _print(plan: "Plan", one: _Apply, *, dry_run: bool) -> None:
    from svcc.cli.plans import as_json, print_plan
    from svcc.cli.undone import print_waiting

    given, machine, wanted = one.given, one.machine, one.wanted
    if given.shape == "json":
        click.echo(json.dumps(as_json(plan), indent=2))
        return
    if given.quiet:
        return
    print_plan(plan, given)
    if plan.changes:
        if one.repaired:
            click.echo(one.repaired)
        carrier = machine.carrier(given.config.mode)
        click.echo(f"{'Checked, and not committed.' if dry_run else 'Applied, and read back.'} {carrier}")
        print_waiting(given)
    flows = sum(one.flows for one in plan.flows)
    if flows and not dry_run:
        click.echo(f"{counted(flows, 'stale flow')} deleted; the next packet of each is sent by the rules.")
    servers, connections = machine.draining(wanted)
    if servers:
        whose = f"{counted(connections, 'connection')} to {counted(servers, 'endpoint')}"
        click.echo(f"{whose} that went: left to end, and cleaned up by a later apply (--drain TIME waits for them)")
