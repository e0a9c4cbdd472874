"""SVC215: a Service port that no slice of the Service serves.

    Service shop/cart: port http 80/TCP
    its slices:        port htpp 8080/TCP   ->   SVC215 at port 80, with the slice; hint: did you mean htpp?

Service port and slice port meet by name and protocol, both exactly equal. Whether their endpoints are ready plays no part here.
"""

from collections.abc import Sequence

from svcc.check.known import Known, related
from svcc.check.missing import MAX_GUESSES
from svcc.diag import Diagnostics
from svcc.guess import closest
from svcc.model.endpoints import EndpointSlice, SlicePort
from svcc.model.service import Service, ServicePort

_SHOWN = 5
_FEW = 4
"""Ports that are looked for one by one, which is quicker than an index of them."""


def check_ports_meet(known: Known, sink: Diagnostics) -> None:
    """Report each port of a Service that meets no port of its slices, where those have endpoints."""
    guesses = 0
    for service in known.manifests.services:
        slices = known.slices.get(service.name)
        if not slices:
            continue
        lonely = _lonely(service.ports, slices)
        if not lonely or not service.carries_packets or known.is_broken("endpoints", service.name):
            continue
        if any(one.endpoints for one in slices):
            offered = _offered(slices)
            for index in lonely:
                guesses += 1
                _report(
                    sink, service, index, slices[0], _hint(service.ports[index], offered, guess=guesses <= MAX_GUESSES)
                )


def _offered(slices: Sequence[EndpointSlice]) -> list[SlicePort]:
    """Return the ports of slices, each name and protocol once, in their order."""
    found = {(one.name, one.protocol.value): one for held in slices for one in held.ports}
    return [found[key] for key in sorted(found)]


def _lonely(ports: Sequence[ServicePort], slices: Sequence[EndpointSlice]) -> list[int]:
    """Return the indexes of the ports that no slice has."""
    if len(ports) > _FEW:
        offered = {(at.name, at.protocol) for one in slices for at in one.ports}
        return [index for index, port in enumerate(ports) if (port.name, port.protocol) not in offered]
    return [index for index, port in enumerate(ports) if not _is_met(port, slices)]


def _is_met(port: ServicePort, slices: Sequence[EndpointSlice]) -> bool:
    for one in slices:
        for at in one.ports:
            if at.name == port.name and at.protocol is port.protocol:
                return True
    return False


def _report(sink: Diagnostics, service: Service, index: int, first: EndpointSlice, hint: str) -> None:
    port = service.ports[index]
    named = f'"{port.name}" {port.protocol.value}' if port.name else f"without name, {port.protocol.value}"
    sink.add(
        "SVC215",
        f"no slice of this Service has its port {named}: connections to it are refused",
        span=port.span,
        object=f"Service/{service.name}",
        field=f"spec.ports[{index}]",
        hint=hint,
        related=related(first.span, "a slice of this Service"),
    )


def _hint(port: ServicePort, offered: list[SlicePort], *, guess: bool) -> str:
    """Say what to change so that the two meet."""
    if not offered:
        return "the slices have no ports: give them one of this name and protocol"
    same = next((one for one in offered if one.name == port.name), None) if guess else None
    if same is not None:
        return f"the names are equal; the protocol is {port.protocol.value} here and {same.protocol.value} in the slice"
    if not guess:
        return ""
    names = list(dict.fromkeys(one.name for one in offered))
    if not port.name:
        return f"name this port as the slice names it: {_listed(names)}"
    if names == [""]:
        return f"the port of the slice has no name: name it {port.name}, or leave the name out here"
    close = closest(port.name, names)
    return f"did you mean {close}?" if close else f"the slices name their ports {_listed(names)}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(name or '""' for name in names[:_SHOWN]) + more
