"""Any cluster at all: the nftables tables walk like the graph, and their text is read back as it was."""

from fractions import Fraction

from hypothesis import given, reject
from hypothesis import strategies as st

from svcc.emit.nftables.bounds import MAX_SLOTS
from svcc.emit.nftables.lower import lower
from svcc.emit.nftables.slots import slots
from svcc.emit.nftables.text import parse, render
from svcc.emit.nftables.walk import Walker as TableWalker
from svcc.graph.walk import Walker
from svcc.pipeline import compile_graph
from tests.property.test_agreement import PACKETS, SAMPLE, clusters, configs


@SAMPLE
@given(clusters(), configs, st.integers(0, 4))
def test_nftables_walks_like_the_graph(manifests, node, offset):
    graph = compile_graph(manifests, node).graph
    if any(len(slots(pool)) > MAX_SLOTS for pool in graph.pools):
        reject()
    tables = lower(graph)
    read = {family: parse(render(table)) if table.chains else table for family, table in tables.items()}
    assert tables == read
    by_graph, by_tables = Walker(graph), TableWalker(read, graph.host.addresses)
    for one in PACKETS[offset::5]:
        expected = by_graph.walk(one)
        actual = by_tables.walk(one)
        assert Fraction(1) == sum(actual.outcomes.values())
        assert (one, expected.outcomes) == (one, actual.outcomes)
        assert (one, expected.affinity) == (one, actual.affinity)
