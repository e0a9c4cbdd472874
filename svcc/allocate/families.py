"""Choose the families of a Service: what it states, then its addresses, then the first service range.

    ipFamilyPolicy: PreferDualStack           serviceCIDRs [10.96.0.0/16, fd00:96::/112]  ->  IPv4, IPv6
    (nothing stated)                          serviceCIDRs [fd00:96::/112, 10.96.0.0/16]  ->  IPv6
    ipFamilyPolicy: RequireDualStack          serviceCIDRs [10.96.0.0/16]                 ->  SVC109
    clusterIP: None, no selector              any                                         ->  both, as RequireDualStack

The order of a Service's families is the order of its cluster IPs; the one that is not stated comes last (Kubernetes 1.33,
initIPFamilyFields). A cluster IP that is stated needs no range, and a headless Service needs none either. What is stated and
cannot be, such as two families with SingleStack, was refused when the Service was decoded.
"""

from collections.abc import Sequence
from typing import NamedTuple

from svcc.diag import Diagnostics, Reason
from svcc.model.service import IpFamilyPolicy, Service, ServiceType
from svcc.net import Family, family_of

_OTHER = {Family.IPV4: Family.IPV6, Family.IPV6: Family.IPV4}


class Stack(NamedTuple):
    """The families of one Service, in order, and the policy that they follow."""

    policy: IpFamilyPolicy | None
    families: tuple[Family, ...]


def choose_families(service: Service, available: Sequence[Family], sink: Diagnostics) -> Stack:
    """Return the families of a Service, complete; SVC109 when it needs a cluster IP that no range has.

    `available` are the families that have a range, that of the first range first.
    """
    if service.type is ServiceType.EXTERNAL_NAME:
        return Stack(service.ip_family_policy, service.ip_families)
    lone = service.headless and not service.has_selector
    policy = service.ip_family_policy or IpFamilyPolicy.SINGLE
    families = [*service.ip_families, *(family_of(one) for one in service.cluster_ips[len(service.ip_families) :])]
    if not families:
        families = [available[0] if available else Family.IPV4]
    both = lone or policy is IpFamilyPolicy.REQUIRE_DUAL or len(available) == len(Family)
    if len(families) == 1 and both and policy is not IpFamilyPolicy.SINGLE:
        families.append(_OTHER[families[0]])
    _demand_ranges(service, families[len(service.cluster_ips) :], available, sink)
    return Stack(policy, tuple(families))


def _demand_ranges(service: Service, unmet: list[Family], available: Sequence[Family], sink: Diagnostics) -> None:
    lacking = " and ".join(one.value for one in unmet if one not in available)
    if not lacking or service.headless:
        return
    if available or service.cluster_ips:
        message = f"this Service needs a cluster IP of {lacking}, and serviceCIDRs has no such range"
    else:
        message = "this Service needs a cluster IP, and serviceCIDRs is not configured"
    field = "spec.clusterIPs" if service.cluster_ips else "spec.clusterIP"
    sink.add(
        "SVC109",
        message,
        span=service.spans.get("spec.clusterIPs[0]", service.span),
        object=f"Service/{service.name}",
        field=field,
        reason=Reason.REQUIRED,
        hint="set serviceCIDRs in the configuration, or spec.clusterIP (None for a headless Service)",
    )
