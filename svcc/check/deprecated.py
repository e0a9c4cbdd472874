"""SVC221: what the input uses and Kubernetes discourages, one note a field, annotation or kind.

    ten Services with spec.externalIPs   ->   SVC221 at the first by place: spec.externalIPs is deprecated; 10 Services use it

An object that ignores SVC221 is not counted.
"""

from typing import NamedTuple

from svcc.check.known import Known, place
from svcc.diag import Diagnostics, Span
from svcc.model.fields import TOPOLOGY_HINTS, TOPOLOGY_MODE

CODE = "SVC221"

_INSTEAD = {
    "spec.externalIPs": "use type: LoadBalancer; Kubernetes discourages the field since 1.36",
    "spec.loadBalancerIP": "use the annotation of your load balancer; Kubernetes discourages the field since 1.24",
    "spec.trafficDistribution": "PreferSameZone means the same",
    f"metadata.annotations[{TOPOLOGY_HINTS}]": f"use {TOPOLOGY_MODE}",
    "kind": "use EndpointSlice; Kubernetes discourages Endpoints since 1.33",
}
_WHAT = {"spec.trafficDistribution": "PreferClose", "kind": "kind Endpoints"}


class Use(NamedTuple):
    """One use of something deprecated."""

    object: str
    span: Span | None


def check_deprecated(known: Known, sink: Diagnostics) -> None:
    """Report everything deprecated at its first use, with the number of all."""
    uses: dict[str, list[Use]] = {}
    for service in known.manifests.services:
        for field, span in service.deprecated.items():
            uses.setdefault(field, []).append(Use(f"Service/{service.name}", span))
    for one in known.manifests.endpoints:
        uses.setdefault("kind", []).append(Use(f"Endpoints/{one.name}", one.span))
    for field, found in uses.items():
        heard = [one for one in found if not sink.ignores(CODE, one.object)]
        if heard:
            _report(sink, field, heard)


def _report(sink: Diagnostics, field: str, uses: list[Use]) -> None:
    first = min(uses, key=lambda one: (*place(one.span), one.object))
    kind = "object" if field == "kind" else "Service"
    count = f"; {len(uses)} {kind}s use it" if len(uses) > 1 else ""
    sink.add(
        CODE,
        f"{_WHAT.get(field, field)} is deprecated{count}",
        span=first.span,
        object=first.object,
        field=field,
        hint=_INSTEAD[field],
    )
