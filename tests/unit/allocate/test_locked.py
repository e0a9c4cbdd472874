from svcc.allocate import Lock, allocate, demand_same
from svcc.diag import Diagnostics
from tests.unit.allocate.given import PORT, lock, manifests, node, service


def refused(*texts, held=None):
    config, sink, told = node(), Diagnostics(), Diagnostics()
    found = manifests(*texts, config=config)
    before = held or Lock()
    demand_same(before, allocate(found, config, before, told).lock, found, sink, tuple(told))
    return [(one.code, one.span.source.name, one.span.line, one.field, one.message) for one in sink]


HELD = ("shop/cart IPv4: 10.96.0.40", "shop/cart 80/TCP: 31573")
CART = service("cart", f"type: NodePort, {PORT}")


def test_a_lock_that_says_everything_is_no_mistake():
    assert [] == refused(CART, held=lock(*HELD))


def test_a_fact_that_is_missing_is_told_at_the_service():
    assert [
        (
            "SVC236",
            "shop.yaml",
            4,
            "nodePorts[shop/cart 80/TCP]",
            "port 80/TCP of Service shop/cart has no value in the lock, and would be given 31573",
        )
    ] == refused(CART, held=lock(HELD[0]))


def test_without_a_lock_every_fact_is_missing():
    assert 2 == len(refused(CART))


def test_a_fact_that_is_not_needed_any_longer_is_told_at_its_line():
    held = lock(*HELD, "shop/gone IPv4: 10.96.0.41", "shop/gone: 31000")
    assert [
        (
            "SVC236",
            "svcc.lock",
            5,
            "clusterIPs[shop/gone IPv4]",
            "the lock holds 10.96.0.41 for Service shop/gone, which would be released",
        ),
        (
            "SVC236",
            "svcc.lock",
            9,
            "healthCheckNodePorts[shop/gone]",
            "the lock holds 31000 for the health check of Service shop/gone, which would be released",
        ),
    ] == refused(CART, held=held)


def test_a_fact_that_moves_is_told_from_where_to_where():
    other = service("front", f"clusterIP: 10.96.0.40, {PORT}")
    [(_, _, line, _, message)] = refused(CART, other, held=lock(*HELD))
    assert 4 == line
    assert message.startswith("Service shop/cart moves from 10.96.0.40 to 10.96.0.")
    assert message.endswith("because Service shop/front states 10.96.0.40 in spec.clusterIP")


def test_an_idle_fact_is_no_change():
    idle = service("cart", "type: ExternalName, externalName: a.example.com")
    assert [] == refused(idle, held=lock(*HELD))


def test_two_lines_for_one_key_are_no_lock_to_rely_on():
    [(code, _, line, _, message)] = refused(CART, held=lock(*HELD, "shop/cart IPv4: 10.96.0.41"))
    assert ("SVC236", 5) == (code, line)
    assert "Service shop/cart gives up 10.96.0.41, because the lock has 10.96.0.40 for it too" == message
