"""The rules for cluster IPs and their families, each a function that reports one kind of mistake.

    spec: {clusterIP: 10.96.0.10, clusterIPs: [10.96.0.11]}   ->   SVC118 spec.clusterIPs: Invalid

Field paths and reasons are those of the API server (pkg/apis/core/validation and the Service registry, Kubernetes 1.34): it looks
at `clusterIPs`, which it fills in from `clusterIP`, so a mistake in `clusterIP` is told as one of `spec.clusterIPs[0]`, at the
place where it is written. An address outside of the ranges is Invalid there as well, at `spec.clusterIPs`.
"""

from functools import lru_cache

from svcc.config import NodeConfig
from svcc.diag import Reason
from svcc.model.decode_meta import is_special
from svcc.model.service import IpFamilyPolicy, ServiceType
from svcc.model.service_draft import HEADLESS, Draft
from svcc.net import Address, Family, Network, contains, family_of, network_family, number, parse_address
from svcc.source.cursor import Node

MAX_CLUSTER_IPS = 2
IPV4 = 4
FAMILIES = {one.value: one for one in Family}
POLICIES = {one.value: one for one in IpFamilyPolicy}
_MAX_MESSAGE = 120
_FIELD = "spec.clusterIPs"


def cluster_ips(draft: Draft) -> tuple[tuple[Address, Node], ...]:
    """Return the cluster IPs of a Service that has any, and report those that are no addresses."""
    found: list[tuple[Address, Node]] = []
    for index, (word, node) in enumerate(draft.words):
        if index == 0 and word == HEADLESS:
            if len(draft.words) > 1:
                draft.cursor.report("SVC118", "None stands alone", node, at=_FIELD)
            continue
        try:
            address = parse_address(word)
        except ValueError as error:
            draft.cursor.report("SVC107", str(error)[:_MAX_MESSAGE], node, at=f"{_FIELD}[{index}]")
            continue
        if is_special(address):
            message = f"{address} is unspecified, loopback, link-local or multicast"
            draft.cursor.report("SVC107", message, node, at=f"{_FIELD}[{index}]")
        else:
            found.append((address, node))
    return tuple(found)


def check_both_fields(draft: Draft) -> None:
    """SVC118: `clusterIP` and `clusterIPs` that do not say the same."""
    single, several = draft.spec.get("clusterIP"), draft.spec.get("clusterIPs")
    if several is None or not several.value or not draft.words:
        return
    if single is None or single.value == "":
        message, hint = "clusterIPs is given and clusterIP is not", f"add clusterIP: {draft.words[0][0][:40]}"
        draft.cursor.report("SVC118", message, several, at=_FIELD, hint=hint)
    elif draft.words[0][0] != single.value:
        draft.cursor.report("SVC118", "clusterIPs[0] must equal clusterIP", draft.words[0][1], at=_FIELD)


def ip_families(draft: Draft) -> tuple[tuple[Family, Node], ...]:
    """Return the families that are given, each once; report those that are none or given twice."""
    found: dict[Family, Node] = {}
    for node in draft.cursor.sequence(draft.spec.get("ipFamilies")):
        family = draft.cursor.choice(node, FAMILIES)
        if family in found:
            draft.cursor.report("SVC119", f"{family.value} is given twice", node)
        elif family is not None:
            found[family] = node
    return tuple(found.items())


def check_one_of_each_family(draft: Draft, given: tuple[tuple[Address, Node], ...]) -> None:
    """SVC120: more than two cluster IPs, or two of one family."""
    cursor = draft.cursor
    if len(draft.words) > MAX_CLUSTER_IPS:
        message = "a Service has at most one cluster IP of each family"
        cursor.report("SVC120", message, draft.words[MAX_CLUSTER_IPS][1], at=_FIELD)
    elif len(given) == MAX_CLUSTER_IPS and family_of(given[0][0]) is family_of(given[1][0]):
        cursor.report("SVC120", "the second cluster IP must be of the other family", given[1][1], at=_FIELD)


def check_families_of_addresses(
    draft: Draft, given: tuple[tuple[Address, Node], ...], families: tuple[tuple[Family, Node], ...]
) -> None:
    """SVC120: a cluster IP that is not of the family that `ipFamilies` has at its place."""
    for index, ((address, node), (family, _)) in enumerate(zip(given, families, strict=False)):
        if family_of(address) is not family:
            message = f"{address} is not an {family.value} address, as ipFamilies[{index}] says"
            draft.cursor.report("SVC120", message, node, at=f"{_FIELD}[{index}]")


def check_policy(draft: Draft, policy: IpFamilyPolicy | None, addresses: int, families: int) -> None:
    """SVC121: two families without a policy that allows them."""
    if policy not in (None, IpFamilyPolicy.SINGLE):
        return
    if addresses == MAX_CLUSTER_IPS:
        _needs_dual(draft, "two cluster IPs")
    if families == MAX_CLUSTER_IPS and not (draft.headless and policy is None and not _has_selector(draft)):
        _needs_dual(draft, "two IP families")


def default_policy(draft: Draft) -> IpFamilyPolicy:
    """Return the policy of a Service that states none: any families where no address is needed and no pod is chosen."""
    anything = draft.headless and not _has_selector(draft)
    return IpFamilyPolicy.REQUIRE_DUAL if anything else IpFamilyPolicy.SINGLE


def _needs_dual(draft: Draft, what: str) -> None:
    node = draft.spec.get("ipFamilyPolicy") or draft.spec.get("clusterIPs") or draft.spec.get("ipFamilies")
    message = f"{what} need an ipFamilyPolicy that allows them"
    hint = "ipFamilyPolicy: PreferDualStack, or RequireDualStack"
    draft.cursor.report("SVC121", message, node or draft.node, at="spec.ipFamilyPolicy", hint=hint)


def _has_selector(draft: Draft) -> bool:
    selector = draft.spec.get("selector")
    return selector is not None and bool(selector.value)


def check_in_range(draft: Draft, given: tuple[tuple[Address, Node], ...]) -> None:
    """SVC122: a cluster IP that no service range of its family holds, or that is the first or last address of one."""
    if not draft.config.service_cidrs:
        return
    usable = _usable(draft.config.service_cidrs)
    for index, (address, node) in enumerate(given):
        at, six = number(address), ":" in address
        if not any(low <= at <= high for low, high, of_six in usable if of_six is six):
            _out_of_range(draft, address, node, index)


@lru_cache(maxsize=8)
def _usable(networks: tuple[Network, ...]) -> tuple[tuple[int, int, bool], ...]:
    """Return the lowest and the highest cluster IP of each range, and whether it is of IPv6, which has no broadcast address."""
    return tuple(
        (int(one.network_address) + 1, int(one.broadcast_address) - (one.version == IPV4), one.version != IPV4)
        for one in networks
    )


def _out_of_range(draft: Draft, address: Address, node: Node, index: int) -> None:
    ranges = ranges_of(draft.config, family_of(address))
    if not ranges:
        # A family that is named is told where it is named.
        if index >= len(draft.cursor.sequence(draft.spec.get("ipFamilies"))):
            _not_configured(draft, family_of(address), node, f"{_FIELD}[{index}]")
        return
    inside = any(contains(one, address) for one in ranges)
    what = "is the network or broadcast address of" if inside else "is outside of"
    message = f"{address} {what} {', '.join(map(str, ranges))}"
    hint = "serviceCIDRs in the configuration sets the ranges"
    draft.cursor.report("SVC122", message, node, at=_FIELD, hint=hint)


def check_families_are_configured(draft: Draft, families: tuple[tuple[Family, Node], ...]) -> None:
    """SVC123: a family that no service range has; a headless Service without selector may name it all the same."""
    if not draft.config.service_cidrs or (draft.headless and not _has_selector(draft)):
        return
    for index, (family, node) in enumerate(families):
        if not ranges_of(draft.config, family):
            _not_configured(draft, family, node, f"spec.ipFamilies[{index}]")


def check_dual_stack_is_configured(draft: Draft, policy: IpFamilyPolicy | None) -> None:
    """SVC123: `RequireDualStack` where the service ranges are of one family."""
    node = draft.spec.get("ipFamilyPolicy")
    if policy is not IpFamilyPolicy.REQUIRE_DUAL or node is None or not draft.config.service_cidrs:
        return
    if draft.headless and not _has_selector(draft):
        return
    missing = [one for one in Family if not ranges_of(draft.config, one)]
    if missing:
        message = f"RequireDualStack needs a service range of {missing[0].value}, and serviceCIDRs has none"
        draft.cursor.report("SVC123", message, node, hint="use PreferDualStack, or add a range to serviceCIDRs")


def _not_configured(draft: Draft, family: Family, node: Node, field: str) -> None:
    message = f"serviceCIDRs has no range of {family.value}"
    draft.cursor.report("SVC123", message, node, at=field, hint="add one to serviceCIDRs in the configuration")


def ranges_of(config: NodeConfig, family: Family) -> tuple[Network, ...]:
    """Return the service ranges of a family."""
    return tuple(one for one in config.service_cidrs if network_family(one) is family)


def check_external_name_has_no_cluster_ip(draft: Draft) -> None:
    """SVC117: cluster IPs, families or their policy on an ExternalName Service."""
    if draft.words:
        message = "an ExternalName Service has no cluster IP"
        draft.cursor.report("SVC117", message, draft.words[0][1], at=_FIELD, reason=Reason.FORBIDDEN)
    for name in ("ipFamilies", "ipFamilyPolicy"):
        node = draft.spec.get(name)
        if node is not None and node.value:
            draft.cursor.report("SVC117", f"an ExternalName Service has no {name}", node)


def check_headless_type(draft: Draft) -> None:
    """SVC117: a headless Service that wants node ports or a load balancer."""
    if draft.headless and draft.type in (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER):
        message = f"{draft.type.one} cannot be headless"
        hint = "remove clusterIP: None, or the type"
        draft.cursor.report("SVC117", message, draft.words[0][1], at=f"{_FIELD}[0]", reason=Reason.INVALID, hint=hint)
