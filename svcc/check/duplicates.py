"""SVC201: two documents of one kind with one name.

    Service shop/cart at a.yaml:3 and at b.yaml:3   ->   SVC201 at b.yaml:3, with a.yaml:3

Documents with mistakes count too.
"""

from collections.abc import Iterable

from svcc.check.known import Known, Placed, by_place, clashes, related
from svcc.diag import Diagnostics, Reason
from svcc.model.service import ObjectName

KINDS = ("Service", "EndpointSlice", "Endpoints", "Pod", "Node")


def check_duplicates(known: Known, sink: Diagnostics) -> None:
    """Report every object but the first of its kind and name."""
    for kind in KINDS:
        for name, objects in clashes(_named(known, kind)).items():
            first, *others = by_place(objects)
            for one in others:
                sink.add(
                    "SVC201",
                    f"{kind} {name} is given twice",
                    span=one.span,
                    object=f"{kind}/{name}",
                    field="metadata.name",
                    reason=Reason.DUPLICATE,
                    hint="remove or rename one of them",
                    related=related(first.span, "first given here"),
                )


def _named(known: Known, kind: str) -> Iterable[tuple[ObjectName | str, Placed]]:
    manifests = known.manifests
    for broken in manifests.broken:
        if broken.kind == kind:
            yield broken.name.name if kind == "Node" else broken.name, broken
    if kind == "Service":
        yield from ((one.name, one) for one in manifests.services)
    elif kind == "EndpointSlice":
        yield from ((one.name, one) for one in manifests.slices if not one.derived)
    elif kind == "Endpoints":
        yield from ((one.name, one) for one in manifests.endpoints)
    elif kind == "Pod":
        yield from ((one.name, one) for one in manifests.pods)
    else:
        yield from ((one.name, one) for one in manifests.nodes)
