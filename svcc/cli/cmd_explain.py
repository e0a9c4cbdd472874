"""`svcc explain CODE`: what a diagnostic means and how to mend it."""

from difflib import get_close_matches

import click

from svcc.codes import CODES


@click.command("explain", epilog="Example: svcc explain SVC204")
@click.argument("code", required=False)
@click.option("--all", "every", is_flag=True, help="List every code with its title.")
def command(code: str | None, *, every: bool) -> int:
    """Say what a diagnostic code means and how to mend it."""
    if every or code is None:
        for name, held in sorted(CODES.items()):
            click.echo(f"{name}  {held.severity.value:<7}  {held.title}")
        return 0
    held_code = CODES.get(code.upper())
    if held_code is None:
        close = get_close_matches(code.upper(), CODES, n=1)
        hint = f" Did you mean {close[0]}?" if close else " svcc explain --all lists them."
        raise click.UsageError(f"There is no diagnostic {code!r}.{hint}")
    click.echo(f"{code.upper()} ({held_code.severity.value}): {held_code.title}\n")
    click.echo(click.wrap_text(held_code.explanation, width=100))
    return 0
