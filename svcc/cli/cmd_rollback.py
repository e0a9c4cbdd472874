"""`svcc rollback`: return to the state before the last apply."""

import json

import click

from svcc.cli.options import Input, netns_option, wait_option


@click.command("rollback", epilog="Example: svcc rollback --netns lab")
@netns_option
@wait_option
@click.option("--format", "shape", type=click.Choice(("human", "json")), default="human", help="Of the output.")
@click.option("-v", "--verbose", is_flag=True, help="Print every rule that changes.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(netns: str | None, wait: float | None, shape: str, *, verbose: bool, quiet: bool) -> int:
    """Return to the state before the last apply or clean; also after one that was cut off, or that waits to be confirmed."""
    from svcc.cli.live import enter
    from svcc.cli.live_undo import roll_back
    from svcc.cli.plans import as_json, print_plan
    from svcc.cli.render import counted
    from svcc.config import NodeConfig
    from svcc.interrupts import Interrupts
    from svcc.kernel import journal, lock
    from svcc.kernel import netns as namespaces
    from svcc.kernel.base import NotFound

    with Interrupts():
        enter(netns)
        identity = namespaces.identity()
        with lock.hold(identity, wait or 0):
            found = journal.read(identity)
            if found is None or found.phase is journal.Phase.UNDONE:
                why = f": the last one was rolled back already, since {found.why}" if found and found.why else ""
                raise NotFound(f"there is no apply to return from {lock.where(identity)}{why}")
            applied = roll_back(found, why="somebody asked for it")
    if shape == "json":
        click.echo(json.dumps(as_json(applied.plan), indent=2))
    elif not quiet:
        if applied.plan.changes:
            print_plan(applied.plan, Input((), NodeConfig(), verbose=verbose))
        if flows := sum(one.flows for one in applied.plan.flows):
            click.echo(f"{counted(flows, 'stale flow')} deleted; the next packet of each is sent by the rules.")
        click.echo(f"Rolled back, and read back: the kernel is as it was before {found.who}.")
    return 0
