import pytest

from svcc.check import check
from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode


def service(name, spec, status="{}"):
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\nstatus: {status}\n"


def run(*texts, config=None):
    sink = Diagnostics()
    config = config or NodeConfig(node_name="n")
    check(decode([Source("a.yaml", "---\n".join(texts))], config, sink), config, sink)
    return [(one.code, one.span.line, one.field, *(place.span.line for place in one.related)) for one in sink]


PORTS = "ports: [{port: 80}]"


def test_the_same_object_twice_is_an_error_at_the_second():
    one = service("a", f"clusterIP: 10.96.0.1, {PORTS}")
    assert [("SVC201", 9, "metadata.name", 3)] == run(one, one)


def test_a_cluster_ip_belongs_to_one_service():
    texts = (service(name, f"clusterIP: 10.96.0.1, ports: [{{port: {port}}}]") for name, port in (("b", 1), ("a", 2)))
    assert [("SVC203", 10, "spec.clusterIP", 4)] == run(*texts)


def test_one_cluster_ip_with_one_port_is_one_mistake():
    texts = (service(name, f"clusterIP: 10.96.0.1, {PORTS}") for name in "ab")
    assert [("SVC203", 10, "spec.clusterIP", 4)] == run(*texts)


def test_an_address_and_port_belong_to_one_service():
    first = service("a", f"clusterIP: 10.96.0.1, externalIPs: [192.0.2.9, 192.0.2.1], {PORTS}")
    second = service("b", f"clusterIP: 10.96.0.2, externalIPs: [192.0.2.1], {PORTS}")
    third = service("c", f"clusterIP: 10.96.0.3, externalIPs: [10.96.0.1], {PORTS}")
    other = service("d", "clusterIP: 10.96.0.4, externalIPs: [192.0.2.1], ports: [{port: 80, protocol: UDP}]")
    assert [
        ("SVC202", 10, "spec.externalIPs[0]", 4),
        ("SVC202", 16, "spec.externalIPs[0]", 4),
    ] == run(first, second, third, other)


def test_a_load_balancer_ip_counts_as_an_address():
    spec = f"type: LoadBalancer, allocateLoadBalancerNodePorts: false, {PORTS}"
    texts = (
        service(name, f"{spec}, clusterIP: {address}", "{loadBalancer: {ingress: [{hostname: x}, {ip: 192.0.2.1}]}}")
        for name, address in (("a", "10.96.0.1"), ("b", "10.96.0.2"))
    )
    assert [("SVC202", 11, "status.loadBalancer.ingress[1].ip", 5)] == run(*texts)


def test_a_requested_address_counts_when_it_is_assigned():
    spec = f"type: LoadBalancer, allocateLoadBalancerNodePorts: false, loadBalancerIP: 192.0.2.1, {PORTS}"
    texts = [service("a", f"{spec}, clusterIP: 10.96.0.1"), service("b", f"{spec}, clusterIP: 10.96.0.2")]
    assert [] == run(*texts)
    config = NodeConfig(node_name="n", assign_load_balancer_ips=True)
    assert [("SVC202", 10, "spec.loadBalancerIP", 4)] == run(*texts, config=config)


def test_one_service_may_use_an_address_twice():
    spec = f"type: LoadBalancer, allocateLoadBalancerNodePorts: false, clusterIP: 10.96.0.1, externalIPs: [192.0.2.1], {PORTS}"
    assert [] == run(service("a", spec, "{loadBalancer: {ingress: [{ip: 192.0.2.1}]}}"))


NODE = "type: NodePort, clusterIP: 10.96.0.{}, ports: [{{name: a, port: 53, nodePort: 30053, protocol: UDP}}, {{name: b, port: {}, nodePort: 30053}}]"


def test_ports_of_one_number_may_share_a_node_port():
    assert [] == run(service("a", NODE.format(1, 53)))


def test_other_ports_may_not_share_a_node_port():
    assert [("SVC204", 4, "spec.ports[1].nodePort", 4)] == run(service("a", NODE.format(1, 54)))


def test_two_services_may_not_share_a_node_port():
    second = "type: NodePort, clusterIP: 10.96.0.2, ports: [{port: 53, nodePort: 30053}]"
    assert [("SVC204", 10, "spec.ports[0].nodePort", 4)] == run(service("a", NODE.format(1, 53)), service("b", second))


@pytest.mark.parametrize(("name", "expected"), [(None, [("SVC114", 4, "spec.internalTrafficPolicy")]), ("n", [])])
def test_a_local_policy_needs_the_name_of_the_node(name, expected):
    one = service("a", f"clusterIP: 10.96.0.1, internalTrafficPolicy: Local, {PORTS}")
    assert expected == run(one, config=NodeConfig(node_name=name))
