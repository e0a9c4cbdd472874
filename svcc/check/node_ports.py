"""SVC204 and SVC216: node ports, and those for health checks, that somebody else uses too.

    shop/a: nodePort 30080
    shop/b: healthCheckNodePort 30080   ->   SVC204 at the port of b: nodePort 30080 is already used

A port number belongs to one Service in the whole cluster, whatever the protocol.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from svcc.check.known import Known, clashes, place, related
from svcc.diag import Diagnostics, Reason, Span
from svcc.model.service import Service, ServiceType

LOCAL_PORTS = (32768, 60999)
"""`net.ipv4.ip_local_port_range` as the kernel has it by default."""


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """One use of a node port; `port` is the Service port behind it, None for a health check."""

    number: int
    service: Service
    port: int | None
    field: str
    span: Span | None


def check_node_ports(known: Known, sink: Diagnostics) -> None:
    """SVC204: one node port twice; within one Service, ports of one number may share it."""
    for number, uses in clashes((one.number, one) for one in _uses(known)).items():
        first, *others = sorted(uses, key=lambda one: (place(one.span), one.field))
        for one in others:
            if one.service.name == first.service.name and one.port is not None and one.port == first.port:
                continue
            name = one.field.rpartition(".")[2]
            sink.add(
                "SVC204",
                f"{name} {number} is already used",
                span=one.span,
                object=f"Service/{one.service.name}",
                field=one.field,
                reason=Reason.DUPLICATE,
                hint=f"pick a free port or leave {name} out",
                related=related(first.span, f"first used by Service {first.service.name}"),
            )


def check_local_ports(known: Known, sink: Diagnostics) -> None:
    """SVC216: a node port that the kernel may give to a connection; each once a Service."""
    low, high = LOCAL_PORTS
    told: set[tuple[int, int]] = set()
    for one in _uses(known):
        if low <= one.number <= high and (id(one.service), one.number) not in told:
            told.add((id(one.service), one.number))
            sink.add(
                "SVC216",
                f"port {one.number} lies in the kernel's local port range, {low} to {high}",
                span=one.span,
                object=f"Service/{one.service.name}",
                field=one.field,
                hint=f"use one below {low}, or add it to net.ipv4.ip_local_reserved_ports",
            )


def _uses(known: Known) -> Iterator[Taken]:
    for service in known.manifests.services:
        if service.type in (ServiceType.CLUSTER_IP, ServiceType.EXTERNAL_NAME):
            continue
        for index, port in enumerate(service.ports):
            if port.node_port is not None:
                field = f"spec.ports[{index}].nodePort"
                yield Taken(port.node_port, service, port.port, field, port.node_port_span)
        if service.health_check_node_port is not None:
            field = "spec.healthCheckNodePort"
            yield Taken(service.health_check_node_port, service, None, field, service.spans.get(field, service.span))
