"""Divide the weights of a pool by their greatest common divisor.

    pool shop/cart:http = {10.0.0.1:80 ×100, 10.0.0.2:80 ×300}   ⇒   {10.0.0.1:80 ×1, 10.0.0.2:80 ×3}

Shares stay as they are; targets that repeat slots or need a common denominator get the smallest one. Three schedulers of IPVS compare
weights with numbers of connections: where one of them is asked for, weights stay as they are.
"""

from dataclasses import replace
from math import gcd

from svcc.graph.nodes import Pool, RuleGraph

ABSOLUTE = frozenset({"lblc", "lblcr", "ovf"})


def reduce_weights(graph: RuleGraph) -> RuleGraph:
    """Return the graph with the smallest whole weights of the same shares."""
    return replace(graph, pools=tuple(_reduced(one) for one in graph.pools))


def _reduced(pool: Pool) -> Pool:
    if pool.scheduler in ABSOLUTE or any(one.weight == 1 for one in pool.backends):
        return pool
    divisor = gcd(*(one.weight for one in pool.backends))
    if divisor == 1:
        return pool
    backends = tuple(replace(one, weight=one.weight // divisor) for one in pool.backends)
    return replace(pool, backends=backends)
