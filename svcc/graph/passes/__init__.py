"""Passes over the graph: each takes a graph and returns one that means the same, simpler.

`PASSES` is the pipeline, in order. A pass is pure, lives in a file of its own and opens with its before and after.
"""

from collections.abc import Callable

from svcc.graph.nodes import RuleGraph
from svcc.graph.passes.drop_unused_pools import drop_unused_pools
from svcc.graph.passes.reduce_weights import reduce_weights

PASSES: tuple[Callable[[RuleGraph], RuleGraph], ...] = (drop_unused_pools, reduce_weights)


def simplify(graph: RuleGraph) -> RuleGraph:
    """Return the graph after every pass."""
    for one in PASSES:
        graph = one(graph)
    return graph
