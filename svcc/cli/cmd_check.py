"""`svcc check`: validate manifests and print every diagnostic."""

from contextlib import suppress
from typing import Any

import click

from svcc.cli.options import Input, manifest_options, read_manifests, subcommand
from svcc.cli.render import counted


@subcommand("check", "svcc check examples/shop --format github")
@manifest_options()
def command(**words: Any) -> int:
    """Validate manifests; print every diagnostic of every document in one run."""
    from svcc.check.zones import WARNING, check_zones
    from svcc.diag import Stopped
    from svcc.questionable import check_target
    from svcc.reading import collector_paused

    given = Input.from_words(words, results=True)
    carrying: int | None = None
    with suppress(Stopped), collector_paused():
        manifests = read_manifests(given)
        check_target(manifests, given.config, given.sink)
        check_zones(manifests, given.config, given.sink, WARNING)
        carrying = sum(one.carries_packets for one in manifests.services)
    errors = given.sink.errors
    summary = _summary(given, carrying)
    given.report()
    if not given.quiet and given.shape == "human":
        click.echo(summary, err=bool(errors))
    return 1 if errors else 0


def _summary(given: Input, carrying: int | None) -> str:
    sink = given.sink
    services = "" if carrying is None or sink.errors else f"{counted(carrying, 'Service')} with packet rules; "
    silenced = f", {sink.silenced} ignored" if given.verbose and sink.silenced else ""
    return f"{services}{counted(sink.errors, 'error')}, {counted(sink.warnings, 'warning')}{silenced}"
