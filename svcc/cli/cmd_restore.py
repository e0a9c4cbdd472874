"""`svcc restore`: at boot, put the last applied state back."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from svcc.cli.options import Input, netns_option, wait_option

if TYPE_CHECKING:
    from svcc.plan.change import Plan
    from svcc.plan.conntrack import StaleFlows


@click.command("restore", epilog="Example: svcc restore --wait 60s")
@netns_option
@wait_option
@click.option("-v", "--verbose", is_flag=True, help="Print every rule that comes.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(netns: str | None, wait: float | None, *, verbose: bool, quiet: bool) -> int:
    """Put the last applied state back, as after a boot: from the folder of state alone, without manifests or network."""
    from svcc.apply import Opened, apply
    from svcc.cli.live import Machine, enter
    from svcc.cli.live_ipvs import NEEDED
    from svcc.cli.live_restore import flows_of, read
    from svcc.cli.live_undo import Assurance, recorded
    from svcc.cli.plans import print_plan
    from svcc.cli.undone import undo_what_was_cut_off
    from svcc.config import Mode, NodeConfig
    from svcc.interrupts import Interrupts
    from svcc.kernel import applied, lock, modules
    from svcc.kernel import netns as namespaces

    with Interrupts():
        enter(netns)
        identity = namespaces.identity()
        if not (text := applied.kept(identity)):
            if not quiet:
                click.echo(f"Nothing was applied {lock.where(identity)}: there is nothing to put back.")
            return 0
        last = read(text)
        mode = Mode(last.mode)
        swept: list[StaleFlows] = []
        if mode is Mode.IPVS:
            modules.load(NEEDED)

        def open_parts() -> Opened:
            undo_what_was_cut_off(quiet=quiet)
            machine = Machine.look(mode, "auto" if last.backend is None else last.backend.value)
            opened = machine.opened(last.settings, last.wanted, force=False)
            opened = recorded(opened, last.mode, Assurance(), text)

            def keep(plan: "Plan") -> None:
                opened.keep(plan)
                swept.extend(flows_of(text).delete())

            return replace(opened, keep=keep)

        done = apply(last.mode, open_parts, lock.hold(identity, wait or 0))
        if not quiet:
            if done.plan.changes:
                print_plan(replace(done.plan, flows=tuple(swept)), Input((), NodeConfig(), verbose=verbose))
            click.echo("Put back, and read back." if done.plan.changes else "Everything is there already.")
    return 0
