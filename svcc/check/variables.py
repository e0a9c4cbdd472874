"""SVC217: two Services of which the kubelet makes the same environment variable.

    Service shop/a            makes   A_SERVICE_PORT (its first port)
    Service shop/a-service    makes   A_SERVICE_PORT (where it is reached)   ->   SVC217 at a-service, with a

A variable starts with the name of its Service and `_SERVICE_` or `_PORT`. Two can only be equal where one name goes on after the
other in the same way, so that only names with `-service` or `-port` in them are looked at.
"""

import re
from collections.abc import Iterator

from svcc.check.known import Known, by_place, related
from svcc.diag import Diagnostics
from svcc.model.service import ObjectName, Service

_GOES_ON = re.compile(r"(?=-(?:service|port))")
_EVERYWHERE = ObjectName("default", "kubernetes")
"""Its variables are in the pods of every namespace, unless the namespace has a Service of that name."""


def check_variables(known: Known, sink: Diagnostics) -> None:
    """Report the later of two Services whose variables clash, once a pair."""
    made: dict[ObjectName, frozenset[str]] = {}

    def variables_of(service: Service) -> frozenset[str]:
        if service.name not in made:
            made[service.name] = frozenset(variables(service))
        return made[service.name]

    for longer in known.services.values():
        name = longer.name.name
        if "-service" not in name and "-port" not in name:
            continue
        for shorter in _prefixes(longer, known):
            both = variables_of(shorter) & variables_of(longer)
            if both:
                _report(sink, shorter, longer, sorted(both))


def _prefixes(longer: Service, known: Known) -> Iterator[Service]:
    if not longer.wants_cluster_ip:
        return
    namespace, name = longer.name
    for found in _GOES_ON.finditer(name):
        prefix = ObjectName(namespace, name[: found.start()])
        shorter = known.services.get(prefix)
        if shorter is None and prefix.name == _EVERYWHERE.name:
            shorter = known.services.get(_EVERYWHERE)
        if shorter is not None and shorter.wants_cluster_ip:
            yield shorter


def _report(sink: Diagnostics, shorter: Service, longer: Service, both: list[str]) -> None:
    first, later = by_place((shorter, longer))
    more = f" and {len(both) - 1} more" if len(both) > 1 else ""
    sink.add(
        "SVC217",
        f"this Service and {first.name} both make the environment variable {both[0]}{more}",
        span=later.span,
        object=f"Service/{later.name}",
        field="metadata.name",
        hint="rename one of them, or set enableServiceLinks: false in the pods",
        related=related(first.span, f"the name of Service {first.name}"),
    )


def variables(service: Service) -> Iterator[str]:
    """Yield the name of every variable that the kubelet makes of a Service with a cluster IP."""
    own = _word(service.name.name)
    yield f"{own}_SERVICE_HOST"
    yield f"{own}_SERVICE_PORT"
    yield f"{own}_PORT"
    for port in service.ports:
        if port.name:
            yield f"{own}_SERVICE_PORT_{_word(port.name)}"
        base = f"{own}_PORT_{port.port}_{port.protocol.value}"
        yield base
        yield from (f"{base}_{what}" for what in ("PROTO", "PORT", "ADDR"))


def _word(name: str) -> str:
    return name.upper().replace("-", "_")
