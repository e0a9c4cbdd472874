import pytest

from tests.unit.check.told import NAMED, found, service, texts_at, told

NODE = "type: NodePort, clusterIP: 10.96.0.{}, ports: [{{name: a, port: 53, nodePort: 30053, protocol: UDP}}, {{name: b, port: {}, nodePort: 30053}}]"
BALANCED = (
    "type: LoadBalancer, externalTrafficPolicy: Local, clusterIP: 10.96.0.{}, healthCheckNodePort: {}, "
    "ports: [{{port: 80, nodePort: {}}}]"
)


def test_ports_of_one_number_may_share_a_node_port():
    assert [] == told(service("a", NODE.format(1, 53)))


def test_other_ports_may_not_share_a_node_port():
    assert [("SVC204", "a:4", "spec.ports[1].nodePort", "a:4")] == told(service("a", NODE.format(1, 54)))


def test_two_services_may_not_share_a_node_port():
    second = "type: NodePort, clusterIP: 10.96.0.2, ports: [{port: 53, nodePort: 30053}]"
    assert [("SVC204", "b:4", "spec.ports[0].nodePort", "a:4")] == told(
        service("a", NODE.format(1, 53)), service("b", second)
    )


def test_a_health_check_needs_a_port_of_its_own():
    texts = [service("a", BALANCED.format(1, 30001, 30002)), service("b", BALANCED.format(2, 30002, 30003))]
    diagnostics = found(*texts)
    assert [("SVC204", "spec.healthCheckNodePort", "healthCheckNodePort 30002 is already used")] == [
        (one.code, one.field, one.message) for one in diagnostics
    ]
    assert ["30002"] == texts_at(diagnostics)


def test_two_health_checks_may_not_share_a_port():
    texts = [service("a", BALANCED.format(1, 30001, 30002)), service("b", BALANCED.format(2, 30001, 30003))]
    assert [("SVC204", "b:4", "spec.healthCheckNodePort", "a:4")] == told(*texts)


def test_a_health_check_may_not_share_a_port_of_its_own_service():
    assert [("SVC204", "a:4", "spec.ports[0].nodePort", "a:4")] == told(service("a", BALANCED.format(1, 30001, 30001)))


@pytest.mark.parametrize(
    ("port", "expected"),
    [(32767, []), (32768, ["spec.ports[0].nodePort"]), (60999, ["spec.ports[0].nodePort"]), (61000, [])],
)
def test_a_node_port_in_the_local_port_range_is_told(port, expected):
    one = service("a", f"type: NodePort, clusterIP: 10.96.0.1, ports: [{{port: 80, nodePort: {port}}}]")
    diagnostics = found(one, config=NAMED + "nodePortRange: 30000-65000\n")
    assert expected == [one.field for one in diagnostics if one.code == "SVC216"]
    assert [str(port)] * len(expected) == texts_at(diagnostics)


def test_a_local_port_that_two_ports_share_is_told_once():
    one = service("a", NODE.format(1, 53).replace("30053", "40053"))
    assert [("SVC216", "a:4", "spec.ports[0].nodePort")] == told(one, config=NAMED + "nodePortRange: 30000-65000\n")


def test_a_health_check_in_the_local_port_range_is_told():
    one = service("a", BALANCED.format(1, 40000, 30002))
    config = NAMED + "nodePortRange: 30000-65000\n"
    assert [("SVC216", "a:4", "spec.healthCheckNodePort")] == told(one, config=config)
