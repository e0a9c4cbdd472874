"""The Node, as far as endpoints depend on it: where it stands.

kind: Node
metadata: {name: worker-1, labels: {topology.kubernetes.io/zone: eu-a}}   ->   Node(name="worker-1", zone="eu-a")
"""

from dataclasses import dataclass, field

from svcc.diag import Span


@dataclass(frozen=True, slots=True)
class Node:
    """One Node of the cluster; its zone is None where it has no such label."""

    name: str
    zone: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)
