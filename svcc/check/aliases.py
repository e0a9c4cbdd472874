"""SVC227: ExternalName Services that lead in a circle.

    Service shop/a  ->  b.shop.svc.cluster.local  ->  Service shop/b  ->  a.shop.svc.cluster.local   ->   SVC227 at a, with b

Every alias has one target, so following each of them once finds all circles.
"""

from collections.abc import Iterator, Mapping

from svcc.check.known import Known, by_place
from svcc.diag import Diagnostics, Related
from svcc.model.service import ObjectName


def check_aliases(known: Known, sink: Diagnostics) -> None:
    """Report each circle once, at the Service that stands first in it."""
    suffix = f".svc.{known.config.cluster_domain}"
    leads = {
        one.name: _service(one.external_name, suffix)
        for one in known.services.values()
        if one.external_name is not None
    }
    for circle in _circles(leads):
        first, *others = by_place(known.services[name] for name in circle)
        field = "spec.externalName"
        sink.add(
            "SVC227",
            f"{first.external_name} leads back to this Service",
            span=first.spans.get(field, first.span),
            object=f"Service/{first.name}",
            field=field,
            hint="name a Service with endpoints, or a name outside of the cluster",
            related=[Related(one.span, f"by way of Service {one.name}") for one in others if one.span],
        )


def _service(name: str, suffix: str) -> ObjectName | None:
    """Return the Service that a name of the zone belongs to."""
    service, _, namespace = name.removesuffix(suffix).partition(".")
    return ObjectName(namespace, service) if name.endswith(suffix) and namespace else None


def _circles(leads: Mapping[ObjectName, ObjectName | None]) -> Iterator[list[ObjectName]]:
    done: set[ObjectName] = set()
    for start in leads:
        way: dict[ObjectName, None] = {}
        at: ObjectName | None = start
        while at is not None and at in leads and at not in done and at not in way:
            way[at] = None
            at = leads[at]
        if at in way:
            names = list(way)
            yield names[names.index(at) :]
        done.update(way)
