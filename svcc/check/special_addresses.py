"""SVC205, SVC206, SVC207: addresses of Services that are somebody else's too.

    serviceCIDRs: [10.96.0.0/16]
    shop/a: externalIPs [10.96.7.7]   ->   SVC205 at the address: 10.96.7.7 lies in the service range 10.96.0.0/16

What two Services want is told by `addresses.py`.
"""

from collections.abc import Iterator

from svcc.check.addresses import Claim, cluster_claims, has_others, other_claims
from svcc.check.known import Known, related
from svcc.diag import Diagnostics
from svcc.net import contains


def check_service_ranges(known: Known, sink: Diagnostics) -> None:
    """SVC205: an external or load-balancer address inside a service range."""
    ranges = known.config.service_cidrs
    for claim in _others(known) if ranges else ():
        around = next((index for index, one in enumerate(ranges) if contains(one, claim.address)), None)
        if around is not None:
            message = f"{claim.address} lies in the service range {ranges[around]}"
            other = related(known.config.spans.get(f"serviceCIDRs[{around}]"), "the range stands here")
            claim.report(sink, "SVC205", message, hint="take an address from outside serviceCIDRs", other=other)


def check_node_addresses(known: Known, sink: Diagnostics) -> None:
    """SVC206: an external or load-balancer address that this node has itself."""
    own = {address: index for index, address in enumerate(known.config.node_ips)}
    for claim in _others(known) if own else ():
        if claim.address in own:
            message = f"{claim.address} is this node's own address: only the ports of the Service are captured there"
            other = related(known.config.spans.get(f"nodeIPs[{own[claim.address]}]"), "the node has it by this line")
            claim.report(sink, "SVC206", message, hint="", other=other)


def check_cluster_ips_are_no_nodes(known: Known, sink: Diagnostics) -> None:
    """SVC207: a cluster IP that is an address of this node; addresses read from the system are not asked.

    Another proxy on this machine may have put cluster IPs on an interface of its own, as kube-proxy does in its IPVS mode.
    """
    spans = known.config.spans
    own = {one: spans[f"nodeIPs[{at}]"] for at, one in enumerate(known.config.node_ips) if f"nodeIPs[{at}]" in spans}
    for service in known.manifests.services if own else ():
        if own.keys().isdisjoint(service.cluster_ips):
            continue
        for claim in cluster_claims(service):
            if claim.address in own:
                message = f"the cluster IP {claim.address} is this node's own address"
                other = related(own[claim.address], "the node has it by this line")
                claim.report(sink, "SVC207", message, hint="take an address from serviceCIDRs", other=other)


def _others(known: Known) -> Iterator[Claim]:
    for service in known.manifests.services:
        if has_others(service):
            yield from other_claims(service, known.config)
