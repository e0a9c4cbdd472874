"""What iptables can count to, and which Services may go beyond it.

    Traits(affinity=True, endpoints=3)   concerns →   True

A light module: a check asks it about every Service, and loads the emitter only for those that it concerns.
"""

from svcc.graph.traits import Traits

MAX_DENOMINATOR = 30000
"""Two fractions with denominators up to this differ by more than the kernel's step of 2⁻³¹."""
CLIENTS_REMEMBERED = 100
"""By the recent match, for each endpoint."""
SCHEDULERS = (None, "random")


def concerns(traits: Traits) -> bool:
    """Tell whether `limits` may have something to say about a Service."""
    return (
        traits.affinity
        or traits.weighted
        or traits.only_ipvs
        or traits.scheduler not in SCHEDULERS
        or traits.endpoints > MAX_DENOMINATOR
    )
