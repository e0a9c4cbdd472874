"""`svcc defaults`: the manifests as the API server would hold them."""

from typing import Any

import click

from svcc.cli.options import Input, found_sources, manifest_options, read_sources, subcommand


@subcommand("defaults", "svcc defaults examples/shop; svcc defaults manifests/ | diff -u before.yaml -")
@manifest_options()
@click.option("-o", "--output", type=click.Choice(("yaml", "json")), default="yaml", help="Form of the manifests.")
@click.option("--slices", is_flag=True, help="Print the endpoint slices too that are made of Pods.")
def command(output: str, *, slices: bool, **words: Any) -> int:
    """Print the manifests with every default and every allocated address and port filled in.

    What is printed validates again and allocates nothing. Objects are sorted; other kinds are left out. Writes no lock file.
    """
    from svcc.defaults import filled
    from svcc.reading import collector_paused
    from svcc.source.plain import json_list, json_text, yaml_text

    given = Input.from_words(words)
    with given.reporting(), collector_paused():
        sources = list(found_sources(given))
        shown = filled(sources, read_sources(given, sources), slices=slices)
    if output == "json":
        for piece in json_list(json_text(one.held) for one in shown):
            click.echo(piece, nl=False)
        return 0
    for one in shown:
        click.echo("---\n" + yaml_text(one.held), nl=False)
    return 0
