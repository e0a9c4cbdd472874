"""The flow table against the graph's walk, and against the emitted rules of each target read back from their text."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import pytest

from svcc.diag import Diagnostics, Source
from svcc.emit.iptables.ruleset import IptablesRuleset
from svcc.emit.iptables.text import parse, render
from svcc.emit.ipvs.text import parse as parse_servers
from svcc.emit.ipvs.text import render as render_servers
from svcc.emit.ipvs.walk import Walker as IpvsWalker
from svcc.emit.nftables.text import parse as parse_table
from svcc.emit.nftables.text import render as render_table
from svcc.model.decode_config import decode_config
from svcc.net import Family, Protocol, parse_address
from svcc.pipeline import compile_graph, lower_iptables, lower_ipvs, lower_nftables
from svcc.reading import read
from svcc.source.files import sources
from svcc.trace import GraphTracer, IptablesTracer, Kind, NftablesTracer, Probe, as_json
from tests.flow import table
from tests.flow.table import Expected, Row, Variant

NODES = {
    one.name: one
    for one in (
        Variant("base", table.CONFIG.read_text(encoding="utf-8"), table.rows()),
        *(table.variant(path) for path in table.VARIANTS),
    )
}


class IpvsTracer(NftablesTracer):
    """Traces probes through IPVS, whose companion is the node's nftables table."""

    def __init__(self, state, companions, host, compiled):
        super().__init__(companions, host, compiled)
        self._walker = IpvsWalker(state, companions, host.addresses)


class Seen(NamedTuple):
    """One node's probes, its rules, and every way to walk them."""

    rows: tuple[Row, ...]
    rulesets: Mapping[Family, IptablesRuleset]
    graph: GraphTracer
    iptables: IptablesTracer
    nftables: NftablesTracer
    ipvs: IpvsTracer


def compiled(node: Variant):
    sink = Diagnostics()
    config = decode_config(Source(f"{node.name}.yaml", node.config), sink)
    graph = compile_graph(read(sources([str(table.CLUSTER)], sink), config, sink).manifests, config)
    rulesets = lower_iptables(graph.graph, sink)
    # What iptables-restore would be given is what is walked, not the values it was printed from.
    tables = lower_nftables(graph.graph, sink)
    lowered = lower_ipvs(graph.graph, config, sink)
    return (
        graph,
        {family: parse(render(held), family) for family, held in rulesets.items()},
        read_back(tables),
        replace(parse_servers(render_servers(lowered.state)), addresses=lowered.state.addresses),
        read_back(lowered.companions),
    )


def read_back(tables):
    return {family: parse_table(render_table(held)) if held.chains else held for family, held in tables.items()}


@pytest.fixture(scope="module", params=NODES, ids=str)
def seen(request):
    node = NODES[request.param]
    graph, rulesets, tables, servers, companions = compiled(node)
    host = graph.graph.host
    return Seen(
        node.rows,
        rulesets,
        GraphTracer(graph),
        IptablesTracer(rulesets, host, graph),
        NftablesTracer(tables, host, graph),
        IpvsTracer(servers, companions, host, graph),
    )


def probe(row: Row) -> Probe:
    protocol = Protocol(row.protocol) if row.protocol in Protocol.__members__ else None
    return Probe(Kind(row.kind), parse_address(row.source), parse_address(row.to), row.port, protocol)


def outcomes(tracer, rows: tuple[Row, ...]) -> dict[str, Expected]:
    return {str(row): table.expected(as_json(tracer.trace(probe(row)))) for row in rows}


def test_the_table_has_probes_of_every_kind_verdict_and_protocol():
    rows = table.rows()
    assert len(rows) >= 180
    assert {"pod", "node", "external", "localhost"} == {one.kind for one in rows}
    assert {"dnat", "reject", "drop", "accept"} == {one.expect.verdict for one in rows}
    assert {"TCP", "UDP", "SCTP", "ICMP"} == {one.protocol for one in rows}


def test_every_share_in_the_table_adds_up_to_one():
    rows = [row for node in NODES.values() for row in node.rows]
    totals = {str(row): sum(one.probability for one in row.expect.backends) for row in rows}
    assert {str(row): int(row.expect.verdict == "dnat") for row in rows} == totals


def test_the_graph_sends_every_probe_where_the_table_says(seen):
    assert {str(row): row.expect for row in seen.rows} == outcomes(seen.graph, seen.rows)


def test_the_iptables_rules_send_every_probe_where_the_table_says(seen):
    assert {str(row): row.expect for row in seen.rows} == outcomes(seen.iptables, seen.rows)


def test_the_nftables_tables_send_every_probe_where_the_table_says(seen):
    assert {str(row): row.expect for row in seen.rows} == outcomes(seen.nftables, seen.rows)


def test_ipvs_sends_every_probe_where_the_table_says_but_for_ports_that_nobody_serves(seen):
    expected = {str(row): table.in_ipvs(row).expect for row in seen.rows}
    assert expected == outcomes(seen.ipvs, seen.rows)


def test_what_ipvs_refuses_is_untouched_in_the_table():
    rows = [row for row in table.rows() if row.why in table.REFUSED_IN_IPVS]
    assert {"accept"} == {row.expect.verdict for row in rows}
    assert {row.why for row in rows} == table.REFUSED_IN_IPVS


def test_no_chain_is_deeper_than_nftables_allows(seen):
    deepest = {
        (family.value, name): depth(chains)
        for family, held in seen.rulesets.items()
        for name, chains in held.tables.items()
    }
    assert {key: found for key, found in deepest.items() if found <= DEEPEST} == deepest


DEEPEST = 16
"""Chains in a row, the base chain included: one more and nf_tables answers EMLINK, "Too many links"."""


def depth(chains) -> int:
    """Return the length of the longest way through the jumps and gotos of one table."""
    known: dict[str, int] = {}

    def below(name: str) -> int:
        if name not in known:
            words = [rule.split() for rule in chains[name].rules] if name in chains else []
            targets = [line[at + 1] for line in words for at, word in enumerate(line) if word in {"-j", "-g"}]
            known[name] = 1 + max((below(one) for one in targets if one in chains), default=0)
        return known[name]

    return max(below(name) for name in chains)
