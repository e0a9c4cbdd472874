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
from svcc.model.variables import EVERYWHERE, variables

_GOES_ON = re.compile(r"(?=-(?:service|port))")


def check_variables(known: Known, sink: Diagnostics) -> None:
    """Report the later of two Services whose variables clash, once a pair."""
    made: dict[ObjectName, frozenset[str]] = {}

    def variables_of(service: Service) -> frozenset[str]:
        if service.name not in made:
            made[service.name] = frozenset(name for name, _ in variables(service))
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
        if shorter is None and prefix.name == EVERYWHERE.name:
            shorter = known.services.get(EVERYWHERE)
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
