"""Tell people what the journal says: an apply that was cut off, that waits to be confirmed, or that was undone."""

import click

from svcc.cli import live_undo
from svcc.cli.options import Input
from svcc.cli.render import echo
from svcc.kernel import journal, netns
from svcc.kernel.journal import Journal, Phase


def undo_what_was_cut_off(*, quiet: bool) -> None:
    """Undo an apply that was killed, or whose time is over, and say so.

    Raises:
        Busy: one waits to be confirmed.
    """
    found = live_undo.ready()
    if found is not None and not quiet:
        click.echo(f"Undone first: what {found.who} had begun, since {_why(found)}.", err=True)


def _why(found: Journal) -> str:
    return "it was cut off" if found.until is None else "nobody confirmed it in time"


def print_waiting(given: Input) -> None:
    """Print until when the last apply can be confirmed, if it has to be."""
    found = journal.read(netns.identity())
    if found is None or given.quiet or found.phase is not Phase.CONFIRMING:
        return
    click.echo(f"Rolled back in {found.left:.0f} s, unless `svcc confirm` comes.")


def print_unsettled(given: Input) -> None:
    """Print to stderr what of the last apply is not settled, or was undone without anybody's asking."""
    found = journal.read(netns.identity())
    if found is None or given.quiet:
        return
    if found.left and found.phase is Phase.CONFIRMING:
        _warn(given, live_undo.waiting(found), "`svcc confirm` keeps it, `svcc rollback` takes it back now")
    elif live_undo.is_cut_off(found) and not live_undo.at_work():
        words = f"the last apply is neither done nor undone, since {_why(found)}: {found.who}"
        _warn(given, words, "`svcc rollback` undoes it; so does the next `svcc apply`, before anything else")
    elif found.phase is Phase.UNDONE and found.until is not None:
        _warn(given, f"the last apply was rolled back, since {found.why}: {found.who}", "")


def _warn(given: Input, words: str, hint: str) -> None:
    echo((("yellow bold", "warning"), ("", f": {words}")), given.color, err=True)
    if hint:
        click.echo(f"  hint   {hint}", err=True)


def as_json() -> dict[str, object] | None:
    """Return what the journal says of the last apply, or None where there is none."""
    found = journal.read(netns.identity())
    if found is None:
        return None
    return {
        "phase": found.phase.value,
        "generation": found.generation,
        "mode": found.mode,
        "digest": found.digest,
        "by": found.who,
        "secondsLeft": round(found.left, 1),
        "why": found.why,
    }
