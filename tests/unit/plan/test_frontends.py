from svcc.emit.ipvs.ruleset import IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.emit.nftables.lower import lower
from svcc.model.service import ServicePort, ServiceType
from svcc.net import Address, Protocol
from svcc.plan import ipvs, nft_services
from svcc.plan.change import Losses
from svcc.plan.frontends import losses
from svcc.plan.iptables_services import frontends as of_iptables
from tests.support import endpoint, endpoint_slice, graph_of, rulesets_of, service

OPEN = {
    "10.96.0.10:80/TCP": "lab/web:http",
    "203.0.113.9:80/TCP": "lab/web:http",
    "IPv4 node port 30080/TCP": "lab/web:http",
    "[fd00:96::20]:53/UDP": "lab/dns:http",
}


def graph():
    """Give one Service with every kind of address, one of IPv6 and UDP, one behind a gate of nobody, and one without endpoints."""
    return graph_of(
        [
            service(
                type=ServiceType.NODE_PORT,
                external_ips=(Address("203.0.113.9"),),
                ports=(ServicePort("http", Protocol.TCP, 80, node_port=30080),),
            ),
            service("dns", "fd00:96::20", ports=(ServicePort("http", Protocol.UDP, 53),)),
            service("idle", "10.96.0.30"),
        ],
        [
            endpoint_slice(endpoint("10.128.7.21"), endpoint("10.128.9.31")),
            endpoint_slice(endpoint("fd00:10::21"), of="dns", port=5353, protocol=Protocol.UDP),
        ],
    )


def test_iptables_and_nftables_say_the_same_of_frontends_that_lead_to_a_backend():
    rulesets, _ = rulesets_of(graph())
    assert OPEN == {place: name for one in rulesets.values() for place, name in of_iptables(one).items()}
    assert OPEN == nft_services.frontends(lower(graph()))


def test_a_virtual_server_whose_real_servers_all_have_weight_0_leads_nowhere():
    web, idle = (VirtualKey(Address("10.96.0.10"), Protocol.TCP, port) for port in (80, 81))
    to = RealKey(Address("10.128.7.21"), 8080)
    named = {web: Virtual("rr", service="lab/web:http"), idle: Virtual("rr", service="lab/idle:http")}
    state = IpvsState(named, {(web, to): Real(1), (idle, to): Real(0)})
    assert {"10.96.0.10:80/TCP": "lab/web:http"} == ipvs.frontends(state)


def test_what_goes_is_lost_with_its_service_and_place():
    before, after = {"a:80/TCP": "lab/a:http", "b:80/TCP": "lab/b:http"}, {"b:80/TCP": "lab/b:http"}
    assert Losses(2, ("lab/a:http a:80/TCP",)) == losses([(before, after)])
    assert Losses(2, ()) == losses([(before, before)])


def test_what_moves_to_another_subsystem_is_not_lost_though_its_places_have_other_names():
    rules, servers = {"node port 30080": "lab/a:http", "b:80/TCP": "lab/b:http"}, {"172.20.5.11:30080": "lab/a:http"}
    assert Losses(2, ("lab/b:http b:80/TCP",)) == losses([({}, servers), (rules, {})])


def test_a_frontend_that_goes_from_a_service_that_stays_is_lost():
    before = {"a:80/TCP": "lab/a:http", "node port 30080": "lab/a:http"}
    assert Losses(2, ("lab/a:http node port 30080",)) == losses([(before, {"a:80/TCP": "lab/a:http"})])
