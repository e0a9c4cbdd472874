r"""Decode sources into Manifests: every document, and every object of a List.

    Source("web.yaml", "kind: Service …\n---\nkind: Pod …")  ->  Manifests(services=(Service(…),)), and in the sink
                                                                SVC006: 1 document of another kind is skipped: Pod

An object with a mistake is left out and its mistakes are in the sink; the rest goes on. The result is sorted by namespace and
name. One document is composed, decoded and dropped before the next: holding all nodes costs more than anything else.
"""

from collections import Counter
from collections.abc import Iterable

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source, Span
from svcc.model.decode_endpoints import decode_endpoint_slice, decode_endpoints
from svcc.model.decode_service import decode_service
from svcc.model.endpoints import Endpoints, EndpointSlice
from svcc.model.fields import LIST
from svcc.model.manifests import Manifests
from svcc.model.service import Service
from svcc.source.cursor import Cursor, Fields, Node
from svcc.source.document import Document, documents

CORE = "v1"
DISCOVERY = "discovery.k8s.io/v1"

_VERSIONS = {
    "Service": CORE,
    "Endpoints": CORE,
    "List": CORE,
    "ServiceList": CORE,
    "EndpointsList": CORE,
    "EndpointSlice": DISCOVERY,
    "EndpointSliceList": DISCOVERY,
}
_LISTS = {"List": "", "ServiceList": "Service", "EndpointsList": "Endpoints", "EndpointSliceList": "EndpointSlice"}
_CONFIGURATION = {"NodeConfig": "svcc.dev", "KubeProxyConfiguration": "kubeproxy.config.k8s.io"}


def decode(sources: Iterable[Source], config: NodeConfig, sink: Diagnostics) -> Manifests:
    """Return every object without a mistake, sorted; everything else is in the sink."""
    decoding = _Decoding(config, sink)
    for source in sources:
        for document in documents(source, sink):
            decoding.add(document)
    return decoding.finish()


class _Decoding:
    """What has been decoded so far."""

    def __init__(self, config: NodeConfig, sink: Diagnostics) -> None:
        self.config = config
        self.sink = sink
        self.services: list[Service] = []
        self.slices: list[EndpointSlice] = []
        self.endpoints: list[Endpoints] = []
        self.skipped: Counter[str] = Counter()
        self.first_skipped: Span | None = None
        self.documents = 0

    def add(self, document: Document) -> None:
        """Decode one document; a List is opened, and a List in it, without recursion."""
        self.documents += 1
        waiting = [(document.node, "")]
        while waiting:
            node, kind = waiting.pop()
            cursor = Cursor(document, node, self.sink)
            waiting += self._add_object(cursor, kind)

    def _add_object(self, cursor: Cursor, kind: str) -> list[tuple[Node, str]]:
        """Decode one object whose kind may follow from its List; return the objects of a List, last first."""
        top = _type_fields(cursor)
        if top is None:
            return []
        version = cursor.text(top.get("apiVersion")) or _VERSIONS.get(kind)
        kind = cursor.text(top.get("kind")) or kind
        if cursor.errors:
            return []
        if not version or not kind:
            lacking = "apiVersion" if not version else "kind"
            message = f"a Kubernetes object has {lacking}"
            cursor.report("SVC003", message, cursor.root, below=lacking)
            return []
        if not self._is_ours(cursor, top, (version, kind)):
            return []
        if kind in _LISTS:
            nodes = cursor.sequence(cursor.fields(cursor.root, LIST).get("items"))
            return [(node, _LISTS[kind]) for node in reversed(nodes)]
        self._decode(cursor, kind)
        return []

    def _is_ours(self, cursor: Cursor, top: Fields, type_: tuple[str, str]) -> bool:
        """Tell whether svcc reads this kind; count it, or report its version, when not."""
        version, kind = type_
        group = version.rpartition("/")[0]
        wanted = _VERSIONS.get(kind)
        if wanted == version:
            return True
        if wanted is not None and group == wanted.rpartition("/")[0]:
            node = top.get("apiVersion", cursor.root)
            cursor.object = kind
            cursor.report("SVC105", f'"{version[:60]}" is not supported', node, hint=f"{kind} is {wanted}")
        elif _CONFIGURATION.get(kind) != group:
            self.skipped[kind if wanted is None else f"{kind}.{group}"] += 1
            self.first_skipped = self.first_skipped or cursor.span(cursor.root)
        return False

    def _decode(self, cursor: Cursor, kind: str) -> None:
        if kind == "Service":
            service = decode_service(cursor, self.config)
            if service is not None:
                self.services.append(service)
        elif kind == "EndpointSlice":
            endpoint_slice = decode_endpoint_slice(cursor)
            if endpoint_slice is not None:
                self.slices.append(endpoint_slice)
        else:
            endpoints = decode_endpoints(cursor)
            if endpoints is not None:
                self.endpoints.append(endpoints)

    def finish(self) -> Manifests:
        """Sort what was decoded, and say what was skipped."""
        if self.skipped:
            count = self.skipped.total()
            what = "1 document of another kind is" if count == 1 else f"{count} documents of other kinds are"
            kinds = ", ".join(f"{kind[:60]} ({number})" for kind, number in sorted(self.skipped.items()))
            self.sink.add("SVC006", f"{what} skipped: {kinds}", span=self.first_skipped)
        elif not self.documents and not self.sink.errors:
            self.sink.add("SVC005", "the given files hold no document")
        return Manifests(
            tuple(sorted(self.services, key=lambda one: one.name)),
            tuple(sorted(self.slices, key=lambda one: one.name)),
            tuple(sorted(self.endpoints, key=lambda one: one.name)),
        )


def _type_fields(cursor: Cursor) -> Fields | None:
    """Return the fields of an object without judging them yet; None when it is no mapping."""
    if not cursor.is_mapping(cursor.root):
        cursor.report("SVC003", "a Kubernetes object is a mapping with apiVersion and kind", cursor.root)
        return None
    return cursor.peek(cursor.root, ("apiVersion", "kind"))
