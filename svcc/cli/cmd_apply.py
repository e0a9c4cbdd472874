"""`svcc apply`: plan, check, commit, re-read; atomic, or back to where it was."""

import json
from typing import Any

import click

from svcc.cli.options import Input, command, compile_input, kernel_options, manifest_options


@command("apply", "svcc apply examples/shop --netns lab")
@manifest_options(shapes=("human", "json"))
@kernel_options
@click.option("--force", is_flag=True, help="Apply although the guard refuses (kube-proxy's rules are present).")
@click.option("--dry-run", is_flag=True, help="Plan and check, and stop before the commit.")
def apply_command(netns: str | None, backend: str, *, force: bool, dry_run: bool, **words: Any) -> int:
    """Bring the kernel to the manifests: atomic, or back to where it was. Only objects of svcc are ever touched."""
    from svcc.apply import Opened, apply, rehearse
    from svcc.cli.live import Machine, enter, with_facts
    from svcc.cli.plans import as_json, print_plan
    from svcc.cli.render import working
    from svcc.kernel import lock, memory
    from svcc.kernel import netns as namespaces
    from svcc.plan.guard import guard

    given = Input.from_words(words)
    enter(netns)
    given.config = with_facts(given.config)
    with given.reporting():
        compiled, rulesets = compile_input(given)
    seen: list[Machine] = []

    def look() -> Opened:
        machine = Machine.look(backend)
        seen.append(machine)
        return Opened(
            machine.parts(compiled.graph, rulesets),
            guard=lambda _: guard(machine.kube_proxy, force=force),
            journal=lambda plan: memory.remember(plan, machine.backend),
        )

    act = rehearse if dry_run else apply
    with working("Changing the kernel", quiet=given.quiet), lock.hold(namespaces.identity()):
        applied = act(given.config.mode.value, look)
        if not dry_run:
            seen[0].keep(rulesets)
    if given.shape == "json":
        click.echo(json.dumps(as_json(applied.plan), indent=2))
    elif not given.quiet:
        print_plan(applied.plan, given)
        if applied.plan.changes:
            done = "Checked, and not committed." if dry_run else "Applied, and read back."
            click.echo(f"{done} iptables backend: {seen[0].backend.value}")
    return 0


command = apply_command
