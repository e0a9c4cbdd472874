import pytest

from tests.unit.check.told import NAMED, PORTS, found, service, texts_at, told

IGNORED = {"SVC221"}
BALANCED = f"type: LoadBalancer, allocateLoadBalancerNodePorts: false, {PORTS}"


def at(ip):
    return f"{{loadBalancer: {{ingress: [{{hostname: x.example}}, {{ip: {ip}}}]}}}}"


def test_a_cluster_ip_belongs_to_one_service():
    texts = (service(name, f"clusterIP: 10.96.0.1, ports: [{{port: {port}}}]") for name, port in (("b", 1), ("a", 2)))
    assert [("SVC203", "b:4", "spec.clusterIP", "a:4")] == told(*texts)


def test_one_cluster_ip_with_one_port_is_one_mistake():
    texts = (service(name, f"clusterIP: 10.96.0.1, {PORTS}") for name in "ab")
    assert [("SVC203", "b:4", "spec.clusterIP", "a:4")] == told(*texts)


def test_a_second_cluster_ip_has_its_own_place():
    first = service(
        "a", f"clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, 'fd00::1'], ipFamilyPolicy: PreferDualStack, {PORTS}"
    )
    second = service(
        "b", f"clusterIP: 10.96.0.2, clusterIPs: [10.96.0.2, 'fd00::1'], ipFamilyPolicy: PreferDualStack, {PORTS}"
    )
    assert [("SVC203", "b:4", "spec.clusterIPs[1]", "a:4")] == told(first, second)


def test_an_address_and_port_belong_to_one_service():
    first = service("a", f"clusterIP: 10.96.0.1, externalIPs: [192.0.2.9, 192.0.2.1], {PORTS}")
    second = service("b", f"clusterIP: 10.96.0.2, externalIPs: [192.0.2.1], {PORTS}")
    third = service("c", f"clusterIP: 10.96.0.3, externalIPs: [10.96.0.1], {PORTS}")
    other = service("d", "clusterIP: 10.96.0.4, externalIPs: [192.0.2.1], ports: [{port: 80, protocol: UDP}]")
    assert [
        ("SVC202", "b:4", "spec.externalIPs[0]", "a:4"),
        ("SVC202", "c:4", "spec.externalIPs[0]", "a:4"),
    ] == told(first, second, third, other, without=IGNORED)


def test_ten_ports_on_one_address_are_one_mistake():
    ports = ", ".join(f"{{name: p{number}, port: {number}}}" for number in range(1, 11))
    texts = (
        service(name, f"clusterIP: 10.96.0.{at}, externalIPs: [192.0.2.1], ports: [{ports}]")
        for name, at in zip("ab", "12", strict=True)
    )
    claims = [one for one in found(*texts) if one.code == "SVC202"]
    assert ["192.0.2.1:1/TCP and 9 more of its ports are already claimed by Service default/a"] == [
        one.message for one in claims
    ]
    assert ["192.0.2.1"] == texts_at(claims)


def test_a_load_balancer_ip_counts_as_an_address():
    texts = (
        service(name, f"{BALANCED}, clusterIP: {address}", at("192.0.2.1"))
        for name, address in (("a", "10.96.0.1"), ("b", "10.96.0.2"))
    )
    assert [("SVC202", "b:5", "status.loadBalancer.ingress[1].ip", "a:5")] == told(*texts)


@pytest.mark.parametrize(
    ("config", "expected"),
    [("", []), ("assignLoadBalancerIPs: true\n", [("SVC202", "b:4", "spec.loadBalancerIP", "a:4")])],
)
def test_a_requested_address_counts_when_it_is_assigned(config, expected):
    spec = f"{BALANCED}, loadBalancerIP: 192.0.2.1"
    texts = [service("a", f"{spec}, clusterIP: 10.96.0.1"), service("b", f"{spec}, clusterIP: 10.96.0.2")]
    assert expected == told(*texts, config=NAMED + config, without=IGNORED)


def test_one_service_may_use_an_address_twice():
    spec = f"{BALANCED}, clusterIP: 10.96.0.1, externalIPs: [192.0.2.1]"
    assert [] == told(service("a", spec, at("192.0.2.1")), without=IGNORED)


def test_the_address_of_a_headless_service_claims_nothing():
    texts = [service(name, f"clusterIP: None, externalIPs: [192.0.2.1], {PORTS}") for name in "ab"]
    assert [] == told(*texts, without={"SVC116"})


CONFIG = NAMED + "nodeIPs: [172.20.5.11]\nserviceCIDRs: [10.96.0.0/16, 'fd00:96::/112']\n"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.96.7.7", [("SVC205", "a:4", "spec.externalIPs[0]", "svcc:5")]),
        ("fd00:96::7", [("SVC205", "a:4", "spec.externalIPs[0]", "svcc:5")]),
        ("172.20.5.11", [("SVC206", "a:4", "spec.externalIPs[0]", "svcc:4")]),
        ("192.0.2.1", []),
    ],
)
def test_an_external_address_stays_out_of_the_service_range(address, expected):
    one = service("a", f"clusterIP: 10.96.0.1, externalIPs: ['{address}'], {PORTS}")
    assert expected == told(one, config=CONFIG, without=IGNORED)


def test_a_load_balancer_address_stays_out_of_the_service_range():
    one = service("a", f"{BALANCED}, clusterIP: 10.96.0.1", at("10.96.7.7"))
    assert [("SVC205", "a:5", "status.loadBalancer.ingress[1].ip", "svcc:5")] == told(one, config=CONFIG)


def test_a_cluster_ip_is_never_the_nodes_address():
    config = NAMED + "nodeIPs: [10.96.0.1]\n"
    diagnostics = found(service("a", f"clusterIP: 10.96.0.1, {PORTS}"), config=config)
    assert ["SVC207"] == [one.code for one in diagnostics]
    assert ["10.96.0.1"] == texts_at(diagnostics)


@pytest.mark.parametrize(
    ("address", "mode", "expected"),
    [
        ("192.0.2.7", "ipvs", [("SVC219", "a:4", "spec.externalIPs[0]", "svcc:5")]),
        ("fd00:ffff::7", "ipvs", [("SVC219", "a:4", "spec.externalIPs[0]")]),
        ("203.0.113.7", "ipvs", []),
        ("192.0.2.7", "nftables", []),
    ],
)
def test_an_address_of_a_service_is_none_that_ipvs_leaves_to_others_or_uses_itself(address, mode, expected):
    config = NAMED + f"mode: {mode}\nipvs: {{excludeCIDRs: [192.0.2.0/24]}}\n"
    one = service("a", f"clusterIP: 10.96.0.1, externalIPs: ['{address}'], {PORTS}")
    assert expected == told(one, config=config, without=IGNORED)
