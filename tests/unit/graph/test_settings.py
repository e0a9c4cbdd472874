from svcc.graph.settings import around

FORWARD, LOCALNET = "net.ipv4.ip_forward", "net.ipv4.conf.all.route_localnet"


def test_loopback_is_routed_after_the_rules_and_no_more_before_them():
    assert ({FORWARD: "1"}, {LOCALNET: "1"}) == around({FORWARD: "1", LOCALNET: "1"})
    assert ({FORWARD: "0", LOCALNET: "0"}, {}) == around({FORWARD: "0", LOCALNET: "0"})
