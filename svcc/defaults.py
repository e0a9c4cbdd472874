"""Show manifests as the API server would hold them: the sources again, with defaults and allocations filled in.

    filled(sources, manifests)  ->  Filled("Service", ("shop", "cart"), {"apiVersion": "v1", "kind": "Service", …}), …

The sources must have been decoded without a mistake. The order is by kind, namespace and name, whatever the order of the input.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from svcc.diag import Diagnostics, Source
from svcc.model.defaults import fill_in
from svcc.model.kinds import VERSIONS
from svcc.model.manifests import Manifests
from svcc.model.objects import objects
from svcc.model.service import ObjectName
from svcc.model.slice_object import SliceWriter
from svcc.source.document import documents
from svcc.source.plain import plain

KINDS = ("Service", "Endpoints", "EndpointSlice", "Pod", "Node")


class Filled(NamedTuple):
    """One object as the API server would hold it."""

    kind: str
    name: ObjectName
    held: dict[str, Any]


def filled(sources: Iterable[Source], manifests: Manifests, *, slices: bool = False) -> list[Filled]:
    """Return every object of the sources, filled in and sorted; with `slices` those too that were made of Pods."""
    services = {one.name: one for one in manifests.services}
    found = [_filled(kind, held, services) for source in sources for kind, held in _read(source)]
    if slices:
        found += _made(manifests, {one.name: one.held for one in found if one.kind == "Service"})
    return sorted(found, key=lambda one: (KINDS.index(one.kind), one.name))


def _made(manifests: Manifests, services: Mapping[ObjectName, dict[str, Any]]) -> list[Filled]:
    writer = SliceWriter.of(manifests)
    return [
        Filled("EndpointSlice", one.name, writer.written(one, services[one.service]))
        for one in manifests.slices
        if one.service is not None and writer.is_of_pods(one)
    ]


def _read(source: Source) -> Iterator[tuple[str, dict[str, Any]]]:
    sink = Diagnostics()
    for document in documents(source, sink):
        for cursor, (version, kind) in objects(document, sink, lambda _cursor, _top, found: _is_ours(*found)):
            held = plain(cursor, cursor.root)
            assert isinstance(held, dict), f"bug in svcc: a {kind} that is no mapping was decoded"
            # First, and as it was taken: an empty kind in a list is that of the list.
            typed = {"apiVersion": version, "kind": kind}
            yield kind, {**typed, **held, **typed}


def _is_ours(version: str, kind: str) -> bool:
    return VERSIONS.get(kind) == version


def _filled(kind: str, held: dict[str, Any], services: dict[ObjectName, Any]) -> Filled:
    meta = held["metadata"]
    name = ObjectName("" if kind == "Node" else meta.get("namespace") or "default", meta["name"])
    return Filled(kind, name, fill_in(kind, held, services.get(name)))
