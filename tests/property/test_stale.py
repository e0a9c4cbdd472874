"""Whatever the cluster: a flow that the rules would make now is never stale, and once stale flows are gone there are no more."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from svcc.config import Mode
from svcc.fronts import fronts_of
from svcc.graph.nodes import AddressPort
from svcc.graph.packet import Dnat
from svcc.graph.walk import Walker
from svcc.net import Protocol
from svcc.pipeline import compile_graph
from svcc.plan.conntrack import PROTOCOLS, Flow, StaleReason, counted, stale
from tests.property.test_agreement import CLUSTER_IPS, OUTER_IPS, POD_IPS, PORTS, SOURCES, clusters
from tests.support import config, packet

PLACES = (*CLUSTER_IPS, *OUTER_IPS)
places = st.builds(AddressPort, st.sampled_from(PLACES), st.sampled_from(Protocol), st.sampled_from((*PORTS, 30180)))
flows = st.builds(
    Flow,
    places,
    st.sampled_from((*POD_IPS, *PLACES)),
    st.sampled_from((8080, *PORTS)),
    translated=st.booleans(),
    zone=st.sampled_from((0, 0, 7)),
    handle=st.binary(max_size=2),
)


@given(manifests=clusters())
@settings(max_examples=25, deadline=None)
def test_a_flow_that_the_rules_make_now_is_not_stale(manifests):
    compiled = compile_graph(manifests, config())
    fronts, walker = fronts_of(compiled, Mode.NFTABLES), Walker(compiled.graph)
    for (source, hook, iface), to, port, protocol in product(SOURCES, PLACES, (*PORTS, 30180, 30181), PROTOCOLS):
        walked = walker.walk(packet(source, to, port, protocol, hook, iface))
        made = [
            Flow(AddressPort(to, protocol, port), one.address, one.port, (one.address, one.port) != (to, port), 0, b"")
            for one in walked.outcomes
            if isinstance(one, Dnat)
        ]
        assert () == stale(fronts, made)


@given(clusters(), st.lists(flows, max_size=30), st.sampled_from((Mode.NFTABLES, Mode.IPVS)), st.randoms())
@settings(max_examples=60, deadline=None)
def test_stale_flows_are_told_apart_whatever_their_order(manifests, held, mode, chance):
    fronts = fronts_of(compile_graph(manifests, config()), mode)
    found = stale(fronts, held)
    gone = {one.flow for one in found}
    assert () == stale(fronts, [one for one in held if one not in gone])
    assert Protocol.TCP not in {one.at.protocol for one in gone}
    for flow, _, reason in found:
        served = fronts.served(flow.at)
        usable = (flow.address, flow.port) in served.backends
        assert usable == (reason is StaleReason.LEFT) or reason is StaleReason.BYPASSES
    mixed = chance.sample(held, len(held))
    assert counted(found) == counted(stale(fronts, mixed))
    assert len(found) == sum(one.flows for one in counted(found))
