"""`svcc compile`: write every artifact, or print the mode's main script."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svcc.cli.names import numbered_zones
from svcc.cli.options import (
    Input,
    check_mode,
    compile_graph_of,
    keep_lock,
    manifest_options,
    read_manifests,
    subcommand,
)
from svcc.cli.render import working
from svcc.config import Mode, NodeConfig
from svcc.diag import Diagnostics
from svcc.net import Family

if TYPE_CHECKING:
    from svcc.graph.nodes import RuleGraph
    from svcc.model.manifests import Manifests

FAMILIES = {"ipv4": Family.IPV4, "ipv6": Family.IPV6}


@subcommand("compile", "svcc compile examples/shop -o build; svcc compile examples/shop --mode nftables | nft -c -f -")
@manifest_options()
@click.option("-o", "--output", metavar="DIR", type=click.Path(file_okay=False), help="Write every artifact there.")
@click.option("--check", "checked", metavar="DIR", type=click.Path(), help="Write nothing; exit 3 when DIR differs.")
@click.option("--all-nodes", "nodes", metavar="NODES.yaml", type=click.Path(), help="One folder a node of this file.")
@click.option("--family", type=click.Choice(tuple(FAMILIES)), default="ipv4", help="Of the script on stdout.")
def command(output: str | None, checked: str | None, nodes: str | None, family: str, **words: Any) -> int:
    """Compile manifests: every artifact into a folder, or the mode's main script to stdout."""
    if nodes is not None and output is None and checked is None:
        raise click.UsageError("--all-nodes needs -o DIR or --check DIR.")
    if output is not None and checked is not None:
        raise click.UsageError("Give -o or --check, not both.")
    given = Input.from_words(words)
    if output is None and checked is None:
        return _to_stdout(given, FAMILIES[family])
    with given.reporting():
        files = _every_node(given, nodes) if nodes is not None else _one_node(given)
    if checked is not None:
        return _check(files, Path(checked), given)
    assert output is not None
    from svcc.cli.folder import write

    # Before the files: what was allocated must never be in use without being kept.
    keep_lock(given)
    written = write(files, Path(output))
    if not given.quiet:
        click.echo(f"{len(files)} files in {output}, {written} changed", err=True)
    return 0


def _to_stdout(given: Input, family: Family) -> int:
    from svcc.artifacts import NFT, RULES, SERVERS

    with given.reporting():
        graph = compile_graph_of(given)
        rules = _rules(graph, given.config, given.sink)
    keep_lock(given)
    script = next((name for name in (NFT, SERVERS) if name in rules), None)
    if script is not None:
        click.echo(rules[script], nl=False)
        if script == SERVERS and not given.quiet:
            click.echo("IPVS needs a companion table and addresses as well: -o DIR writes them", err=True)
        return 0
    click.echo(rules[RULES[family]], nl=False)
    other = Family.IPV6 if family is Family.IPV4 else Family.IPV4
    if not given.quiet and any(one.family is other for one in graph.frontends):
        click.echo(f"There are {other.value} rules too: --family {other.value.lower()}", err=True)
    return 0


def _rules(graph: "RuleGraph", config: NodeConfig, sink: Diagnostics) -> dict[str, str]:
    """Return the mode's own files."""
    from svcc.artifacts import iptables_files, ipvs_files, nftables_files
    from svcc.pipeline import lower_iptables, lower_ipvs, lower_nftables

    if config.mode is Mode.NFTABLES:
        return nftables_files(graph, lower_nftables(graph, sink))
    if config.mode is Mode.IPVS:
        return ipvs_files(graph, lower_ipvs(graph, config, sink), strict_arp=config.ipvs.strict_arp)
    return iptables_files(graph, lower_iptables(graph, sink))


def _one_node(given: Input) -> dict[str, str]:
    from svcc.artifacts import artifacts
    from svcc.pipeline import compile_graph
    from svcc.reading import collector_paused

    manifests = read_manifests(given)
    with working("Compiling", quiet=given.quiet), collector_paused():
        graph = compile_graph(manifests, given.config).graph
        files = {**_rules(graph, given.config, given.sink), **_names(given, manifests)}
        return artifacts(graph, files, given.config.mode.value)


def _names(given: Input, manifests: "Manifests") -> dict[str, str]:
    """Return the files of zones and environment blocks."""
    from svcc.naming import blocks_of, name_files

    return name_files(numbered_zones(given, manifests, {}), blocks_of(manifests))


def _every_node(given: Input, path: str) -> dict[str, str]:
    """Return the artifacts of every node, each below its name. The manifests are read once."""
    from svcc.artifacts import INDEX, artifacts, node_index
    from svcc.model.config_mistakes import nothing_known
    from svcc.model.decode_nodes import decode_nodes
    from svcc.pipeline import compile_graph
    from svcc.reading import collector_paused
    from svcc.source.files import read_source

    source = read_source(path, given.sink)
    nodes = decode_nodes(source, given.config, given.sink) if source is not None else ()
    for node in nodes:
        check_mode(node, given.sink)
    if given.sink.errors:
        given.config = nothing_known(given.config)
        given.tell_the_rest()
    first = nodes[0] if nodes else given.config
    # Addresses are allocated once for all nodes: by the configuration given, or by the first node's where that has no ranges.
    given.config = replace(given.config if given.config.service_cidrs else first, node_name=first.node_name)
    files: dict[str, str] = {}
    with collector_paused():
        manifests = read_manifests(given)
        for node in nodes:
            compiled = compile_graph(manifests, node)
            made = artifacts(compiled.graph, _rules(compiled.graph, node, given.sink), node.mode.value)
            files |= {f"{node.node_name}/{name}": text for name, text in made.items()}
        # Names are the same for all nodes: they stand once, beside the folders.
        names = _names(given, manifests)
    return {**files, **names, INDEX: node_index(files, names)}


def _check(files: Mapping[str, str], folder: Path, given: Input) -> int:
    from svcc.cli.folder import differences
    from svcc.cli.main import EXIT_CHANGES
    from svcc.cli.render import echo_plan_line

    lines = tuple(differences(files, folder))
    if given.facts is not None and given.lock.would_change(given.facts):
        lines += (f"~ {given.lock.path}: its facts are out of date",)
    if given.shape == "json":
        click.echo(json.dumps({"differences": lines}, indent=2))
        return EXIT_CHANGES if lines else 0
    for line in lines:
        echo_plan_line(line, given.color)
    if not lines and not given.quiet:
        click.echo(f"{folder} is what would be written")
    return EXIT_CHANGES if lines else 0
