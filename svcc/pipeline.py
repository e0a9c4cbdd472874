"""The stages in order, and nothing else.

    paths ─sources→ ─decode→ Manifests ─mirror→ ─check→ ─allocate↔ svcc.lock ─resolve→ Cluster
                                                                  ─build→ RuleGraph ─passes→ RuleGraph ─lower→ rulesets

Every stage appends its diagnostics to one sink and goes on; `Stopped` is raised once, after the last stage that looks at the
manifests as they are, so that one run shows every mistake; and again where allocation has found no room. The garbage collector
is paused meanwhile: nothing here makes cycles, and walking hundreds of thousands of live values costs more than all of the work.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from svcc.allocate import Allocated, Lock, allocate, demand_same
from svcc.check import check
from svcc.config import Mode, NodeConfig
from svcc.derive.endpoints import mirror
from svcc.diag import Diagnostics, Source, Stopped
from svcc.emit.iptables.limits import concerns, limits
from svcc.emit.iptables.lower import lower
from svcc.emit.iptables.ruleset import IptablesRuleset
from svcc.emit.nftables.limits import concerns as nft_concerns
from svcc.emit.nftables.limits import limits as nft_limits
from svcc.emit.nftables.lower import lower as nft_lower
from svcc.emit.nftables.ruleset import NftTable
from svcc.graph.build import build
from svcc.graph.nodes import Host, RuleGraph
from svcc.graph.passes import simplify
from svcc.graph.verify import demand_sound
from svcc.model.decode import decode
from svcc.model.manifests import Manifests
from svcc.net import Family
from svcc.questionable import questionable
from svcc.resolve.cluster import Cluster
from svcc.resolve.join import resolve

NO_FACTS = Lock()


@dataclass(frozen=True, slots=True)
class Compiled:
    """What one input means on one node."""

    cluster: Cluster
    graph: RuleGraph


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector, and start it again if it was on."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read(
    sources: Iterable[Source], config: NodeConfig, sink: Diagnostics, lock: Lock = NO_FACTS, *, locked: bool = False
) -> Allocated:
    """Return the manifests of all sources, checked and with nothing left open, and the lock that they lead to.

    Raises:
        Stopped: the sink holds at least one error; with `locked`, also where the lock would change.
    """
    manifests = mirror(decode(sources, config, sink))
    check(manifests, config, sink)
    _stop_on_errors(sink)
    told = sink.fresh() if locked else sink
    allocated = allocate(manifests, config, lock, told)
    if locked and told.errors:
        sink.extend(told)
    elif locked:
        demand_same(lock, allocated.lock, manifests, sink, tuple(told))
    _stop_on_errors(sink)
    return allocated


def compile_graph(manifests: Manifests, config: NodeConfig) -> Compiled:
    """Return the cluster and the graph as the configured node sees them."""
    cluster = resolve(manifests, config)
    return Compiled(cluster, demand_sound(simplify(build(cluster))))


def host_of(config: NodeConfig) -> Host:
    """Return the node of a configuration, as it is without any Service."""
    return build(Cluster(config, ())).host


def lower_iptables(graph: RuleGraph, sink: Diagnostics) -> Mapping[Family, IptablesRuleset]:
    """Return the iptables rulesets of a graph.

    Raises:
        Stopped: iptables cannot say it; the sink holds why.
    """
    rulesets = lower(graph, sink)
    _stop_on_errors(sink)
    return rulesets


def lower_nftables(graph: RuleGraph, sink: Diagnostics) -> Mapping[Family, NftTable]:
    """Return the nftables tables of a graph.

    Raises:
        Stopped: nftables cannot say it; the sink holds why.
    """
    nft_limits(graph, sink)
    _stop_on_errors(sink)
    return nft_lower(graph)


def check_target(manifests: Manifests, config: NodeConfig, sink: Diagnostics) -> None:
    """Report what lowering to the configuration's mode would report, compiling only the Services that it could be about."""
    concern, report = (nft_concerns, nft_limits) if config.mode is Mode.NFTABLES else (concerns, limits)
    asked = questionable(manifests, config, concern)
    if asked.services:
        report(compile_graph(asked, config).graph, sink)


def _stop_on_errors(sink: Diagnostics) -> None:
    if sink.errors:
        raise Stopped
