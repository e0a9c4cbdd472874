"""`svcc check`: validate manifests and print every diagnostic."""

import json
from contextlib import suppress
from typing import Any

import click

from svcc.cli.options import Input, command, compile_input, manifest_options
from svcc.cli.render import counted


@command("check", "svcc check examples/shop --format github")
@manifest_options()
def command_check(**words: Any) -> int:
    """Validate manifests; print every diagnostic of every document in one run."""
    from svcc.cli.diagnostics import as_json
    from svcc.pipeline import Stopped

    given = Input.from_words(words)
    given.notes = True
    compiled = None
    with suppress(Stopped):
        compiled, _ = compile_input(given)
    sink = given.sink
    if given.shape == "json":
        click.echo(json.dumps(as_json(sink), indent=2))
        return 1 if sink.errors else 0
    given.report()
    if not given.quiet and given.shape == "human":
        services = (
            ""
            if compiled is None
            else f"{len({one.service[:2] for one in compiled.graph.frontends})} Services carry packets; "
        )
        click.echo(
            f"{services}{counted(sink.errors, 'error')}, {counted(sink.warnings, 'warning')}", err=compiled is None
        )
    return 1 if sink.errors else 0


command = command_check
