"""Look at all objects together: what no document can know alone.

    Service shop/a: nodePort 30080, Service shop/b: nodePort 30080   ->   SVC204 at b, with a's place

`CHECKS` holds one function a rule; each takes time in proportion to the input. What the input holds is indexed once, into
`Known`, and places are ordered only where there is something to report: ten thousand Services without a mistake take a moment.
"""

from svcc.check.addresses import check_claims, check_cluster_ips
from svcc.check.aliases import check_aliases
from svcc.check.deprecated import check_deprecated
from svcc.check.duplicates import check_duplicates
from svcc.check.endpoints import (
    check_endpoints_are_mirrored,
    check_endpoints_are_no_cluster_ips,
    check_endpoints_have_services,
    check_slices_are_bound,
    check_slices_have_services,
)
from svcc.check.environment import check_environment
from svcc.check.ipvs import check_ipvs_addresses
from svcc.check.known import Known
from svcc.check.networks import check_nodes_in_pod_ranges, check_ranges, check_repeated_ranges
from svcc.check.node_ports import check_local_ports, check_node_ports
from svcc.check.pods import check_given_before_pods, check_pods_are_no_cluster_ips, check_target_ports, check_zones
from svcc.check.policies import check_local_policy, check_source_ranges
from svcc.check.ports import check_ports_meet
from svcc.check.selectors import check_selectors, check_workloads
from svcc.check.size import is_too_large
from svcc.check.special_addresses import check_cluster_ips_are_no_nodes, check_node_addresses, check_service_ranges
from svcc.check.variables import check_variables
from svcc.config import NodeConfig
from svcc.diag import Diagnostics
from svcc.model.manifests import Manifests

__all__ = ["CHECKS", "check"]

CHECKS = (
    check_duplicates,
    check_cluster_ips,
    check_claims,
    check_node_ports,
    check_service_ranges,
    check_node_addresses,
    check_cluster_ips_are_no_nodes,
    check_ipvs_addresses,
    check_ranges,
    check_nodes_in_pod_ranges,
    check_repeated_ranges,
    check_endpoints_are_no_cluster_ips,
    check_slices_have_services,
    check_endpoints_have_services,
    check_slices_are_bound,
    check_endpoints_are_mirrored,
    check_ports_meet,
    check_given_before_pods,
    check_selectors,
    check_workloads,
    check_target_ports,
    check_pods_are_no_cluster_ips,
    check_zones,
    check_local_ports,
    check_local_policy,
    check_source_ranges,
    check_variables,
    check_environment,
    check_aliases,
    check_deprecated,
)


def check(manifests: Manifests, config: NodeConfig, sink: Diagnostics) -> None:
    """Run every check, unless the input is too large for some of them."""
    known = Known.of(manifests, config)
    if is_too_large(known, sink):
        return
    for one in CHECKS:
        one(known, sink)
