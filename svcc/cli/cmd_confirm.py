"""`svcc confirm`: keep what an apply with --confirm-within has done."""

from dataclasses import replace

import click

from svcc.cli.options import netns_option, wait_option


@click.command("confirm", epilog="Example: svcc confirm --netns lab")
@netns_option
@wait_option
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(netns: str | None, wait: float | None, *, quiet: bool) -> int:
    """Keep what an apply with --confirm-within has done: it will not be rolled back."""
    from svcc.cli.live import enter
    from svcc.kernel import applied, journal, lock
    from svcc.kernel import netns as namespaces
    from svcc.kernel.base import KernelError
    from svcc.kernel.journal import Phase

    enter(netns)
    identity = namespaces.identity()
    with lock.hold(identity, wait or 0):
        found = journal.read(identity)
        if found is not None and found.phase is not Phase.DONE and found.until is not None and not found.left:
            why = f", since {found.why}" if found.phase is Phase.UNDONE else ""
            raise KernelError(
                f"it is too late to confirm: it {'was' if why else 'is to be'} rolled back{why}",
                hint="`svcc apply` again",
            )
        if found is not None and found.left and found.phase is Phase.CONFIRMING:
            left = found.left
            applied.accept(identity, found.generation)
            journal.write(identity, replace(found, phase=Phase.DONE, until=None))
            if not quiet:
                click.echo(f"Confirmed with {left:.0f} s left: it stays. `svcc rollback` still takes it back.")
            return 0
    if not quiet:
        click.echo("Nothing waits to be confirmed.")
    return 0
