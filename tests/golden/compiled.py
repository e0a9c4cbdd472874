"""Compile one golden scenario to the texts that stand in its file.

compiled("apiVersion: v1 …", "kind: NodeConfig …")  ->  Texts(graph="host\\n…", iptables_v4="*filter\\n…", …)
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from svcc.cli.diagnostics import human
from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source, Stopped
from svcc.emit.iptables.text import render
from svcc.emit.nftables.ruleset import NftTable
from svcc.emit.nftables.skeleton import chains
from svcc.emit.nftables.text import render as render_table
from svcc.emit.nftables.words import words
from svcc.graph.nodes import Host
from svcc.graph.show import lines
from svcc.model.decode_config import decode_config
from svcc.net import Family
from svcc.pipeline import Compiled, compile_graph, lower_iptables, lower_nftables
from svcc.reading import read

CASES = tuple(sorted((Path(__file__).parents[2] / "golden").glob("**/*.yml")))

SKELETON = frozenset(chains(words(Family.IPV4), Host(), Family.IPV4))


class Texts(NamedTuple):
    """What one scenario compiles to; None where there is nothing."""

    graph: str | None
    iptables_v4: str | None
    iptables_v6: str | None
    nftables: str | None
    """What the tables of both families hold beyond the skeleton, which is the same everywhere."""
    tables: str | None
    """All of the tables, as nft reads them."""
    diagnostics: str | None


def compiled(manifests: str, config: str) -> Texts:
    """Return everything that manifests and configuration compile to, as text."""
    sink = Diagnostics()
    graph, rulesets = _compiled(manifests, config, sink)
    tables = lower_nftables(graph.graph, sink.fresh()).values() if graph is not None and not sink.errors else ()
    return Texts(
        None if graph is None else "\n".join(lines(graph.graph)) + "\n",
        rulesets.get(Family.IPV4) or None,
        rulesets.get(Family.IPV6) or None,
        "".join(f"{line}\n" for table in tables for line in _beyond_the_skeleton(table)) or None,
        "".join(map(render_table, tables)) or None,
        _told(sink) or None,
    )


def _compiled(manifests: str, config: str, sink: Diagnostics) -> tuple[Compiled | None, Mapping[Family, str]]:
    node = decode_config(Source("svcc.yaml", config), sink) if config else NodeConfig()
    graph = None
    try:
        graph = compile_graph(read([Source("input.yaml", manifests)], node, sink).manifests, node)
        held = lower_iptables(graph.graph, sink)
    except Stopped:
        return graph, {}
    return graph, {family: render(ruleset) for family, ruleset in held.items()}


def _beyond_the_skeleton(table: NftTable) -> Iterator[str]:
    for name, collection in table.collections.items():
        for key, data in sorted(collection.elements.items()):
            if data not in ("goto refuse", "goto discard"):
                yield f"{table.word} {name}  {collection.line(key)}"
    for name, chain in sorted(table.chains.items()):
        if name not in SKELETON:
            yield from (f"{table.word} chain {name}  {rule}" for rule in chain.rules)


def _told(sink: Diagnostics) -> str:
    told = ("".join(text for _, text in line).rstrip() for one in sink for line in human(one))
    return "".join(f"{line}\n" for line in told)


def rules(case: Path) -> dict[Family, str]:
    """Return the restore scripts that a golden file holds, by family."""
    held = yaml.safe_load(case.read_text(encoding="utf-8"))
    texts = {Family.IPV4: held.get("iptables_v4"), Family.IPV6: held.get("iptables_v6")}
    return {family: text for family, text in texts.items() if text}
