"""What of a Service can make a target refuse it or remark on it, known before anything is compiled.

    Service shop/cart with sessionAffinity: ClientIP and ten endpoints   ->   Traits(affinity=True, endpoints=10)

A target states beside its emitter which traits concern it; every Service that its diagnostics can be about has one of them.
"""

from typing import NamedTuple


class Traits(NamedTuple):
    """The traits of one Service on one node."""

    affinity: bool = False
    weighted: bool = False
    """The Service or one of its slices gives weights."""
    scheduler: str | None = None
    """Its own, else the node's."""
    endpoints: int = 0
    """Of all its slices together, so that no pool has more."""
    only_ipvs: bool = False
    """It asks for what IPVS alone has: flags of a scheduler, another forwarding method, connection limits."""
    outside: bool = False
    """It has external or load-balancer addresses, or node ports."""
