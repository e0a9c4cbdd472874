"""What is kept of a Node."""

import pytest

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode
from svcc.model.node import Node

SHOWN = """\
apiVersion: v1
kind: NodeList
items:
- metadata:
    name: worker-2
    labels: {kubernetes.io/hostname: worker-2}
- metadata:
    name: worker-1
    labels: {topology.kubernetes.io/zone: eu-a, topology.kubernetes.io/region: eu}
  spec: {podCIDR: 10.128.7.0/24}
  status: {addresses: [{type: InternalIP, address: 172.20.5.11}], images: []}
"""


def run(text):
    sink = Diagnostics()
    return decode([Source("nodes.yaml", text)], NodeConfig(), sink), list(sink)


def test_its_name_and_its_zone_are_kept_and_it_is_no_skipped_kind():
    held, told = run(SHOWN)
    assert ((Node("worker-1", "eu-a"), Node("worker-2")), []) == (held.nodes, told)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("{name: Worker}", ("SVC103", "metadata.name")),
        ("{name: a, namespace: b}", ("SVC112", "metadata.namespace")),
        ("{name: a, labels: {topology.kubernetes.io/zone: a b}}", ("SVC136", "metadata.labels")),
        ("{}", ("SVC104", "metadata.name")),
    ],
)
def test_a_node_with_a_mistake_is_left_out(metadata, expected):
    held, told = run(f"apiVersion: v1\nkind: Node\nmetadata: {metadata}\n")
    assert ((), [expected]) == (held.nodes, [(one.code, one.field) for one in told])
