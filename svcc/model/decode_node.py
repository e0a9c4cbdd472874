"""Decode a Node: its name, and the zone that hints are made of.

kind: Node
metadata: {name: worker-1, labels: {topology.kubernetes.io/zone: eu-a}}   ->   Node(name="worker-1", zone="eu-a")

Only the metadata is judged (`cluster_scoped`); nothing else of a Node means anything for Services.
"""

from svcc.model.cluster_scoped import check_cluster_scoped
from svcc.model.fields import ZONE_LABEL
from svcc.model.node import Node
from svcc.source.cursor import Cursor


def decode_node(cursor: Cursor) -> Node | None:
    """Return the Node at the cursor's root; None after any mistake, which is then in the sink."""
    meta = check_cluster_scoped(cursor, "Node")
    name = cursor.text(meta.get("name"))
    if cursor.errors or not name:
        return None
    zone = cursor.texts(meta.get("labels")).get(ZONE_LABEL)
    return Node(name, zone or None, cursor.word_span(meta["name"]))
