"""What nftables can count to, and which Services may go beyond it.

    Traits(weighted=True, endpoints=3)   concerns →   True

A light module: a check asks it about every Service, and loads the emitter only for those that it concerns.
"""

from svcc.graph.traits import Traits

MAX_SLOTS = 1000
SCHEDULERS = (None, "random", "sh")


def concerns(traits: Traits) -> bool:
    """Tell whether `limits` may have something to say about a Service."""
    weighty = traits.weighted or traits.endpoints > MAX_SLOTS
    return weighty or traits.only_ipvs or traits.scheduler not in SCHEDULERS
