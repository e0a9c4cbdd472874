"""`svcc apply`: plan, check, commit, re-read; atomic, or back to where it was."""

import json
from typing import TYPE_CHECKING, Any

import click

from svcc.cli.options import KERNEL_MODES, Input, compile_input, keep_lock, kernel_options, manifest_options, subcommand

if TYPE_CHECKING:
    from svcc.plan.change import Plan


@subcommand("apply", "svcc apply examples/shop --netns lab")
@manifest_options(shapes=("human", "json"), modes=KERNEL_MODES)
@kernel_options
@click.option("--force", is_flag=True, help="Apply although the guard refuses (kube-proxy's rules are present).")
@click.option("--dry-run", is_flag=True, help="Plan and check, and stop before the commit.")
def command(netns: str | None, backend: str, *, force: bool, dry_run: bool, **words: Any) -> int:
    """Bring the kernel to the manifests: atomic, or back to where it was. Only objects of svcc are ever touched."""
    from svcc.apply import Opened, apply, rehearse
    from svcc.cli.live import Machine, enter, with_facts
    from svcc.cli.render import working
    from svcc.interrupts import Interrupts
    from svcc.kernel import lock
    from svcc.kernel import netns as namespaces

    given = Input.from_words(words, modes=KERNEL_MODES)
    with Interrupts() as signals:
        enter(netns)
        given.config = with_facts(given.config)
        with given.reporting():
            compiled, wanted = compile_input(given)
        if not dry_run:
            keep_lock(given)
        seen: list[Machine] = []

        def look() -> Opened:
            seen.append(Machine.look(given.config.mode, backend))
            return seen[0].opened(compiled.graph, wanted, force=force, done=signals.finish)

        act = rehearse if dry_run else apply
        with working("Changing the kernel", quiet=given.quiet):
            applied = act(given.config.mode.value, look, lock.hold(namespaces.identity()))
        _print(applied.plan, given, seen[0].carrier(given.config.mode), dry_run=dry_run)
    return 0


def _print(plan: "Plan", given: Input, carrier: str, *, dry_run: bool) -> None:
    from svcc.cli.plans import as_json, print_plan

    if given.shape == "json":
        click.echo(json.dumps(as_json(plan), indent=2))
    elif not given.quiet:
        print_plan(plan, given)
        if plan.changes:
            click.echo(f"{'Checked, and not committed.' if dry_run else 'Applied, and read back.'} {carrier}")
