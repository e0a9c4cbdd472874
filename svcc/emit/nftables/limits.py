"""Say what of a rule graph nftables says only in part, or not at all.

    a pool whose weights are 999 and 1000   ->   SVC304: its 1,999 slots are more than 1,000

`concerns` is the same knowledge asked beforehand: a Service without such traits is never in these diagnostics.
"""

from svcc.diag import Diagnostics
from svcc.graph.nodes import RuleGraph
from svcc.graph.traits import Traits

MAX_SLOTS = 1000
_SCHEDULERS = (None, "random", "sh")


def concerns(traits: Traits) -> bool:
    """Tell whether `limits` may have something to say about a Service."""
    return traits.weighted or traits.scheduler not in _SCHEDULERS or traits.endpoints > MAX_SLOTS


def limits(graph: RuleGraph, sink: Diagnostics) -> None:
    """Report what of the graph nftables says only in part, or not at all."""
