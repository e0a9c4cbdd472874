"""`svcc graph`: print the rule graph."""

import json
from dataclasses import replace
from typing import Any

import click

from svcc.cli.options import Input, compile_input, manifest_options, subcommand
from svcc.graph.nodes import RuleGraph


@subcommand("graph", "svcc graph examples/shop --service shop/cart")
@manifest_options(shapes=("text", "json", "dot", "mermaid", "svg"))
@click.option("--service", metavar="NS/NAME", help="Only this Service.")
def command(service: str | None, **words: Any) -> int:
    """Print what must happen to packets: frontends, routes, pools; as text, JSON or a drawing."""
    from svcc.graph.draw import dot, mermaid, svg
    from svcc.graph.show import as_json, lines

    given = Input.from_words(words)
    with given.reporting():
        compiled, _ = compile_input(given)
    shown = _only(compiled.graph, service) if service else compiled.graph
    if given.shape == "json":
        click.echo(json.dumps(as_json(shown), indent=2))
    else:
        printed = {"text": lines, "dot": dot, "mermaid": mermaid, "svg": svg}[given.shape](shown)
        click.echo("\n".join(printed))
    return 0


def _only(shown: RuleGraph, service: str) -> RuleGraph:
    """Return the part of a graph that belongs to one Service."""
    kept = tuple(one for one in shown.frontends if f"{one.service.namespace}/{one.service.service}" == service)
    if not kept:
        from difflib import get_close_matches

        names = sorted({f"{one.service.namespace}/{one.service.service}" for one in shown.frontends})
        close = get_close_matches(service, names, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise click.UsageError(f"No Service {service} carries packets.{hint}")
    pools = tuple(one for one in shown.pools if f"{one.id.name.namespace}/{one.id.name.service}" == service)
    return replace(shown, frontends=kept, pools=pools, health_checks=())
