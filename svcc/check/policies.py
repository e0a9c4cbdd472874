"""SVC114 and SVC218: policies of a Service that do less, or more, than they seem to.

    ipFamilies: [IPv4, IPv6], loadBalancerSourceRanges: [192.0.2.0/24]   ->   SVC218: over IPv6 it is open to everyone

Both are valid: the API server accepts them without a word.
"""

from svcc.check.known import Known
from svcc.config import NodeConfig
from svcc.diag import Diagnostics
from svcc.model.service import IpFamilyPolicy, Service, TrafficPolicy
from svcc.net import Family, network_family


def check_local_policy(known: Known, sink: Diagnostics) -> None:
    """SVC114: a Local policy where the node's name is not known; one warning a Service."""
    for service in known.manifests.services if known.config.node_name is None else ():
        policies = (
            ("spec.internalTrafficPolicy", service.internal_policy),
            ("spec.externalTrafficPolicy", service.external_policy),
        )
        field = next((name for name, policy in policies if policy is TrafficPolicy.LOCAL), None)
        if field is None or not service.carries_packets:
            continue
        sink.add(
            "SVC114",
            f"{field.removeprefix('spec.')} is Local and this node's name is not known: its traffic is dropped",
            span=service.spans.get(field, service.span),
            object=f"Service/{service.name}",
            field=field,
            hint="give --node, or set nodeName in the configuration",
        )


def check_source_ranges(known: Known, sink: Diagnostics) -> None:
    """SVC218: source ranges of one family, on a Service that has both."""
    field = "spec.loadBalancerSourceRanges"
    for service in known.manifests.services:
        if not service.source_ranges or all(one.prefixlen == 0 for one in service.source_ranges):
            continue
        named = {network_family(one) for one in service.source_ranges}
        for family in _families(service, known.config) - named if len(named) == 1 else ():
            sink.add(
                "SVC218",
                f"the source ranges name no {family.value} network: over {family.value} the Service is open to everyone",
                span=service.spans.get(field, service.span),
                object=f"Service/{service.name}",
                field=field,
                hint=f"add a network of {family.value}, {'::/0' if family is Family.IPV6 else '0.0.0.0/0'} for everyone",
            )


def _families(service: Service, config: NodeConfig) -> set[Family]:
    """Return the families that a Service has, or will have."""
    found = {*service.families, *service.ip_families}
    if service.ip_family_policy not in (None, IpFamilyPolicy.SINGLE):
        found |= {network_family(one) for one in config.service_cidrs}
    return found
