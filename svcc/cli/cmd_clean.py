"""`svcc clean`: remove everything of ours."""

import click

from svcc.cli.options import Input, kernel_options


@click.command("clean", epilog="Example: svcc clean --netns lab")
@kernel_options
@click.option("--all-modes", is_flag=True, help="Every mode, not only the one applied last.")
@click.option("-v", "--verbose", is_flag=True, help="Print every rule that goes.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(netns: str | None, backend: str, *, all_modes: bool, verbose: bool, quiet: bool) -> int:  # noqa: ARG001
    """Remove everything of svcc from the kernel, and put back the settings that apply changed."""
    from svcc.apply import Opened, apply
    from svcc.cli.live import enter, parts_of_nothing
    from svcc.cli.plans import print_plan
    from svcc.config import NodeConfig
    from svcc.kernel import lock, memory
    from svcc.kernel import netns as namespaces
    from svcc.kernel.backend import Backend

    enter(netns)
    concerned: list[Backend] = []

    def look() -> Opened:
        parts, held = parts_of_nothing(backend)
        concerned.extend(held)
        return Opened(parts)

    with lock.hold(namespaces.identity()):
        applied = apply("iptables", look)
        gone = memory.leave(concerned)
    if not quiet:
        given = Input((), NodeConfig(), verbose=verbose)
        if applied.plan.changes:
            print_plan(applied.plan, given)
        for table in gone:
            click.echo(f"- table {table}: it was made for our rules and is empty")
        click.echo("Nothing of svcc is left." if applied.plan.changes or gone else "There was nothing of svcc.")
    return 0
