"""Decode the addresses of a Service: cluster, external and load-balancer IPs, with their places.

    spec: {clusterIP: 10.96.0.10, externalIPs: [192.0.2.1]}  ->  Addresses(cluster=("10.96.0.10",), external=("192.0.2.1",), …)

Cluster IPs are as given: what is missing is allocated later. `families` are those of `ipFamilies`, completed by the cluster IPs.
"""

from typing import NamedTuple

from svcc.diag import Span
from svcc.model import cluster_ip_rules as rules
from svcc.model.decode_meta import usable_address
from svcc.model.load_balancer import load_balancer_ips
from svcc.model.service import IpFamilyPolicy, ServiceType
from svcc.model.service_draft import Draft
from svcc.net import Address, Family, family_of
from svcc.source.cursor import Node

_Given = tuple[tuple[Address, Node], ...]


class Addresses(NamedTuple):
    """Where a Service can be reached; `spans` by field path."""

    spans: dict[str, Span]
    cluster: tuple[Address, ...] = ()
    families: tuple[Family, ...] = ()
    policy: IpFamilyPolicy | None = None
    external: tuple[Address, ...] = ()
    load_balancer: tuple[Address, ...] = ()
    requested: Address | None = None


def decode_addresses(draft: Draft) -> Addresses:
    """Return the addresses of a Service, and report those that it cannot have."""
    spans: dict[str, Span] = {}
    if draft.plain:
        given = _cluster_ips(draft, spans)
        families = tuple(family_of(one) for one, _ in given)
        return Addresses(spans, tuple(one for one, _ in given), families, rules.default_policy(draft))
    external = _external_ips(draft, spans)
    load_balancer = load_balancer_ips(draft, spans)
    requested = _requested_ip(draft, spans)
    if draft.type is ServiceType.EXTERNAL_NAME:
        rules.check_external_name_has_no_cluster_ip(draft)
        return Addresses(spans, external=external)
    given = _cluster_ips(draft, spans)
    node = draft.spec.get("ipFamilyPolicy")
    policy = draft.cursor.choice(node, rules.POLICIES)
    families = _families(draft, given, policy)
    policy = policy or rules.default_policy(draft)
    return Addresses(spans, tuple(one for one, _ in given), families, policy, external, load_balancer, requested)


def _cluster_ips(draft: Draft, spans: dict[str, Span]) -> _Given:
    rules.check_headless_type(draft)
    given = rules.cluster_ips(draft)
    if not draft.plain:
        rules.check_both_fields(draft)
        rules.check_one_of_each_family(draft, given)
    rules.check_in_range(draft, given)
    for index, (_, node) in enumerate(given):
        spans[f"spec.clusterIPs[{index}]"] = draft.cursor.word_span(node)
    single = draft.spec.get("clusterIP")
    if single is not None and given:
        shared = spans["spec.clusterIPs[0]"] if single is given[0][1] else None
        spans["spec.clusterIP"] = shared or draft.cursor.word_span(single)
    return given


def _families(draft: Draft, given: _Given, policy: IpFamilyPolicy | None) -> tuple[Family, ...]:
    stated = rules.ip_families(draft) if "ipFamilies" in draft.spec else ()
    rules.check_policy(draft, policy, len(given), len(stated))
    if stated:
        rules.check_families_of_addresses(draft, given, stated)
        rules.check_families_are_configured(draft, stated)
    if policy is IpFamilyPolicy.REQUIRE_DUAL:
        rules.check_dual_stack_is_configured(draft, policy)
    return tuple(dict.fromkeys((*(one for one, _ in stated), *(family_of(one) for one, _ in given))))


def _external_ips(draft: Draft, spans: dict[str, Span]) -> tuple[Address, ...]:
    node = draft.spec.get("externalIPs")
    if node is None:
        return ()
    found: dict[Address, None] = {}
    for index, one in enumerate(draft.cursor.sequence(node)):
        address = usable_address(draft.cursor, one)
        if address is not None and address not in found:
            found[address] = None
            spans[f"spec.externalIPs[{index}]"] = draft.cursor.word_span(one)
    return tuple(found)


def _requested_ip(draft: Draft, spans: dict[str, Span]) -> Address | None:
    """Return `loadBalancerIP` where it counts; the API server takes any string for it."""
    node = draft.given("loadBalancerIP")
    if node is None or not draft.config.assign_load_balancer_ips or draft.type is not ServiceType.LOAD_BALANCER:
        draft.cursor.word(node)
        return None
    spans["spec.loadBalancerIP"] = draft.cursor.word_span(node)
    return usable_address(draft.cursor, node)
