"""SVC211 to SVC214: endpoints that no packet can reach.

    EndpointSlice shop/cart-x, label kubernetes.io/service-name: crat
      ->   SVC212 at the label: there is no Service shop/crat; did you mean cart?

A Service that is in the input with mistakes is there: its slices are not told that it is missing.
"""

from collections.abc import Iterator
from operator import attrgetter

from svcc.check.known import Known, related
from svcc.check.missing import Missing
from svcc.diag import Diagnostics
from svcc.model.endpoints import Endpoint, Endpoints
from svcc.model.fields import SERVICE_NAME_LABEL
from svcc.model.service import ObjectName, Service
from svcc.net import Address

_address = attrgetter("address")
LABEL = f"metadata.labels[{SERVICE_NAME_LABEL}]"


def check_slices_have_services(known: Known, sink: Diagnostics) -> None:
    """SVC212: a slice whose Service is not there."""
    missing = Missing(known, sink)
    for one in known.manifests.slices:
        if one.service is not None and one.service not in known.services and not one.derived:
            missing.report(one.service, f"EndpointSlice/{one.name}", LABEL, one.service_span or one.span)


def check_endpoints_have_services(known: Known, sink: Diagnostics) -> None:
    """SVC212: Endpoints whose Service is not there; without any address they are no endpoints but a lock."""
    missing = Missing(known, sink)
    for one in known.manifests.endpoints:
        if one.name not in known.services and one.subsets:
            missing.report(one.name, f"Endpoints/{one.name}", "metadata.name", one.span)


def check_slices_are_bound(known: Known, sink: Diagnostics) -> None:
    """SVC213: a slice without the label that binds it."""
    for one in known.manifests.slices:
        if one.service is None:
            sink.add(
                "SVC213",
                f"this slice has no label {SERVICE_NAME_LABEL}: nothing uses its endpoints",
                span=one.span,
                object=f"EndpointSlice/{one.name}",
                field=LABEL,
                hint=f"label it with the name of its Service: {SERVICE_NAME_LABEL}",
            )


def check_endpoints_are_mirrored(known: Known, sink: Diagnostics) -> None:
    """SVC214: Endpoints of a Service with a selector, where neither slices nor Pods stand in for them."""
    for one in known.manifests.endpoints:
        service = known.services.get(one.name)
        if service is None or not service.has_selector or not one.subsets or one.name in known.slices:
            continue
        if one.name in known.manifests.selected or known.is_broken("endpoints", one.name):
            continue
        sink.add(
            "SVC214",
            f"Service {one.name} has a selector, so these Endpoints are not mirrored: it has no endpoints",
            span=one.span,
            object=f"Endpoints/{one.name}",
            field="metadata.name",
            hint="remove the selector of the Service, or give EndpointSlices",
            related=related(service.span, "the Service"),
        )


def check_endpoints_are_no_cluster_ips(known: Known, sink: Diagnostics) -> None:
    """SVC211: an endpoint that is the cluster IP of a Service; a headless one may have it, its clients use names."""
    owners = {address: one for one in known.manifests.services for address in one.cluster_ips}
    for name, field, object_, endpoint in _unreachable(known, owners):
        service = known.services.get(name)
        if service is None or not service.carries_packets:
            continue
        owner = owners[endpoint.address]
        span = owner.spans.get("spec.clusterIP", owner.span)
        sink.add(
            "SVC211",
            f"{endpoint.address} is the cluster IP of Service {owner.name}: as an endpoint it never answers",
            span=endpoint.span,
            object=object_,
            field=field,
            hint=f"name the endpoints of {owner.name} instead",
            related=related(span, f"the cluster IP of Service {owner.name}"),
        )


_Found = tuple[ObjectName, str, str, Endpoint]
"""Name of the Service, field path, object, endpoint."""


def _unreachable(known: Known, owners: dict[Address, Service]) -> Iterator[_Found]:
    for one in known.manifests.slices:
        if one.derived or one.service is None:
            continue
        if owners.keys().isdisjoint(map(_address, one.endpoints)):
            continue
        for index, endpoint in enumerate(one.endpoints):
            if endpoint.address in owners:
                yield one.service, f"endpoints[{index}].addresses[0]", f"EndpointSlice/{one.name}", endpoint
    for held in known.manifests.endpoints:
        for field, endpoint in _addresses(held):
            if endpoint.address in owners:
                yield held.name, field, f"Endpoints/{held.name}", endpoint


def _addresses(held: Endpoints) -> Iterator[tuple[str, Endpoint]]:
    """Yield each address with its field path: those that are ready stand first, as decoding keeps them."""
    for at, subset in enumerate(held.subsets):
        ready = sum(one.ready for one in subset.endpoints)
        for index, one in enumerate(subset.endpoints):
            where = f"addresses[{index}]" if one.ready else f"notReadyAddresses[{index - ready}]"
            yield f"subsets[{at}].{where}.ip", one
