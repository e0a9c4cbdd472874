"""Make EndpointSlices of the Pods that a Service selects, as the endpoint slice controller of Kubernetes does.

    Service shop/cart, port http 80 → web           EndpointSlice shop/cart-pods-0-ipv4
    Pod cart-0, 10.128.7.21, web is 8080, ready       http 8080: 10.128.7.21 ready, 10.128.9.22 not ready
    Pod cart-1, 10.128.9.22, web is 8080          ->
    Pod cart-2, 10.128.9.23, web is 9090, ready     EndpointSlice shop/cart-pods-1-ipv4
                                                      http 9090: 10.128.9.23 ready

Pods that have ended and Pods without an address of the family are left out. One that is not ready is an endpoint all the same: it is
not ready, or with `publishNotReadyAddresses` it is; one that is being deleted serves on while it is ready. A name as `targetPort` is
looked up in each Pod by name and protocol, and a port that a Pod does not have is none of its slice; Pods with the same ports share
slices, of 100 endpoints at most. Services that have slices, given or mirrored, have no others made.

Facts (Kubernetes 1.34, staging/src/k8s.io/endpointslice): a Pod without a port of the Service is an endpoint in a slice without
ports. The controller waits for a Pod whose Node is unknown; here Nodes are facts that may be missing, so such a Pod counts.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from svcc.derive.hints import Hints
from svcc.model.endpoints import Endpoint, EndpointSlice, SlicePort
from svcc.model.manifests import Manifests
from svcc.model.pod import Pod
from svcc.model.service import ObjectName, Service, ServicePort
from svcc.net import Address, Family, family_of, number

MAX_ENDPOINTS = 100
"""Of one slice, as the controller fills them unless it is told otherwise; the API server takes 1000."""

_Group = tuple[Family, tuple[int | None, ...]]
"""A family, and for each port of a Service the number that a Pod has for it, None where it has none."""
_Placed = tuple[Address, Pod]


class _Part(NamedTuple):
    """What one slice is about."""

    family: Family
    ports: tuple[SlicePort, ...]
    endpoints: tuple[Endpoint, ...]


def slice_pods(manifests: Manifests) -> Manifests:
    """Add the slices of every Service that selects Pods and has no slices."""
    if not manifests.selected:
        return manifests
    sliced = {one.service for one in manifests.slices}
    taken = {one.name for one in manifests.slices}
    zones = {one.name: one.zone for one in manifests.nodes}
    made = [
        one
        for service in manifests.services
        if service.name in manifests.selected and service.name not in sliced
        for one in _slices(service, manifests.selected[service.name], zones, taken)
    ]
    return replace(manifests, slices=tuple(sorted((*manifests.slices, *made), key=lambda one: one.name)))


def _slices(
    service: Service, pods: Iterable[Pod], zones: Mapping[str, str | None], taken: set[ObjectName]
) -> Iterator[EndpointSlice]:
    """Yield the slices of a Service, numbered; a name that a slice of the input has is passed over."""
    namespace, name = service.name
    at = 0
    for part in _parts(service, _grouped(service, pods), Hints(service.distribution, zones)):
        family = part.family.value.lower()
        while (own := ObjectName(namespace, f"{name}-pods-{at}-{family}")) in taken:
            at += 1
        yield EndpointSlice(own, service.name, *part, derived=True, span=service.span)
        at += 1


def _grouped(service: Service, pods: Iterable[Pod]) -> Mapping[_Group, list[_Placed]]:
    """Put the addresses together that are of one family and have the same port numbers."""
    groups: dict[_Group, list[_Placed]] = {}
    for pod in pods:
        if not pod.is_endpoint:
            continue
        numbers = tuple(target_of(pod, port) for port in service.ports)
        for address in pod.addresses:
            groups.setdefault((family_of(address), numbers), []).append((address, pod))
    return groups


def _parts(service: Service, groups: Mapping[_Group, list[_Placed]], hints: Hints) -> Iterator[_Part]:
    for family in service.ip_families:
        for group in sorted((one for one in groups if one[0] is family), key=_numbers):
            pairs = zip(service.ports, group[1], strict=True)
            ports = tuple(SlicePort(port.name, port.protocol, at) for port, at in pairs if at is not None)
            placed = sorted(groups[group], key=_place)
            for start in range(0, len(placed), MAX_ENDPOINTS):
                endpoints = tuple(_endpoint(service, *one, hints) for one in placed[start : start + MAX_ENDPOINTS])
                yield _Part(family, ports, endpoints)


def _numbers(group: _Group) -> tuple[int, ...]:
    return tuple(one or 0 for one in group[1])


def _place(placed: _Placed) -> tuple[int, ObjectName]:
    return number(placed[0]), placed[1].name


def target_of(pod: Pod, port: ServicePort) -> int | None:
    """Return the number that a Service port has in a Pod; None where no container has a port of that name and protocol."""
    if isinstance(port.target, int):
        return port.target
    if port.target is None:
        return port.port
    return pod.ports.get((port.target, port.protocol))


def _endpoint(service: Service, address: Address, pod: Pod, hints: Hints) -> Endpoint:
    ready = service.publish_not_ready or pod.is_available
    zones, nodes = hints.for_node(pod.node_name) if ready else ((), ())
    named = pod.hostname is not None and pod.subdomain == service.name.name
    hostname = pod.hostname if named else None
    return Endpoint(address, ready, pod.ready, pod.terminating, pod.node_name, zones, nodes, hostname, pod.span)
