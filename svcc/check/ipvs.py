"""SVC219: addresses of Services that IPVS has another use for, or leaves to somebody else.

    ipvs: {excludeCIDRs: [192.0.2.0/24]}
    shop/a: externalIPs [192.0.2.7]   ->   SVC219 at the address: 192.0.2.7 lies in ipvs.excludeCIDRs[0] 192.0.2.0/24

The service range is kept apart from both by `networks.py`; cluster IPs are asked all the same, since not every configuration names it.
"""

from svcc.check.addresses import cluster_claims, other_claims
from svcc.check.known import Known, related
from svcc.config import Mode
from svcc.diag import Diagnostics
from svcc.net import contains

_HINTS = {
    "ipvs.excludeCIDRs": "take the address out of excludeCIDRs; virtual servers there are somebody else's",
    "ipvs.innerCIDRs": "set innerCIDRs to a network that nobody has",
}


def check_ipvs_addresses(known: Known, sink: Diagnostics) -> None:
    """SVC219: an address of a Service in a network that IPVS leaves to others, or uses inside of this node."""
    config = known.config
    if config.mode is not Mode.IPVS:
        return
    networks = [
        (f"{name}[{index}]", one)
        for name, held in (
            ("ipvs.excludeCIDRs", config.ipvs.exclude_cidrs),
            ("ipvs.innerCIDRs", config.ipvs.inner_cidrs),
        )
        for index, one in enumerate(held)
    ]
    for service in known.manifests.services:
        if not service.carries_packets:
            continue
        for claim in (*cluster_claims(service), *other_claims(service, config)):
            found = next(((name, one) for name, one in networks if contains(one, claim.address)), None)
            if found is None:
                continue
            name, network = found
            other = related(config.spans.get(name), "the network stands here")
            message = f"{claim.address} lies in {name} {network}"
            claim.report(sink, "SVC219", message, hint=_HINTS[name.partition("[")[0]], other=other)
