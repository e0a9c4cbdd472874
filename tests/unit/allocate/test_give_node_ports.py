from tests.unit.allocate.given import allocated, lock, node, service


def ports_of(outcome, name="a"):
    return [(port.protocol.value, port.port, port.node_port) for port in outcome.services[name].ports]


DNS = "type: NodePort, clusterIP: 10.96.0.5, ports: [{name: u, port: 53, protocol: UDP}, {name: t, port: 53}, {name: s, port: 53, protocol: SCTP}]"


def test_the_protocols_of_one_port_share_their_node_port():
    outcome = allocated(service("a", DNS))
    assert 1 == len({number for _, _, number in ports_of(outcome)})
    assert ["shop/a 53/SCTP", "shop/a 53/TCP", "shop/a 53/UDP"] == sorted(outcome.facts)


def test_the_order_of_ports_in_the_manifest_does_not_matter():
    other = "type: NodePort, clusterIP: 10.96.0.5, ports: [{name: s, port: 53, protocol: SCTP}, {name: t, port: 53}, {name: u, port: 53, protocol: UDP}]"
    assert allocated(service("a", DNS)).facts == allocated(service("a", other)).facts


def test_a_new_protocol_of_a_port_has_the_node_port_of_the_others():
    outcome = allocated(service("a", DNS), held=lock("shop/a 53/TCP: 31000"))
    assert {31000} == {number for _, _, number in ports_of(outcome)}
    assert [] == outcome.codes


def test_protocols_whose_facts_differ_keep_them():
    outcome = allocated(service("a", DNS), held=lock("shop/a 53/TCP: 31000", "shop/a 53/UDP: 31001"))
    assert [("UDP", 53, 31001), ("TCP", 53, 31000), ("SCTP", 53, 31000)] == ports_of(outcome)
    assert [] == outcome.codes


def test_a_stated_node_port_is_that_of_the_other_protocols():
    spec = "type: NodePort, clusterIP: 10.96.0.5, ports: [{name: u, port: 53, protocol: UDP}, {name: t, port: 53, nodePort: 30053}]"
    outcome = allocated(service("a", spec))
    assert [("UDP", 53, 30053), ("TCP", 53, 30053)] == ports_of(outcome)
    assert {} == outcome.facts


def test_a_load_balancer_has_node_ports_unless_it_declines():
    spec = "type: LoadBalancer, clusterIP: 10.96.0.5, {}ports: [{{port: 80}}]"
    assert ports_of(allocated(service("a", spec.format(""))))[0][2] is not None
    declined = allocated(service("a", spec.format("allocateLoadBalancerNodePorts: false, ")))
    assert [("TCP", 80, None)] == ports_of(declined)
    assert {} == declined.facts


def test_who_declines_may_state_one_port():
    spec = "type: LoadBalancer, clusterIP: 10.96.0.5, allocateLoadBalancerNodePorts: false, ports: [{name: a, port: 80}, {name: b, port: 443, nodePort: 30443}]"
    assert [("TCP", 80, None), ("TCP", 443, 30443)] == ports_of(allocated(service("a", spec)))


def test_a_local_load_balancer_has_a_health_check_port():
    spec = "type: LoadBalancer, clusterIP: 10.96.0.5, externalTrafficPolicy: {}, ports: [{{port: 80, nodePort: 30080}}]"
    local = allocated(service("a", spec.format("Local")))
    assert local.facts == {"shop/a": local.services["a"].health_check_node_port}
    assert allocated(service("a", spec.format("Cluster"))).services["a"].health_check_node_port is None


def test_a_health_check_port_outlives_a_cluster_policy():
    spec = "type: LoadBalancer, clusterIP: 10.96.0.5, externalTrafficPolicy: {}, ports: [{{port: 80, nodePort: 30080}}]"
    first = allocated(service("a", spec.format("Local")))
    second = allocated(service("a", spec.format("Cluster")), held=first)
    assert first.facts == second.facts
    assert first.facts == allocated(service("a", spec.format("Local")), held=second).facts


def test_no_two_services_have_one_port():
    spec = "type: LoadBalancer, clusterIP: 10.96.0.{}, externalTrafficPolicy: Local, ports: [{{name: a, port: 80}}, {{name: b, port: 443}}]"
    outcome = allocated(
        *(service(f"s{one}", spec.format(one + 5)) for one in range(6)), config=node(ports=(30000, 30017))
    )
    assert [*range(30000, 30018)] == sorted(outcome.facts.values())
    assert [] == outcome.codes


def test_a_cluster_ip_service_has_no_node_ports():
    outcome = allocated(service("a", "clusterIP: 10.96.0.5, ports: [{port: 80}]"))
    assert [("TCP", 80, None)] == ports_of(outcome)
