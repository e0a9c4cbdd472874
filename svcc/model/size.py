"""How much an input may mean, for its size: so many pairs of address and port.

    one Service with 3 addresses and 2 ports, a slice of 10 endpoints and 2 ports, 5 Pods   ->   100,000 + 32 × (5 + 12 + 5)

What people write stays below a few pairs for each line.
"""

from svcc.model.endpoints import EndpointSlice
from svcc.model.manifests import Manifests
from svcc.model.service import Service

BASE = 100_000
FOR_EACH = 32
"""Pairs for every address, port, endpoint and Pod that is written: no object with 32 ports or less is ever too large."""


def sides(one: Service | EndpointSlice) -> tuple[int, int]:
    """Return how many addresses an object has, and how many ports."""
    if isinstance(one, EndpointSlice):
        return len(one.endpoints), len(one.ports)
    return len(one.cluster_ips) + len(one.external_ips) + len(one.load_balancer_ips), len(one.ports)


def allowed(manifests: Manifests) -> int:
    """Return how many pairs the objects of an input may make together; what is made of others does not count."""
    given = (one for one in manifests.slices if not one.derived)
    objects: tuple[Service | EndpointSlice, ...] = (*manifests.services, *given)
    subsets = (one for held in manifests.endpoints for one in held.subsets)
    parts = sum(sum(sides(one)) for one in objects) + sum(len(one.endpoints) + len(one.ports) for one in subsets)
    return BASE + FOR_EACH * (parts + len(manifests.pods))
