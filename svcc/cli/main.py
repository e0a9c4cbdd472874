"""The `svcc` command: finds the subcommand, and turns every way of ending into an exit code.

    0 done, or nothing to do      1 the input has errors       2 wrong usage       3 changes or drift exist
    4 the machine refused         5 rollback failed too        130 interrupted, rolled back
    70 a bug in svcc              141 the reader of the output went away, as shells have it

A subcommand's file is imported only when it is called, so that `svcc --help` does not pay for YAML, tables or netlink.
"""

import contextlib
import gc
import importlib
import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn, TextIO

import click

from svcc import __version__
from svcc.interrupts import hear_no_more, put_back

COMMANDS = {
    "check": "Validate manifests; print every diagnostic.",
    "defaults": "Show manifests as the API server would hold them.",
    "compile": "Write every artifact, or print the mode's main script.",
    "plan": "Show what apply would change; touch nothing.",
    "apply": "Bring the kernel to the manifests; atomic, or back to where it was.",
    "confirm": "Keep what an apply with --confirm-within has done.",
    "rollback": "Return to the state before the last apply.",
    "status": "Show what of ours is in the kernel; with manifests, the drift.",
    "clean": "Remove everything of ours.",
    "restore": "At boot: put the last applied state back.",
    "trace": "Say where a packet goes, how probably, and who asked for it.",
    "graph": "Print the rule graph of the manifests.",
    "env": "Print the environment variables of a namespace's pods.",
    "dns": "Print what a name server answers about the Services.",
    "explain": "Say what a diagnostic code means and how to mend it.",
    "completion": "Print a completion script for a shell.",
}

EXIT_INPUT, EXIT_CHANGES, EXIT_MACHINE, EXIT_ROLLBACK, EXIT_INTERRUPTED, EXIT_BUG, EXIT_CUT_OFF = (
    1,
    3,
    4,
    5,
    130,
    70,
    141,
)


class Commands(click.Group):
    """The subcommands, imported when they are asked for, with did-you-mean."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"svcc.cli.cmd_{cmd_name}").command
        assert isinstance(command, click.Command), f"bug in svcc: cmd_{cmd_name} has no command"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, and suggest one when there is none of that name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Example: svcc plan examples/shop && svcc apply examples/shop",
)
@click.version_option(__version__, "--version", message="svcc %(version)s")
def cli() -> None:
    """Compile Kubernetes Service manifests to the Linux dataplane: preview, explain, diff, apply, roll back."""


def main() -> NoReturn:
    """Run the command line and exit."""
    # A closed output is as good as one that nobody reads.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    # A command is soon over, and makes hardly any cycles; walking all that it holds would cost more than it frees.
    gc.disable()
    code = run(sys.argv[1:])
    hear_no_more()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
        # To free everything one by one before the end would take a tenth of a second of a large run.
        os._exit(code)
    sys.exit(code)


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def run(words: list[str]) -> int:
    """Run one command line and return its exit code. Nothing that a user or a machine does wrong makes a traceback."""
    with put_back():
        return _run(words)


def _run(words: list[str]) -> int:
    try:
        code = cli.main(words, prog_name="svcc", standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except (click.Abort, KeyboardInterrupt) as stopped:
        # Click raises its own exception from the one that says whether anything was rolled back.
        return _say(str(stopped.__cause__ or stopped) or "interrupted", "", EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_CUT_OFF
    except SystemExit as ended:
        # With 1, click ends so when the reader of our output has gone; with 0, a signal came when all was done.
        return EXIT_CUT_OFF if ended.code else 0
    except Exception as failed:  # noqa: BLE001 - the last net: it is sorted below, and a bug is said to be one
        return _failed(failed)
    return code if isinstance(code, int) else 0


def _failed(failed: Exception) -> int:
    from svcc.apply import RollbackFailed
    from svcc.diag import Stopped
    from svcc.kernel.base import KernelError

    if isinstance(failed, Stopped):
        return EXIT_INPUT
    if isinstance(failed, KernelError):
        code = EXIT_ROLLBACK if isinstance(failed, RollbackFailed) else EXIT_MACHINE
        return _say(failed.message, failed.hint, code, while_=failed.doing, now=failed.now)
    if isinstance(failed, MemoryError):
        # While an apply commits, it tells of that itself.
        return _say("there is not enough memory", "", EXIT_MACHINE, now="nothing was changed")
    if isinstance(failed, OSError):
        return _say(f"{failed.filename or 'system'}: {failed.strerror or failed}", "", EXIT_MACHINE)
    if os.environ.get("SVCC_TRACEBACK"):
        raise failed
    words = str(failed) or type(failed).__name__
    message = words if words.startswith("bug in svcc") else f"bug in svcc: {type(failed).__name__}: {words}"
    return _say(message, "please report it; SVCC_TRACEBACK=1 shows where it happened", EXIT_BUG)


def _say(message: str, hint: str, code: int, *, while_: str = "", now: str = "") -> int:
    click.echo(click.style("error", fg="red", bold=True) + f": {message}", err=True)
    for label, words in (("while", while_), ("now", now), ("hint", hint)):
        if words:
            click.echo(f"  {label:<6} {words}", err=True)
    return code
