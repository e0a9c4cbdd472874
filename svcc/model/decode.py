r"""Decode sources into Manifests: every document, and every object of a List.

    Source("web.yaml", "kind: Service …\n---\nkind: Job …")  ->  Manifests(services=(Service(…),)), and in the sink
                                                                SVC006: 1 document of another kind is skipped: Job (1)

An object with a mistake is left out and its mistakes are in the sink; the rest goes on. The result is sorted by namespace and
name. One document is composed, decoded and dropped before the next: holding all nodes costs more than anything else.
"""

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source, Span
from svcc.model.cluster_scoped import NAME_CHECKS, check_cluster_scoped
from svcc.model.decode_broken import decode_broken
from svcc.model.decode_endpoints import decode_endpoint_slice
from svcc.model.decode_node import decode_node
from svcc.model.decode_service import decode_service
from svcc.model.decode_subsets import decode_endpoints
from svcc.model.endpoints import Endpoints, EndpointSlice
from svcc.model.kinds import CORE, VERSIONS, group_of, meant_kind, report_meant
from svcc.model.manifests import Broken, Manifests, Workloads
from svcc.model.node import Node
from svcc.model.objects import Type, objects
from svcc.model.pod import Pod
from svcc.model.service import Service
from svcc.source.cursor import Cursor, Fields
from svcc.source.document import Document, documents

N = TypeVar("N", Service, EndpointSlice, Endpoints, Pod, Node)

_WORKLOADS = frozenset(
    {
        "apps Deployment", "apps ReplicaSet", "apps StatefulSet", "apps DaemonSet", "batch Job", "batch CronJob",
        " ReplicationController",
    }
)  # fmt: skip
"""Group and kind of what a cluster makes Pods of."""
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
        self.pods: list[Pod] = []
        self.nodes: list[Node] = []
        self.broken: list[Broken] = []
        self.skipped: Counter[str] = Counter()
        self.first_skipped: Span | None = None
        self.workloads: Counter[str] = Counter()
        self.first_workload: Span | None = None
        self.documents = 0

    def add(self, document: Document) -> None:
        """Decode every object of one document."""
        self.documents += 1
        for cursor, (_, kind) in objects(document, self.sink, self._is_ours):
            self._decode(cursor, kind)

    def _is_ours(self, cursor: Cursor, top: Fields, type_: Type) -> bool:
        """Tell whether svcc reads this kind; when not, count it, or report it as one that was meant to be read."""
        version, kind = type_
        if VERSIONS.get(kind) == version:
            return True
        meant = meant_kind(version, kind)
        if meant:
            report_meant(cursor, top, type_, meant)
            self._keep_name(cursor, meant)
        elif _CONFIGURATION.get(kind) != group_of(version):
            self.skipped[f"{kind}.{group_of(version)}" if kind in VERSIONS else kind] += 1
            span = cursor.span(cursor.root)
            self.first_skipped = min(self.first_skipped or span, span, key=_place)
            if f"{group_of(version)} {kind}" in _WORKLOADS:
                self.workloads[kind] += 1
                self.first_workload = min(self.first_workload or span, span, key=_place)
            if version == CORE and kind in NAME_CHECKS:
                check_cluster_scoped(cursor, kind)
        return False

    def _decode(self, cursor: Cursor, kind: str) -> None:
        if kind == "Service":
            _keep(self.services, decode_service(cursor, self.config))
        elif kind == "EndpointSlice":
            _keep(self.slices, decode_endpoint_slice(cursor))
        elif kind == "Pod":
            # Pods have as many rules as all other kinds together, and few inputs have a Pod.
            from svcc.model.decode_pod import decode_pod

            _keep(self.pods, decode_pod(cursor))
        elif kind == "Node":
            _keep(self.nodes, decode_node(cursor))
        else:
            _keep(self.endpoints, decode_endpoints(cursor))
        if cursor.errors:
            self._keep_name(cursor, kind)

    def _keep_name(self, cursor: Cursor, kind: str) -> None:
        broken = decode_broken(cursor, kind)
        if broken is not None:
            self.broken.append(broken)

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
            _sorted(self.services),
            _sorted(self.slices),
            _sorted(self.endpoints),
            tuple(sorted(self.broken, key=lambda one: (one.kind, one.name))),
            _sorted(self.pods),
            _sorted(self.nodes),
            Workloads(dict(sorted(self.workloads.items())), self.first_workload) if self.workloads else None,
        )


def _keep(found: list[N], one: N | None) -> None:
    if one is not None:
        found.append(one)


def _sorted(objects: list[N]) -> tuple[N, ...]:
    """Sort by name; objects of one name, which is a mistake, by their places."""
    if len({one.name for one in objects}) == len(objects):
        return tuple(sorted(objects, key=lambda one: one.name))
    return tuple(sorted(objects, key=lambda one: (one.name, _place(one.span) if one.span else ("", 0, 0))))


def _place(span: Span) -> tuple[str, int, int]:
    return (span.source.name, span.line, span.column)
