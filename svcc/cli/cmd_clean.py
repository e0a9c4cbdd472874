"""`svcc clean`: remove everything of ours."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from svcc.cli.options import Input, kernel_options, wait_option

if TYPE_CHECKING:
    from svcc.kernel.base import KernelError
    from svcc.plan.change import Plan


@click.command("clean", epilog="Example: svcc clean --netns lab; svcc clean --foreign=kube-proxy")
@kernel_options
@wait_option
@click.option(
    "--all-modes", is_flag=True, help="Every mode, as without; --backend alone leaves the other modes' rules."
)
@click.option(
    "--foreign",
    type=click.Choice(("kube-proxy",)),
    help="Show what kube-proxy has left behind, and remove that instead, when asked once more.",
)
@click.option("--yes", is_flag=True, help="With --foreign: remove it without asking.")
@click.option("--force", is_flag=True, help="With --foreign: also while kube-proxy runs.")
@click.option("--format", "shape", type=click.Choice(("human", "json")), default="human", help="With --foreign.")
@click.option("-v", "--verbose", is_flag=True, help="Print every rule that goes.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(netns: str | None, backend: str, wait: float | None, foreign: str | None, **words: Any) -> int:
    """Remove everything of svcc from the kernel, and put back the settings that apply changed."""
    from svcc.cli.live import enter

    if foreign is None and (words["yes"] or words["force"] or words["shape"] != "human"):
        raise click.UsageError("--yes, --force and --format go together with --foreign.")
    enter(netns)
    if foreign is not None:
        from svcc.cli.foreign import Asked, clean

        names = ("yes", "force", "verbose", "quiet")
        return clean(Asked(words["shape"], wait or 0, **{name: words[name] for name in names}))
    return _clean(backend, wait, verbose=words["verbose"], quiet=words["quiet"])


def _clean(backend: str, wait: float | None, *, verbose: bool, quiet: bool) -> int:
    from svcc.apply import Opened, apply
    from svcc.cli.live import Cleaning
    from svcc.cli.live_undo import Assurance, recorded
    from svcc.cli.plans import print_plan
    from svcc.cli.undone import undo_what_was_cut_off
    from svcc.config import NodeConfig
    from svcc.interrupts import Interrupts
    from svcc.kernel import lock, memory
    from svcc.kernel import netns as namespaces
    from svcc.kernel.base import KernelError

    with Interrupts() as signals:
        seen: list[Cleaning] = []
        gone: list[str] = []
        problems: list[KernelError | OSError] = []

        def look() -> Opened:
            undo_what_was_cut_off(quiet=quiet)
            seen.append(Cleaning.look(backend))
            return recorded(Opened(seen[0].parts, keep=keep), "", Assurance())

        def keep(_: "Plan") -> None:
            try:
                gone.extend(memory.leave(seen[0].cleaned, seen[0].left, tables=seen[0].tables))
            except (KernelError, OSError) as problem:
                problems.append(problem)
            signals.finish()

        applied = apply("", look, lock.hold(namespaces.identity(), wait or 0))
        if not quiet:
            if applied.plan.changes:
                print_plan(applied.plan, Input((), NodeConfig(), verbose=verbose))
            for table in gone:
                click.echo(f"- table {table}: it was made for our rules and is empty")
            click.echo(_outcome(seen[0].remains, changed=bool(applied.plan.changes or gone), problems=problems))
    return 0


def _outcome(left: Sequence[str], *, changed: bool, problems: "Sequence[KernelError | OSError]") -> str:
    if problems:
        return f"Left: empty tables, or what is remembered of them ({problems[0]}). `svcc clean` removes that too."
    if left:
        words = " and ".join(left)
        return f"Left: the rules of svcc in {words}, and the settings. `svcc clean` removes them too."
    return "Nothing of svcc is left." if changed else "There was nothing of svcc."
