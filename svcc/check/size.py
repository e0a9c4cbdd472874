"""SVC222: an input that means far more than it says.

    one Service with 10,000 externalIPs and 10,000 ports   ->   SVC222: 100,000,000 pairs of address and port
    1,000 Services whose selectors match 1,000 Pods each   ->   SVC222: 1,000,000 pairs

Every address of a Service takes packets for every one of its ports, every endpoint of a slice answers on every port of it, and so
does every Pod that a Service selects. A file of a megabyte could ask for a billion such pairs.
"""

from math import prod

from svcc.check.known import Known, by_place
from svcc.diag import Diagnostics
from svcc.model.endpoints import EndpointSlice
from svcc.model.manifests import Manifests
from svcc.model.service import Service
from svcc.model.size import allowed, sides


def is_too_large(known: Known, sink: Diagnostics) -> bool:
    """Report the largest object when all together make too many pairs, and tell whether they do."""
    pairs = sum(_pairs(one, known.manifests) for one in _objects(known))
    most = allowed(known.manifests)
    if pairs > most:
        _report(known, sink, pairs, most)
    return pairs > most


def _objects(known: Known) -> tuple[Service | EndpointSlice, ...]:
    return (*known.manifests.services, *known.manifests.slices)


def _pairs(one: Service | EndpointSlice, manifests: Manifests) -> int:
    own = prod(sides(one))
    if isinstance(one, EndpointSlice):
        return own
    return own + len(manifests.selected.get(one.name, ())) * max(1, len(one.ports))


def _report(known: Known, sink: Diagnostics, pairs: int, most: int) -> None:
    largest = max(by_place(_objects(known)), key=lambda one: _pairs(one, known.manifests))
    kind = type(largest).__name__
    sink.add(
        "SVC222",
        f"this input makes {pairs:,} pairs of address and port, {_pairs(largest, known.manifests):,} of them here: "
        f"at most {most:,} for its size",
        span=largest.span,
        object=f"{kind}/{largest.name}",
        hint="use fewer addresses, or fewer ports",
    )
