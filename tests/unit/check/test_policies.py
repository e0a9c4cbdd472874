import pytest

from tests.unit.check.told import NAMED, PORTS, found, service, texts_at, told

UNNAMED = "apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\n"


@pytest.mark.parametrize(
    ("config", "expected"), [(UNNAMED, [("SVC114", "a:4", "spec.internalTrafficPolicy")]), (NAMED, [])]
)
def test_a_local_policy_needs_the_name_of_the_node(config, expected):
    one = service("a", f"clusterIP: 10.96.0.1, internalTrafficPolicy: Local, {PORTS}")
    assert expected == told(one, config=config)


DUAL = "type: LoadBalancer, clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, 'fd00::1'], ipFamilyPolicy: RequireDualStack, ports: [{port: 80, nodePort: 30080}]"


@pytest.mark.parametrize(
    ("ranges", "open_"),
    [
        ("[192.0.2.0/24]", "IPv6"),
        ("['fd00::/8']", "IPv4"),
        ("[192.0.2.0/24, 'fd00::/8']", None),
        ("[192.0.2.0/24, '::/0']", None),
        ("[0.0.0.0/0]", None),
    ],
)
def test_source_ranges_of_one_family_leave_the_other_open(ranges, open_):
    diagnostics = found(service("a", f"{DUAL}, loadBalancerSourceRanges: {ranges}"))
    expected = [f"the source ranges name no {open_} network: over {open_} the Service is open to everyone"]
    assert (expected if open_ else []) == [one.message for one in diagnostics]
    assert ([ranges] if open_ else []) == texts_at(diagnostics)


def test_a_service_of_one_family_needs_no_more():
    spec = DUAL.replace(", 'fd00::1'", "").replace("RequireDualStack", "SingleStack")
    assert [] == told(service("a", f"{spec}, loadBalancerSourceRanges: [192.0.2.0/24]"))


def test_a_service_that_will_have_both_families_counts_too():
    spec = DUAL.replace("clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, 'fd00::1'], ", "")
    config = NAMED + "serviceCIDRs: [10.96.0.0/16, 'fd00:96::/112']\n"
    one = service("a", f"{spec}, loadBalancerSourceRanges: [192.0.2.0/24]")
    assert [("SVC218", "a:4", "spec.loadBalancerSourceRanges")] == told(one, config=config)
