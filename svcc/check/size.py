"""SVC222: an input that means far more than it says.

    one Service with 10,000 externalIPs and 10,000 ports   ->   SVC222: 100,000,000 pairs of address and port

Every address of a Service takes packets for every one of its ports, every endpoint of a slice answers on every port of it. A file
of a megabyte could ask for a billion such pairs; what people write stays below a few for each line.
"""

from math import prod

from svcc.check.known import Known, by_place
from svcc.diag import Diagnostics
from svcc.model.endpoints import EndpointSlice
from svcc.model.service import Service

BASE = 100_000
FOR_EACH = 32
"""Pairs for every address, port and endpoint that is written: no object with 32 ports or less is ever too large."""


def is_too_large(known: Known, sink: Diagnostics) -> bool:
    """Report the largest object when all together make too many pairs, and tell whether they do."""
    pairs = parts = 0
    for left, right in map(_sides, _objects(known)):
        pairs += left * right
        parts += left + right
    allowed = BASE + FOR_EACH * parts
    if pairs > allowed:
        _report(known, sink, pairs, allowed)
    return pairs > allowed


def _objects(known: Known) -> tuple[Service | EndpointSlice, ...]:
    return (*known.manifests.services, *known.manifests.slices)


def _sides(one: Service | EndpointSlice) -> tuple[int, int]:
    if isinstance(one, EndpointSlice):
        return len(one.endpoints), len(one.ports)
    return len(one.cluster_ips) + len(one.external_ips) + len(one.load_balancer_ips), len(one.ports)


def _report(known: Known, sink: Diagnostics, pairs: int, allowed: int) -> None:
    largest = max(by_place(_objects(known)), key=lambda one: prod(_sides(one)))
    kind = type(largest).__name__
    sink.add(
        "SVC222",
        f"this input makes {pairs:,} pairs of address and port, {prod(_sides(largest)):,} of them here: "
        f"at most {allowed:,} for its size",
        span=largest.span,
        object=f"{kind}/{largest.name}",
        hint="use fewer addresses, or fewer ports",
    )
