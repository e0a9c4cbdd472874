"""Mirror Endpoints into EndpointSlices, as the mirroring controller of Kubernetes does.

    Endpoints shop/db                            EndpointSlice shop/db-mirror-0-ipv4 of Service shop/db
      subsets: 10.0.0.1, fd00::1 × port 5432  ->   10.0.0.1 × 5432
                                                 EndpointSlice shop/db-mirror-0-ipv6 of Service shop/db
                                                   fd00::1 × 5432

Only for a Service of that name without selector, and not where the Service or the Endpoints has the skip-mirror label. Where its
selector matches Pods of the input, Endpoints are mirrored as well, unless the Service has slices: what is given is taken before
anything is made of Pods. Each subset is its own addresses × ports, so each makes its own slices; endpoints are sorted, so the order
of the input never matters.
"""

from collections.abc import Iterator
from dataclasses import replace

from svcc.model.endpoints import Endpoints, EndpointSlice
from svcc.model.manifests import Manifests
from svcc.model.service import ObjectName
from svcc.net import Family, family_of, number


def mirror(manifests: Manifests) -> Manifests:
    """Add the slices that the Endpoints of the input stand for."""
    if not manifests.endpoints:
        return manifests
    sliced = {one.service for one in manifests.slices}
    wanted = {
        one.name
        for one in manifests.services
        if not one.skip_mirror and (not one.has_selector or (one.name in manifests.selected and one.name not in sliced))
    }
    mirrored = [
        made
        for endpoints in manifests.endpoints
        if endpoints.name in wanted and not endpoints.skip_mirror
        for made in _slices(endpoints)
    ]
    slices = sorted((*manifests.slices, *mirrored), key=lambda one: one.name)
    return replace(manifests, slices=tuple(slices))


def _slices(endpoints: Endpoints) -> Iterator[EndpointSlice]:
    namespace, name = endpoints.name
    for index, subset in enumerate(endpoints.subsets):
        for family in Family:
            chosen = [one for one in subset.endpoints if family_of(one.address) is family]
            if not chosen:
                continue
            chosen.sort(key=lambda one: (number(one.address), not one.ready))
            yield EndpointSlice(
                name=ObjectName(namespace, f"{name}-mirror-{index}-{family.value.lower()}"),
                service=endpoints.name,
                family=family,
                ports=subset.ports,
                endpoints=tuple(chosen),
                derived=True,
                span=endpoints.span,
            )
