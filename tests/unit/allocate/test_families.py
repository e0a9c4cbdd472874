import pytest

from svcc.model.service import IpFamilyPolicy
from svcc.net import Family
from tests.unit.allocate.given import PORT, allocated, node, service

V4, V6 = "10.96.0.0/24", "fd00:96::/112"
FOUR, SIX = Family.IPV4, Family.IPV6
SINGLE, PREFER, REQUIRE = IpFamilyPolicy.SINGLE, IpFamilyPolicy.PREFER_DUAL, IpFamilyPolicy.REQUIRE_DUAL

CHOICES = [
    # What a Service says, the ranges, its families and policy.
    ("", [V4], [FOUR], SINGLE),
    ("", [V6], [SIX], SINGLE),
    ("", [V4, V6], [FOUR], SINGLE),
    ("", [V6, V4], [SIX], SINGLE),
    ("ipFamilies: [IPv6]", [V4, V6], [SIX], SINGLE),
    ("ipFamilyPolicy: SingleStack, ipFamilies: [IPv6]", [V4, V6], [SIX], SINGLE),
    ("ipFamilyPolicy: PreferDualStack", [V4], [FOUR], PREFER),
    ("ipFamilyPolicy: PreferDualStack", [V4, V6], [FOUR, SIX], PREFER),
    ("ipFamilyPolicy: PreferDualStack", [V6, V4], [SIX, FOUR], PREFER),
    ("ipFamilyPolicy: PreferDualStack, ipFamilies: [IPv6]", [V4, V6], [SIX, FOUR], PREFER),
    ("ipFamilyPolicy: PreferDualStack, ipFamilies: [IPv6, IPv4]", [V4, V6], [SIX, FOUR], PREFER),
    ("ipFamilyPolicy: RequireDualStack", [V4, V6], [FOUR, SIX], REQUIRE),
    ("ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6]", [V4, V6], [SIX, FOUR], REQUIRE),
    ("ipFamilyPolicy: RequireDualStack, clusterIP: 'fd00:96::7'", [V4, V6], [SIX, FOUR], REQUIRE),
    ("ipFamilyPolicy: PreferDualStack, clusterIP: 10.96.0.7", [V6, V4], [FOUR, SIX], PREFER),
    ("ipFamilyPolicy: PreferDualStack, clusterIP: 10.96.0.7", [V4], [FOUR], PREFER),
    ("clusterIP: 10.96.0.7", [V6, V4], [FOUR], SINGLE),
]


@pytest.mark.parametrize(("says", "ranges", "families", "policy"), CHOICES)
def test_a_service_has_a_cluster_ip_of_each_of_its_families(says, ranges, families, policy):
    outcome = allocated(service("a", f"{says}, {PORT}".removeprefix(", ")), config=node(*ranges))
    one = outcome.services["a"]
    assert [] == outcome.codes
    assert tuple(families) == one.ip_families == one.families
    assert policy is one.ip_family_policy


@pytest.mark.parametrize(
    ("says", "ranges", "families", "policy"),
    [
        ("", [], [FOUR, SIX], REQUIRE),
        ("", [V4], [FOUR, SIX], REQUIRE),
        ("", [V6], [SIX, FOUR], REQUIRE),
        ("ipFamilies: [IPv6]", [V4], [SIX, FOUR], REQUIRE),
        ("ipFamilyPolicy: SingleStack", [V6], [SIX], SINGLE),
        ("ipFamilyPolicy: PreferDualStack", [V4], [FOUR, SIX], PREFER),
        ("selector: {a: b}", [], [FOUR], SINGLE),
        ("selector: {a: b}", [V6, V4], [SIX], SINGLE),
        ("selector: {a: b}, ipFamilyPolicy: PreferDualStack", [V4], [FOUR], PREFER),
        ("selector: {a: b}, ipFamilyPolicy: PreferDualStack", [V6, V4], [SIX, FOUR], PREFER),
        ("selector: {a: b}, ipFamilyPolicy: RequireDualStack", [V4, V6], [FOUR, SIX], REQUIRE),
    ],
)
def test_a_headless_service_has_families_and_no_address(says, ranges, families, policy):
    config = node(*ranges) if ranges else node()
    config = config if ranges else type(config)()
    outcome = allocated(service("a", f"clusterIP: None, {says}".removesuffix(", ")), config=config)
    one = outcome.services["a"]
    assert [] == outcome.codes
    assert (tuple(families), ()) == (one.ip_families, one.cluster_ips)
    assert policy is one.ip_family_policy
    assert {} == outcome.facts


def test_an_external_name_has_neither():
    one = allocated(service("a", "type: ExternalName, externalName: a.example.com")).services["a"]
    assert ((), (), None) == (one.cluster_ips, one.ip_families, one.ip_family_policy)


def test_a_stated_address_is_completed_by_one_of_the_other_family():
    says = f"ipFamilyPolicy: RequireDualStack, clusterIP: 'fd00:96::7', {PORT}"
    outcome = allocated(service("a", says), config=node(V4, V6))
    assert ["shop/a IPv4"] == list(outcome.facts)
    assert ("fd00:96::7", outcome.facts["shop/a IPv4"]) == outcome.services["a"].cluster_ips


def without_ranges(spec):
    outcome = allocated(service("a", spec), config=type(node())())
    return [(one.code, one.field, one.reason.value, one.message) for one in outcome.sink]


def test_a_cluster_ip_needs_a_range_to_come_from():
    message = "this Service needs a cluster IP, and serviceCIDRs is not configured"
    assert [("SVC109", "spec.clusterIP", "Required", message)] == without_ranges(PORT)


def test_a_second_cluster_ip_needs_a_range_to_come_from():
    message = "this Service needs a cluster IP of IPv6, and serviceCIDRs has no such range"
    spec = f"clusterIP: 10.96.0.7, ipFamilyPolicy: RequireDualStack, {PORT}"
    assert [("SVC109", "spec.clusterIPs", "Required", message)] == without_ranges(spec)


@pytest.mark.parametrize("spec", [f"clusterIP: 10.96.0.7, {PORT}", "clusterIP: None"])
def test_who_needs_no_address_needs_no_range(spec):
    assert [] == without_ranges(spec)


def test_who_lacks_a_range_is_not_told_of_its_fact_as_well():
    held = allocated(service("a"))
    outcome = allocated(service("a"), held=held, config=type(node())())
    assert ["SVC109"] == outcome.codes
