"""Which flows are stale, and which stay, by where they lead alone."""

import pytest

from svcc.graph.nodes import AddressPort, Host, NodePort
from svcc.net import Family, Protocol
from svcc.plan.change import Plan
from svcc.plan.conntrack import Flow, Fronts, Served, StaleFlows, StaleReason, counted, stale
from svcc.plan.show import lines
from tests.support import addresses, networks

VIP, NODE, SECOND, HERE, GONE = addresses("10.96.0.53", "172.20.5.11", "172.21.5.11", "10.128.7.21", "10.128.7.99")
DNS = AddressPort(VIP, Protocol.UDP, 53)
SERVED = Served("lab/dns:dns", frozenset({(HERE, 5353)}))
HOST = Host(addresses=(NODE,))


def flow(address=GONE, port=5353, at=DNS, **changes):
    held = {"translated": True, "zone": 0, "handle": b""}
    return Flow(at, address, port, **{**held, **changes})


def reasons(*flows, served=SERVED, **changes):
    fronts = Fronts({DNS: served, NodePort(Family.IPV4, Protocol.UDP, 30053): served}, **{"host": HOST, **changes})
    return [one.reason for one in stale(fronts, flows)]


def test_a_flow_to_an_endpoint_that_is_usable_stays():
    assert [] == reasons(flow(HERE))


def test_a_flow_to_an_address_that_is_no_endpoint_is_stale():
    assert [StaleReason.GONE] == reasons(flow(GONE))


def test_a_flow_to_another_port_of_an_endpoint_is_stale():
    assert [StaleReason.GONE] == reasons(flow(HERE, 5354))


def test_a_flow_of_a_service_without_endpoints_is_stale():
    assert [StaleReason.EMPTY] == reasons(flow(HERE), served=Served("lab/dns:dns", frozenset()))


def test_a_flow_that_nobody_translated_bypasses_the_service():
    assert [StaleReason.BYPASSES] == reasons(flow(VIP, 53, translated=False))


def test_a_service_without_endpoints_is_bypassed_too():
    empty = Served("lab/dns:dns", frozenset())
    assert [StaleReason.BYPASSES] == reasons(flow(VIP, 53, translated=False), served=empty)


def test_an_endpoint_at_the_frontend_itself_needs_no_translation():
    own = Served("lab/dns:dns", frozenset({(VIP, 53)}))
    assert [] == reasons(flow(VIP, 53, translated=False), served=own)


def test_a_flow_to_another_place_is_nobodys_business():
    others = [
        AddressPort(VIP, Protocol.UDP, 54),
        AddressPort(GONE, Protocol.UDP, 53),
        DNS._replace(protocol=Protocol.SCTP),
    ]
    assert [] == reasons(*(flow(at=at) for at in others))


@pytest.mark.parametrize(
    ("address", "changes", "expected"),
    [
        (NODE, {}, [StaleReason.GONE]),
        (SECOND, {}, []),
        (SECOND, {"host": Host(addresses=(NODE, SECOND))}, [StaleReason.GONE]),
        (SECOND, {"host": Host(addresses=(NODE, SECOND), node_ports_on=networks("172.20.0.0/16"))}, []),
        ("127.0.0.1", {}, []),
        ("127.0.0.1", {"host": Host(localhost_ports=True)}, [StaleReason.GONE]),
    ],
)
def test_a_node_port_is_one_only_at_the_addresses_that_carry_it(address, changes, expected):
    assert expected == reasons(flow(at=AddressPort(address, Protocol.UDP, 30053)), **changes)


def test_addresses_of_the_kernel_count_with_those_of_the_configuration():
    fronts = Fronts({NodePort(Family.IPV4, Protocol.UDP, 30053): SERVED}, HOST).on([SECOND, NODE])
    assert (NODE, SECOND) == fronts.host.addresses
    assert SERVED == fronts.served(AddressPort(SECOND, Protocol.UDP, 30053))


def test_what_ipvs_leads_elsewhere_stays_only_while_ipvs_carries_the_service():
    by_ipvs = flow(HERE, translated=False)
    assert [] == reasons(by_ipvs, by_ipvs=True)
    assert [StaleReason.LEFT] == reasons(by_ipvs)


def test_ipvs_drains_associations_itself():
    at = DNS._replace(protocol=Protocol.SCTP)
    fronts = {by_ipvs: Fronts({at: SERVED}, HOST, by_ipvs) for by_ipvs in (True, False)}
    left = flow(at=at, translated=False)
    assert () == stale(fronts[True], [left])
    assert [StaleReason.GONE] == [one.reason for one in stale(fronts[False], [left])]
    assert [StaleReason.GONE] == [one.reason for one in stale(fronts[True], [flow(at=at)])]


def test_what_nat_leads_to_an_endpoint_stays_under_ipvs():
    assert [] == reasons(flow(HERE), by_ipvs=True)


def test_packets_that_keep_the_services_address_on_their_way_to_endpoints_bypass_nothing():
    direct = Served("lab/dns:dns", frozenset({(HERE, 53)}), direct=True)
    assert [] == reasons(flow(VIP, 53, translated=False), served=direct, by_ipvs=True)


def test_a_second_sight_of_a_flow_in_a_zone_of_its_own_stays():
    assert [] == reasons(flow(VIP, 53, translated=False, zone=7))


def test_a_flow_that_is_translated_in_a_zone_of_its_own_is_stale_like_any_other():
    assert [StaleReason.GONE] == reasons(flow(zone=7))


def test_flows_are_counted_by_service_place_backend_and_reason():
    fronts = Fronts({DNS: SERVED}, HOST)
    held = [flow(), flow(VIP, 53, translated=False), flow(handle=b"1"), flow(HERE, 1)]
    assert (
        StaleFlows("lab/dns:dns", DNS, None, 1, StaleReason.BYPASSES),
        StaleFlows("lab/dns:dns", DNS, "10.128.7.21:1", 1, StaleReason.GONE),
        StaleFlows("lab/dns:dns", DNS, "10.128.7.99:5353", 2, StaleReason.GONE),
    ) == counted(stale(fronts, held))


def test_a_plan_says_how_many_flows_go_and_why():
    found = counted(stale(Fronts({DNS: SERVED}, HOST), [flow(), flow(), flow(VIP, 53, translated=False)]))
    assert [
        "The rules are as the manifests say.",
        "- 1 stale flow 10.96.0.53:53/UDP of lab/dns:dns: it is older than the Service, and bypasses it",
        "- 2 stale flows 10.96.0.53:53/UDP → 10.128.7.99:5353 of lab/dns:dns: its endpoint is gone",
    ] == list(lines(Plan("nftables", flows=found)))


def test_many_kinds_of_flows_are_told_as_a_number_unless_all_are_asked_for():
    found = counted(stale(Fronts({DNS: SERVED}, HOST), [flow(port=port) for port in range(1, 15)]))
    told = list(lines(Plan("nftables", flows=found)))
    assert (12, "- 4 more stale flows; -v lists them") == (len(told), told[-1])
    assert 15 == len(list(lines(Plan("nftables", flows=found), verbose=True)))


def test_flows_make_no_plan_another_one():
    found = counted(stale(Fronts({DNS: SERVED}, HOST), [flow()]))
    assert (Plan("nftables"), Plan("nftables").digest) == (
        Plan("nftables", flows=found),
        Plan("nftables", flows=found).digest,
    )
