from tests.unit.allocate.given import PORT, allocated, lock, node, service


def test_a_full_range_is_one_error_that_counts_its_use():
    texts = [service("a", f"clusterIP: 10.96.0.1, {PORT}"), *(service(f"b{one:03}") for one in range(516))]
    outcome = allocated(*texts, held=lock("shop/b515 IPv4: 10.96.0.9"), config=node("10.96.0.0/28"))
    assert ["SVC235"] == outcome.codes
    assert [
        (
            "no IPv4 cluster IP is left for Service shop/b012 and 502 more: "
            "10.96.0.0/28 has room for 14 (1 stated in manifests, 1 held by the lock, 12 given now)"
        )
    ] == outcome.messages
    one = next(iter(outcome.sink))
    assert ("Service/shop/b012", "spec.clusterIP", 5 * 13 + 4) == (one.object, one.field, one.span.line)
    assert ["Service shop/b013 gets none either"] == [place.message for place in one.related][:1]
    assert 5 == len(one.related)


def test_each_family_is_told_apart():
    config = node("10.96.0.0/30", "fd00::/127")
    texts = [service(name, f"ipFamilyPolicy: RequireDualStack, {PORT}") for name in ("a", "b", "c")]
    outcome = allocated(*texts, config=config)
    assert [
        (
            "no IPv6 cluster IP is left for Service shop/b and 1 more: "
            "fd00::/127 has room for 1 (0 stated in manifests, 0 held by the lock, 1 given now)"
        ),
        (
            "no IPv4 cluster IP is left for Service shop/c: "
            "10.96.0.0/30 has room for 2 (0 stated in manifests, 0 held by the lock, 2 given now)"
        ),
    ] == outcome.messages


def test_several_ranges_are_full_together():
    texts = [service(name) for name in ("a", "b", "c", "d", "e")]
    outcome = allocated(*texts, config=node("10.96.0.0/30", "10.97.0.0/30"))
    assert ["SVC235"] == outcome.codes
    assert "10.96.0.0/30, 10.97.0.0/30 has room for 4" in outcome.messages[0]


def test_node_ports_and_health_checks_fill_one_range():
    spec = "type: LoadBalancer, externalTrafficPolicy: Local, clusterIP: 10.96.0.{}, ports: [{{port: 80}}]"
    outcome = allocated(service("a", spec.format(5)), service("b", spec.format(6)), config=node(ports=(30000, 30002)))
    assert [
        (
            "no node port is left for port 80/TCP of Service shop/b: "
            "30000-30002 has room for 3 (0 stated in manifests, 0 held by the lock, 3 given now)"
        )
    ] == outcome.messages
    assert "spec.ports[0].nodePort" == next(iter(outcome.sink)).field


def test_a_range_without_addresses_is_full():
    outcome = allocated(service("cart"), config=node("10.96.0.1/32"))
    assert ["SVC235"] == outcome.codes


def test_addresses_that_are_stated_outside_of_the_range_do_not_count():
    config = node("10.96.0.0/30")
    texts = [service("a"), service("b"), service("c"), service("d", f"externalIPs: [192.0.2.1], {PORT}")]
    assert "(0 stated in manifests" in allocated(*texts, config=config).messages[0]
