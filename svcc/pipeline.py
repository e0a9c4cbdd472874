"""From manifests to rulesets: the stages in order, and nothing else.

    paths ─sources→ ─read→ Manifests ─resolve→ Cluster ─build→ RuleGraph ─passes→ RuleGraph ─lower→ rulesets

`reading` is what comes before; a command pauses the garbage collector around both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from svcc.config import Mode, NodeConfig
from svcc.diag import Diagnostics
from svcc.emit.iptables.limits import limits
from svcc.emit.iptables.lower import lower
from svcc.emit.iptables.ruleset import IptablesRuleset
from svcc.emit.ipvs.limits import limits as ipvs_limits
from svcc.emit.ipvs.lower import Ipvs
from svcc.emit.ipvs.lower import lower as ipvs_lower
from svcc.emit.nftables.limits import limits as nft_limits
from svcc.emit.nftables.lower import lower as nft_lower
from svcc.emit.nftables.ruleset import NftTable
from svcc.graph.build import build
from svcc.graph.nodes import Host, RuleGraph
from svcc.graph.passes import simplify
from svcc.graph.verify import demand_sound
from svcc.model.manifests import Manifests
from svcc.net import Family
from svcc.reading import stop_on_errors
from svcc.resolve.cluster import Cluster
from svcc.resolve.join import resolve


@dataclass(frozen=True, slots=True)
class Compiled:
    """What one input means on one node."""

    cluster: Cluster
    graph: RuleGraph


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
    stop_on_errors(sink)
    return rulesets


def lower_nftables(graph: RuleGraph, sink: Diagnostics) -> Mapping[Family, NftTable]:
    """Return the nftables tables of a graph.

    Raises:
        Stopped: nftables cannot say it; the sink holds why.
    """
    nft_limits(graph, sink)
    stop_on_errors(sink)
    return nft_lower(graph)


def lower_ipvs(graph: RuleGraph, config: NodeConfig, sink: Diagnostics) -> Ipvs:
    """Return what IPVS and its companion have to hold for a graph.

    Raises:
        Stopped: IPVS cannot say it; the sink holds why.
    """
    ipvs_limits(graph, config.ipvs.inner_cidrs, sink)
    stop_on_errors(sink)
    return ipvs_lower(graph, config.ipvs.inner_cidrs)


LIMITS: Mapping[Mode, Callable[[RuleGraph, NodeConfig, Diagnostics], None]] = {
    Mode.IPTABLES: lambda graph, _, sink: limits(graph, sink),
    Mode.NFTABLES: lambda graph, _, sink: nft_limits(graph, sink),
    Mode.IPVS: lambda graph, config, sink: ipvs_limits(graph, config.ipvs.inner_cidrs, sink),
}
"""Who reports what a target says only in part, or not at all."""
