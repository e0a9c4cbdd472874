"""`svcc explain CODE`: what a diagnostic means and how to mend it."""

import json
from typing import Any

import click

from svcc.cli.silence import unknown
from svcc.codes import CODES


@click.command("explain", epilog="Example: svcc explain SVC204")
@click.argument("code", required=False)
@click.option("--all", "every", is_flag=True, help="List every code with its title.")
@click.option("--format", "shape", type=click.Choice(("human", "json")), default="human", help="Of the output.")
def command(code: str | None, shape: str, *, every: bool) -> int:
    """Say what a diagnostic code means and how to mend it."""
    if every or code is None:
        _list(shape)
        return 0
    name = code.strip().upper()
    if name not in CODES:
        raise click.UsageError(unknown(name))
    if shape == "json":
        click.echo(json.dumps(_as_json(name), indent=2))
        return 0
    held = CODES[name]
    click.echo(f"{name} ({held.severity.value}): {held.title}\n")
    click.echo(click.wrap_text(held.explanation, width=100))
    if held.wrong:
        click.echo(f"\n  wrong  {held.wrong}\n  right  {held.right}")
    return 0


def _list(shape: str) -> None:
    if shape == "json":
        click.echo(json.dumps([_as_json(name) for name in sorted(CODES)], indent=2))
        return
    for name, held in sorted(CODES.items()):
        click.echo(f"{name}  {held.severity.value:<7}  {held.title}")


def _as_json(name: str) -> dict[str, Any]:
    held = CODES[name]
    return {
        "code": name,
        "severity": held.severity.value,
        "title": held.title,
        "explanation": held.explanation,
        "wrong": held.wrong,
        "right": held.right,
    }
