"""Look at all objects together: what no document can know alone.

    Service shop/a: nodePort 30080, Service shop/b: nodePort 30080   ->   SVC204 at b, with a's place

`CHECKS` holds one function a rule; each takes time in proportion to the input.
"""

from svcc.check.cross import check_claims, check_cluster_ips, check_duplicates, check_local_policy, check_node_ports
from svcc.config import NodeConfig
from svcc.diag import Diagnostics
from svcc.model.manifests import Manifests

__all__ = ["CHECKS", "check"]

CHECKS = (check_duplicates, check_cluster_ips, check_claims, check_node_ports, check_local_policy)


def check(manifests: Manifests, config: NodeConfig, sink: Diagnostics) -> None:
    """Run every check."""
    for one in CHECKS:
        one(manifests, config, sink)
