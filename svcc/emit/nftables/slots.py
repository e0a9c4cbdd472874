"""The slots of a pool: each backend as often as its weight says.

    weights 2 and 4   ->   a, b, b

One slot is drawn for a connection, so that every backend has exactly its share; weights are divided by what they have in common.
"""

from functools import reduce
from math import gcd

from svcc.graph.nodes import Backend, Pool


def slots(pool: Pool) -> tuple[Backend, ...]:
    """Return the backend of each slot."""
    common = reduce(gcd, (one.weight for one in pool.backends))
    return tuple(one for one in pool.backends for _ in range(one.weight // common))
