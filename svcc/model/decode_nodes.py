"""Decode a file of nodes, for `compile --all-nodes`: NodeConfig documents, or the v1 Nodes of `kubectl get nodes -o yaml`.

    kind: Node                                         the base configuration with
    metadata: {name: worker-1, labels: {topology.kubernetes.io/zone: eu-a}}   ->   node_name="worker-1", zone="eu-a",
    spec: {podCIDRs: [10.128.7.0/24]}                                              pod_cidrs=(10.128.7.0/24,),
    status: {addresses: [{type: InternalIP, address: 172.20.5.11}]}                node_ips=("172.20.5.11",)

A NodeConfig is complete in itself; a Node only adds its facts to the configuration given.
"""

from collections.abc import Iterator
from dataclasses import replace

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source, Span
from svcc.model.decode_config import node_config
from svcc.model.fields import ZONE_LABEL
from svcc.model.pod_names import is_subdomain
from svcc.source.cursor import Cursor, Node
from svcc.source.document import documents
from svcc.source.reporter import short

_INTERNAL = "InternalIP"


def decode_nodes(source: Source, base: NodeConfig, sink: Diagnostics) -> tuple[NodeConfig, ...]:
    """Return the configuration of each node, sorted by name; mistakes are in the sink."""
    found: dict[str, NodeConfig] = {}
    for document in documents(source, sink):
        root = Cursor(document, document.node, sink)
        for node in _flattened(root):
            cursor = Cursor(document, node, sink)
            config = _decode(cursor, base)
            if config is None:
                continue
            name = config.node_name
            if not name:
                cursor.report("SVC104", "a node needs a name, which names its folder", node, below="name")
            elif not is_subdomain(name):
                cursor.report(
                    "SVC103", f'"{short(name)}" is not a DNS name: no folder can be called so', node, below="name"
                )
            elif name in found:
                cursor.report("SVC201", f"node {name} appears twice", node)
            else:
                found[name] = config
    if not found and not sink.errors:
        sink.add("SVC005", "the file holds no nodes", span=Span(source, 1, 1), hint="kind: Node, or kind: NodeConfig")
    return tuple(found[name] for name in sorted(found))


def _flattened(cursor: Cursor) -> Iterator[Node]:
    fields = cursor.fields(cursor.root, None)
    if (cursor.text(fields.get("kind")) or "").endswith("List"):
        yield from cursor.sequence(fields.get("items"))
    else:
        yield cursor.root


def _decode(cursor: Cursor, base: NodeConfig) -> NodeConfig | None:
    fields = cursor.fields(cursor.root, None)
    kind = cursor.text(fields.get("kind"))
    if kind == "NodeConfig":
        return node_config(cursor)
    if kind != "Node":
        cursor.report("SVC003", "a node is of kind Node or NodeConfig", cursor.root)
        return None
    metadata = cursor.fields(fields.get("metadata"), None)
    name = cursor.text(metadata.get("name")) or ""
    cursor.object = f"Node/{name}"
    zone = cursor.texts(metadata.get("labels")).get(ZONE_LABEL)
    spec = cursor.fields(fields.get("spec"), None)
    pod_cidrs = [cursor.network(one) for one in cursor.sequence(spec.get("podCIDRs"))]
    status = cursor.fields(fields.get("status"), None)
    node_ips = []
    for one in cursor.sequence(status.get("addresses")):
        held = cursor.fields(one, None)
        if cursor.text(held.get("type")) == _INTERNAL:
            node_ips.append(cursor.address(held.get("address")))
    return replace(
        base,
        node_name=name,
        zone=zone or base.zone,
        pod_cidrs=tuple(one for one in pod_cidrs if one is not None) or base.pod_cidrs,
        node_ips=tuple(one for one in node_ips if one is not None) or base.node_ips,
        spans={},
    )
