"""Checks across objects: duplicates, addresses and ports that two Services claim, policies the node cannot keep.

    shop/a: externalIPs [192.0.2.1], port 80      SVC202 at the address in b:
    shop/b: externalIPs [192.0.2.1], port 80  ->    192.0.2.1:80/TCP is claimed by Service shop/a already

The object that stands first by file and line keeps what it claims; the later one is reported, with the first as related.
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Reason, Related, Span
from svcc.model.endpoints import Endpoints, EndpointSlice
from svcc.model.manifests import Manifests
from svcc.model.service import Service, ServicePort, ServiceType, TrafficPolicy
from svcc.net import Address, Protocol, endpoint_text

_Claim = tuple[Service, Span | None]
_Placed = TypeVar("_Placed", Service, Service | EndpointSlice | Endpoints)


def check_duplicates(manifests: Manifests, _config: NodeConfig, sink: Diagnostics) -> None:
    """SVC201: two documents of one kind with one name."""
    kinds: tuple[tuple[str, Iterable[Service | EndpointSlice | Endpoints]], ...] = (
        ("Service", manifests.services),
        ("EndpointSlice", manifests.slices),
        ("Endpoints", manifests.endpoints),
    )
    for kind, objects in kinds:
        first: dict[tuple[str, str], Span | None] = {}
        for one in _by_place(objects):
            if one.name not in first:
                first[one.name] = one.span
                continue
            sink.add(
                "SVC201",
                f"{kind} {one.name} is given twice",
                span=one.span,
                object=f"{kind}/{one.name}",
                field="metadata.name",
                reason=Reason.DUPLICATE,
                hint="remove or rename one of them",
                related=_related(first[one.name], "first given here"),
            )


def check_cluster_ips(manifests: Manifests, _config: NodeConfig, sink: Diagnostics) -> None:
    """SVC203: one cluster IP for two Services."""
    first: dict[Address, _Claim] = {}
    for service in _by_place(manifests.services):
        for index, address in enumerate(service.cluster_ips):
            field, span = _cluster_ip_place(service, index)
            owner, place = first.setdefault(address, (service, span))
            if owner.name == service.name:
                continue
            sink.add(
                "SVC203",
                f"the cluster IP {address} is already that of Service {owner.name}",
                span=span,
                object=f"Service/{service.name}",
                field=field,
                reason=Reason.DUPLICATE,
                related=_related(place, f"first used by Service {owner.name}"),
            )


def check_claims(manifests: Manifests, config: NodeConfig, sink: Diagnostics) -> None:
    """SVC202: one address, port and protocol for two Services; two equal cluster IPs are SVC203's."""
    first: dict[tuple[Address, int, Protocol], tuple[Service, Span | None, bool]] = {}
    for service in _by_place(manifests.services):
        for address, field, span, cluster in _claims(service, config):
            for port in service.ports:
                key = (address, port.port, port.protocol)
                owner, place, owned = first.setdefault(key, (service, span, cluster))
                if owner.name == service.name or (cluster and owned):
                    continue
                claim = f"{endpoint_text(address, port.port)}/{port.protocol.value}"
                sink.add(
                    "SVC202",
                    f"{claim} is already claimed by Service {owner.name}",
                    span=span,
                    object=f"Service/{service.name}",
                    field=field,
                    reason=Reason.DUPLICATE,
                    related=_related(place, f"first claimed by Service {owner.name}"),
                )


def check_node_ports(manifests: Manifests, _config: NodeConfig, sink: Diagnostics) -> None:
    """SVC204: one node port twice; within one Service TCP and UDP of one port number may share it."""
    first: dict[int, tuple[Service, ServicePort]] = {}
    for service in _by_place(manifests.services):
        for index, port in enumerate(service.ports):
            if port.node_port is None:
                continue
            owner, other = first.setdefault(port.node_port, (service, port))
            if owner.name == service.name and other.port == port.port:
                continue
            sink.add(
                "SVC204",
                f"nodePort {port.node_port} is already used",
                span=port.node_port_span,
                object=f"Service/{service.name}",
                field=f"spec.ports[{index}].nodePort",
                reason=Reason.DUPLICATE,
                hint="pick a free port or leave nodePort out",
                related=_related(other.node_port_span, f"first used by Service {owner.name}"),
            )


def check_local_policy(manifests: Manifests, config: NodeConfig, sink: Diagnostics) -> None:
    """SVC114: a Local policy where the node's name is not known; one warning a Service."""
    if config.node_name is not None:
        return
    for service in _by_place(manifests.services):
        policies = (
            ("spec.internalTrafficPolicy", service.internal_policy),
            ("spec.externalTrafficPolicy", service.external_policy),
        )
        field = next((name for name, policy in policies if policy is TrafficPolicy.LOCAL), None)
        if field is None or not service.carries_packets:
            continue
        sink.add(
            "SVC114",
            f"{field.removeprefix('spec.')} is Local and this node's name is not known: its traffic is dropped",
            span=service.spans.get(field, service.span),
            object=f"Service/{service.name}",
            field=field,
            hint="give --node, or set nodeName in the configuration",
        )


def _by_place(objects: Iterable[_Placed]) -> list[_Placed]:
    return sorted(
        objects, key=lambda one: (one.span.source.name, one.span.line, one.span.column) if one.span else ("", 0, 0)
    )


def _claims(service: Service, config: NodeConfig) -> Iterator[tuple[Address, str, Span | None, bool]]:
    """Yield each distinct address a Service captures: field path, place, and whether it is a cluster IP."""
    if service.headless or service.type is ServiceType.EXTERNAL_NAME:
        return
    seen: set[Address] = set()
    for index, address in enumerate(service.cluster_ips):
        seen.add(address)
        yield address, *_cluster_ip_place(service, index), True
    for field, span, address in _other_places(service):
        if address not in seen:
            seen.add(address)
            yield address, field, span, False
    requested = service.requested_load_balancer_ip
    if config.assign_load_balancer_ips and not service.load_balancer_ips and requested and requested not in seen:
        yield requested, "spec.loadBalancerIP", service.spans.get("spec.loadBalancerIP", service.span), False


def _other_places(service: Service) -> Iterator[tuple[str, Span | None, Address]]:
    groups = (("spec.externalIPs", service.external_ips), ("status.loadBalancer.ingress", service.load_balancer_ips))
    for start, addresses in groups:
        if not addresses:
            continue
        # Decoding leaves out repeated and hostname-only ones, so the n-th address has the n-th place that was kept.
        places = [(field, span) for field, span in service.spans.items() if field.startswith(start)]
        for index, address in enumerate(addresses):
            field, span = places[index] if index < len(places) else (f"{start}[{index}]", service.span)
            yield field, span, address


def _cluster_ip_place(service: Service, index: int) -> tuple[str, Span | None]:
    several = f"spec.clusterIPs[{index}]"
    field = "spec.clusterIP" if index == 0 and "spec.clusterIP" in service.spans else several
    return field, service.spans.get(field, service.span)


def _related(span: Span | None, message: str) -> tuple[Related, ...]:
    return (Related(span, message),) if span is not None else ()
