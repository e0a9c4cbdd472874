"""`svcc check`: validate manifests and print every diagnostic."""

from contextlib import suppress
from typing import Any

import click

from svcc.cli.options import Input, compile_input, manifest_options, subcommand
from svcc.cli.render import counted


@subcommand("check", "svcc check examples/shop --format github")
@manifest_options()
def command(**words: Any) -> int:
    """Validate manifests; print every diagnostic of every document in one run."""
    from svcc.pipeline import Stopped

    given = Input.from_words(words, results=True)
    carrying: int | None = None
    with suppress(Stopped):
        compiled, _ = compile_input(given)
        carrying = len({one.service[:2] for one in compiled.graph.frontends})
    errors, warnings = given.sink.errors, given.sink.warnings
    given.report()
    if not given.quiet and given.shape == "human":
        services = "" if carrying is None else f"{counted(carrying, 'Service')} with packet rules; "
        summary = f"{services}{counted(errors, 'error')}, {counted(warnings, 'warning')}"
        click.echo(summary, err=bool(errors))
    return 1 if errors else 0
