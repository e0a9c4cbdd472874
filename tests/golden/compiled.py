"""Compile one golden scenario to the texts that stand in its file.

compiled("apiVersion: v1 …", "kind: NodeConfig …")  ->  Texts(graph="host\\n…", iptables_v4="*filter\\n…", …)

What is told is what the mode of the configuration tells; the other targets stand beside it.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import yaml

from svcc.cli.diagnostics import human
from svcc.config import Mode, NodeConfig
from svcc.diag import Diagnostics, Source, Stopped
from svcc.emit.dns.text import render as render_zone
from svcc.emit.env import render as render_block
from svcc.emit.iptables.text import render
from svcc.emit.ipvs.companion import Companion
from svcc.emit.ipvs.text import render as render_servers
from svcc.emit.nftables.hairpin import SAME
from svcc.emit.nftables.ruleset import NftTable
from svcc.emit.nftables.skeleton import chains
from svcc.emit.nftables.text import render as render_table
from svcc.emit.nftables.words import words
from svcc.graph.names import Zone
from svcc.graph.nodes import Host
from svcc.graph.show import lines
from svcc.model.decode_config import decode_config
from svcc.model.manifests import Manifests
from svcc.naming import blocks_of, zones_of
from svcc.net import Family
from svcc.pipeline import Compiled, compile_graph, lower_iptables, lower_ipvs, lower_nftables
from svcc.reading import read

CASES = tuple(sorted((Path(__file__).parents[2] / "golden").glob("**/*.yml")))

SKELETON = frozenset(name for family in Family for name in chains(words(family), Host(), family))
COMPANION = frozenset(Companion(Host(), Family.IPV4, ()).chains)


class Texts(NamedTuple):
    """What one scenario compiles to; None where there is nothing."""

    graph: str | None
    iptables_v4: str | None
    iptables_v6: str | None
    nftables: str | None
    """What the tables of both families hold beyond the skeleton, which is the same everywhere."""
    tables: str | None
    """All of the tables, as nft reads them."""
    ipvs: str | None
    """The input of `ipvsadm -R`."""
    companion: str | None
    """What the companion tables of both families hold beyond their skeleton."""
    companion_tables: str | None
    diagnostics: str | None


def compiled(manifests: str, config: str) -> Texts:
    """Return everything that manifests and configuration compile to, as text."""
    sink = Diagnostics()
    node = decode_config(Source("svcc.yaml", config), sink) if config else NodeConfig()
    sinks = {mode: sink if mode is node.mode else Diagnostics() for mode in Mode}
    graph: Compiled | None = None
    rulesets: Mapping[Family, str] = {}
    tables: Mapping[Family, NftTable] = {}
    companions: Mapping[Family, NftTable] = {}
    servers = ""
    with suppress(Stopped):
        graph = compile_graph(read([Source("input.yaml", manifests)], node, sink).manifests, node)
        with suppress(Stopped):
            held = lower_iptables(graph.graph, sinks[Mode.IPTABLES])
            rulesets = {family: render(ruleset) for family, ruleset in held.items()}
        with suppress(Stopped):
            tables = lower_nftables(graph.graph, sinks[Mode.NFTABLES])
        with suppress(Stopped):
            lowered = lower_ipvs(graph.graph, node, sinks[Mode.IPVS])
            servers, companions = render_servers(lowered.state), lowered.companions
    return Texts(
        None if graph is None else "\n".join(lines(graph.graph)) + "\n",
        rulesets.get(Family.IPV4) or None,
        rulesets.get(Family.IPV6) or None,
        _beyond(tables, SKELETON),
        "".join(map(render_table, tables.values())) or None,
        servers or None,
        _beyond(companions, COMPANION),
        "".join(map(render_table, companions.values())) or None,
        _told(sink) or None,
    )


def _beyond(tables: Mapping[Family, NftTable], skeleton: frozenset[str]) -> str | None:
    found = (line for table in tables.values() for line in _beyond_the_skeleton(table, skeleton))
    return "".join(f"{line}\n" for line in found) or None


def _beyond_the_skeleton(table: NftTable, skeleton: frozenset[str]) -> Iterator[str]:
    for name, collection in table.collections.items():
        for key, data in sorted(collection.elements.items()):
            if name != SAME and (name != "picks" or data not in ("goto refuse", "goto discard")):
                yield f"{table.word} {name}  {collection.line(key)}"
    for name, chain in sorted(table.chains.items()):
        if name not in skeleton:
            yield from (f"{table.word} chain {name}  {rule}" for rule in chain.rules)


def _told(sink: Diagnostics) -> str:
    told = ("".join(text for _, text in line).rstrip() for one in sink for line in human(one))
    return "".join(f"{line}\n" for line in told)


class Named(NamedTuple):
    """What the names of one scenario answer; None where it has mistakes."""

    dns: str | None
    """Its zones, one after the other, with the serial 1."""
    env: str | None
    """The blocks of its namespaces, one after the other."""


def named(manifests: str, config: str) -> Named:
    """Return the zones and the environment blocks that manifests and configuration lead to, as text."""
    read_ = _read_names(manifests, config)
    if read_ is None:
        return Named(None, None)
    zones, found = read_
    blocks = blocks_of(found)
    return Named(
        "\n".join(render_zone(one, 1) for one in zones),
        "\n".join(f"# {one.namespace}\n{render_block(one)}" for one in blocks) or None,
    )


def zones_in(case: Path) -> tuple[Zone, ...]:
    """Return the zones of a golden file; none where it has mistakes."""
    held = yaml.safe_load(case.read_text(encoding="utf-8"))
    read_ = _read_names(held["input"], held["config"])
    return () if read_ is None else read_[0]


def _read_names(manifests: str, config: str) -> tuple[tuple[Zone, ...], Manifests] | None:
    sink = Diagnostics()
    node = decode_config(Source("svcc.yaml", config), sink) if config else NodeConfig()
    try:
        found = read([Source("input.yaml", manifests)], node, sink).manifests
        return zones_of(found, node, sink), found
    except Stopped:
        return None


def rules(case: Path) -> dict[Family, str]:
    """Return the restore scripts that a golden file holds, by family."""
    held = yaml.safe_load(case.read_text(encoding="utf-8"))
    texts = {Family.IPV4: held.get("iptables_v4"), Family.IPV6: held.get("iptables_v6")}
    return {family: text for family, text in texts.items() if text}
