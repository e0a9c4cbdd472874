"""What IPVS can count to, and which Services may go beyond it, or behave otherwise than in the other targets.

    Traits(outside=True)   concerns →   True

A light module: a check asks it about every Service, and loads the emitter only for those that it concerns.
"""

from svcc.graph.traits import Traits

SH_PLACES = 256
"""Of the table of `sh` and of `dh`, which Linux fills with the servers, each as often as its weight says."""
TABLED = ("sh", "dh")


def concerns(traits: Traits) -> bool:
    """Tell whether `limits` may have something to say about a Service."""
    tabled = traits.scheduler in TABLED and (traits.weighted or traits.endpoints > SH_PLACES)
    return traits.affinity or traits.outside or traits.only_ipvs or traits.scheduler == "random" or tabled
