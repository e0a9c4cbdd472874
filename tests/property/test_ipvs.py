"""Any cluster at all: IPVS and its companion walk like the graph, and their text is read back as it was."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from svcc.emit.ipvs.direct import direct
from svcc.emit.ipvs.lower import lower
from svcc.emit.ipvs.ruleset import IpvsState
from svcc.emit.ipvs.schedulers import NAMES
from svcc.emit.ipvs.text import parse, render
from svcc.emit.ipvs.walk import Walker as IpvsWalker
from svcc.emit.nftables.text import parse as parse_table
from svcc.emit.nftables.text import render as render_table
from svcc.graph.nodes import FORWARDING, MASQ
from svcc.graph.packet import Dnat, Fate
from svcc.graph.walk import Walker
from svcc.model.service import EVERY_OTHER, ConnectionLimit
from svcc.net import parse_network
from svcc.pipeline import compile_graph
from tests.property.test_agreement import PACKETS, POD_IPS, SAMPLE, clusters, configs

LIMITS = st.integers(1, 1000).flatmap(lambda upper: st.builds(ConnectionLimit, st.integers(0, upper), st.just(upper)))
INNER = (parse_network("169.254.96.0/20"), parse_network("fd00:ffff::/64"))


def refused(packet, state, host):
    """Tell whether a packet is for an address of svcc0 that is no cluster IP: there, ports that nobody serves are refused."""
    return packet.protocol is not None and packet.destination in set(state.addresses).difference(host.cluster_ips)


def rewritten(outcomes, packet, pool):
    """Return outcomes without the hairpins of a pool that rewrites nothing: whoever is its endpoint has its address, and asks nobody."""
    if pool is None or pool.forwarding == MASQ:
        return outcomes
    return {
        to._replace(masquerade=False) if isinstance(to, Dnat) and to.address == packet.source else to: share
        for to, share in outcomes.items()
    }


@st.composite
def balanced(draw):
    """A cluster whose Services ask for whatever IPVS has."""
    manifests = draw(clusters())
    services = tuple(
        replace(
            one,
            scheduler=draw(st.sampled_from((None, "random", *NAMES))),
            scheduler_flags=draw(st.sampled_from(((), ("ops",), ("sh-fallback", "sh-port")))),
            forwarding=draw(st.sampled_from((*FORWARDING, MASQ, MASQ))),
            connection_limits=draw(st.dictionaries(st.sampled_from((EVERY_OTHER, *POD_IPS)), LIMITS, max_size=2)),
        )
        for one in manifests.services
    )
    return replace(manifests, services=services)


@SAMPLE
@given(balanced(), configs, st.integers(0, 4))
def test_ipvs_walks_like_the_graph(manifests, node, offset):
    # Direct routing and tunnels masquerade nobody: the one difference that is not about an address of svcc0.
    graph = direct(compile_graph(manifests, node).graph)
    lowered = lower(graph, INNER)
    state, tables = lowered.state, lowered.companions
    read = {family: parse_table(render_table(table)) if table.chains else table for family, table in tables.items()}
    assert tables == read
    again = parse(render(state))
    assert IpvsState(state.virtuals, state.reals) == again
    held = IpvsState(again.virtuals, again.reals, state.addresses)
    by_graph, by_ipvs = Walker(graph), IpvsWalker(held, read, graph.host.addresses)
    # On svcc0 an address is the node's: a packet that comes from one is a process's here, and nobody's elsewhere.
    for one in (packet for packet in PACKETS[offset::5] if packet.source not in state.addresses):
        walked = by_graph.walk(one)
        expected = rewritten(walked.outcomes, one, walked.pool)
        if Fate.UNTOUCHED in expected and refused(one, state, graph.host):
            expected = {Fate.REJECT: Fraction(1)}
        actual = by_ipvs.walk(one)
        assert Fraction(1) == sum(actual.outcomes.values())
        assert (one, expected) == (one, rewritten(actual.outcomes, one, walked.pool))
        assert (one, walked.affinity) == (one, actual.affinity)
