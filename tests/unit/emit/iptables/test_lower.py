"""The rules of small graphs: dispatch, the split by client, pools, gates; and what iptables cannot say."""

import pytest

from svcc.config import DetectLocal
from svcc.emit.iptables.text import render
from svcc.model.service import EVERY_OTHER, ConnectionLimit, ServicePort, ServiceType, TrafficPolicy
from svcc.net import Family, Protocol
from tests.support import NODE, addresses, config, endpoint, endpoint_slice, graph_of, networks, rulesets_of, service

FOUR, SIX = Family.IPV4, Family.IPV6
SUFFIX = "NAVV37HDGJLPWY47"
SVC, SVL, EXT, CIP = (f"SVCC-{kind}-{SUFFIX}" for kind in ("SVC", "SVL", "EXT", "CIP"))
NAMED = '-m comment --comment "lab/web:http"'
MARK = "-j MARK --set-xmark 0x4000/0x4000"
BACKENDS = endpoint_slice(endpoint("10.128.7.21", NODE), endpoint("10.128.9.31", "worker-2"))
ONE = endpoint_slice(endpoint("10.128.7.21", NODE))
FOUR_ONLY = {"node_ips": addresses("172.20.5.11"), "service_cidrs": networks("10.96.0.0/16")}
NODE_PORT = {"type": ServiceType.NODE_PORT, "ports": (ServicePort("http", Protocol.TCP, 80, 30080),)}
LOCAL = TrafficPolicy.LOCAL


def lowered(services, slices=(BACKENDS,), **changes):
    return rulesets_of(graph_of(services, slices, config(**changes)))[0]


def chain(name, services, slices=(BACKENDS,), *, table="nat", family=FOUR, **changes):
    held = lowered(services, slices, **changes)[family].chain(table, name)
    return None if held is None else list(held.rules)


def test_the_suffix_that_these_tests_know_is_that_of_the_service():
    assert SVC in lowered([service()])[FOUR].tables["nat"]


def test_a_pool_masquerades_outsiders_then_shares_with_one_rule_an_endpoint():
    assert [
        f"! -s 10.128.0.0/14 {NAMED} {MARK}",
        "-p tcp -m statistic --mode random --probability 0.50000000000 -j DNAT --to-destination 10.128.7.21:8080",
        "-p tcp -j DNAT --to-destination 10.128.9.31:8080",
    ] == chain(SVC, [service()])


def test_each_share_is_that_of_what_is_left():
    one = service(weights={"10.0.0.1": 3, "10.0.0.2": 2})
    three = endpoint_slice(*(endpoint(f"10.0.0.{index}") for index in (1, 2, 3)))
    shares = [rule.split("--probability ")[1][:13] for rule in chain(SVC, [one], [three]) if "probability" in rule]
    assert ["0.50000000000", "0.66666666651"] == shares


def test_affinity_is_two_rules_an_endpoint_remembered_ones_first():
    rules = chain(SVC, [service(affinity_seconds=60)])
    assert [
        "mark",
        "10.128.7.21:8080 update",
        "10.128.9.31:8080 update",
        "10.128.7.21:8080 chance set",
        "10.128.9.31:8080 set",
    ] == ["mark", *(_kind(rule) for rule in rules[1:])]
    assert rules[1].split("--name ")[1].split()[0] == rules[3].split("--name ")[1].split()[0]


def _kind(rule):
    words = [
        word for word, sign in (("update", "--update"), ("chance", "statistic"), ("set", "--set ")) if sign in rule
    ]
    return " ".join([rule.rsplit(" ", 1)[1], *words])


def test_a_service_on_one_address_is_found_in_the_tree_of_its_range():
    assert [
        f"-d 10.96.0.10/32 -p tcp -m tcp --dport 80 -g {SVC}",
        "-d 10.96.0.10/32 -g SVCC-REFUSE",
        "-g SVCC-DISCARD",
    ] == chain("SVCC-T-10.96.0.0-16", [service()])


def test_an_address_outside_every_range_stands_in_the_first_chain():
    one = service(external_ips=addresses("192.0.2.1"))
    rules = chain("SVCC-SERVICES", [one])
    assert ["-d 10.96.0.0/16 -g SVCC-T-10.96.0.0-16", f"-d 192.0.2.1/32 -p tcp -m tcp --dport 80 -g {EXT}"] == rules[:2]
    assert "-g SVCC-LOCAL" == rules[-1]


def test_many_addresses_outside_every_range_have_a_tree_that_is_jumped_to():
    services = [service(f"s{index}", f"10.50.{index}.1") for index in range(9)]
    rules = chain("SVCC-SERVICES", services)
    jumps = [rule for rule in rules if " -j " in rule]
    assert jumps
    assert [] == [rule for rule in rules if " -g " in rule and "/16" not in rule]


def test_the_address_of_another_proxy_is_left_alone():
    rules = chain("SVCC-T-10.96.0.0-16", [service(foreign_proxy=True)])
    assert ["-d 10.96.0.10/32 -j RETURN", "-g SVCC-DISCARD"] == rules


def test_without_endpoints_the_service_is_refused_and_with_none_here_dropped():
    refused = chain("SVCC-T-10.96.0.0-16", [service()], [])
    away = endpoint_slice(endpoint("10.128.9.31", "worker-2"))
    dropped = chain("SVCC-T-10.96.0.0-16", [service(internal_policy=LOCAL)], [away])
    assert (f"-d 10.96.0.10/32 -p tcp -m tcp --dport 80 {NAMED} -g SVCC-REFUSE", "SVCC-DISCARD") == (
        refused[0],
        dropped[0].rsplit(" ", 1)[1],
    )


def test_the_external_local_policy_splits_by_client():
    assert [
        f"-s 10.128.0.0/14 {NAMED} -g {SVC}",
        f"-m addrtype --src-type LOCAL -g {SVC}",
        f"-g {SVL}",
    ] == chain(EXT, [service(external_policy=LOCAL, **NODE_PORT)])


def test_the_external_cluster_policy_masquerades_everyone():
    assert [f"{NAMED} {MARK}", f"-g {SVC}"] == chain(EXT, [service(**NODE_PORT)])


def test_a_pool_that_everyone_enters_masqueraded_marks_by_itself():
    one = service(**NODE_PORT)
    assert f"{NAMED} {MARK}" == chain(SVC, [one], masquerade_all=True)[0]
    assert chain(EXT, [one], masquerade_all=True) is None


def test_two_pod_networks_need_a_chain_that_returns_for_each():
    nets = networks("10.128.0.0/14", "10.244.0.0/16")
    assert ["-s 10.128.0.0/14 -j RETURN", "-s 10.244.0.0/16 -j RETURN", MARK] == chain(
        "SVCC-OUTSIDERS", [service()], cluster_cidrs=nets
    )
    assert f"{NAMED} -j SVCC-OUTSIDERS" == chain(SVC, [service()], cluster_cidrs=nets)[0]


@pytest.mark.parametrize(
    ("mode", "name", "expected"),
    [
        (DetectLocal.BRIDGE_INTERFACE, "cbr0", f"! -i cbr0 {NAMED} {MARK}"),
        (DetectLocal.INTERFACE_PREFIX, "veth", f"! -i veth+ {NAMED} {MARK}"),
    ],
)
def test_pods_behind_an_interface_are_told_by_it(mode, name, expected):
    assert expected == chain(SVC, [service()], detect_local=mode, local_interface=name)[0]


def test_a_gate_lets_its_networks_in_and_drops_the_rest():
    one = service(
        type=ServiceType.LOAD_BALANCER,
        load_balancer_ips=addresses("192.0.2.10"),
        source_ranges=networks("198.51.100.0/24", "203.0.113.0/24"),
    )
    nat = lowered([one])[FOUR].tables["nat"]
    (gate,) = [list(held.rules) for name, held in nat.items() if name.startswith("SVCC-FW-")]
    assert [f"-s 198.51.100.0/24 {NAMED} -g {EXT}", f"-s 203.0.113.0/24 -g {EXT}", "-g SVCC-DISCARD"] == gate


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["-d 127.0.0.0/8 -j RETURN", "-m addrtype --dst-type LOCAL -g SVCC-NODEPORTS"]),
        ({"localhost_node_ports": True}, ["-m addrtype --dst-type LOCAL -g SVCC-NODEPORTS"]),
        (
            {"node_port_cidrs": networks("172.20.0.0/16")},
            ["-d 172.20.0.0/16 -m addrtype --dst-type LOCAL -g SVCC-NODEPORTS"],
        ),
        ({"node_port_primary": True}, ["-d 172.20.5.11/32 -m addrtype --dst-type LOCAL -g SVCC-NODEPORTS"]),
    ],
)
def test_node_ports_are_looked_for_on_the_chosen_addresses_only(changes, expected):
    assert expected == chain("SVCC-LOCAL", [service(**NODE_PORT)], **changes)[1:]


def test_without_node_ports_nothing_is_looked_for():
    assert (["-m mark --mark 0x8000/0x8000 -j RETURN"], None) == (
        chain("SVCC-LOCAL", [service()]),
        chain("SVCC-NODEPORTS", [service()]),
    )


def test_many_node_ports_stand_in_a_tree_of_ranges():
    services = [
        service(
            f"s{index}",
            f"10.96.1.{index}",
            type=ServiceType.NODE_PORT,
            ports=(ServicePort("http", Protocol.TCP, 80, 30000 + 40 * index),),
        )
        for index in range(30)
    ]
    nat = lowered(services, [])[FOUR].tables["nat"]
    trees = {name: held.rules for name, held in nat.items() if name.startswith(("SVCC-NP-", "SVCC-NODEPORTS"))}
    assert 30 == sum("-g SVCC-REFUSE" in rule for rules in trees.values() for rule in rules)
    assert max(len(rules) for rules in trees.values()) <= 4


def test_the_guard_of_loopback_is_there_with_localhost_node_ports_alone():
    one = service(**NODE_PORT)
    guard = chain("SVCC-GUARD", [one], table="raw", localhost_node_ports=True)
    assert ["-d 127.0.0.0/8 ! -i lo -j DROP"] == guard
    assert "raw" not in lowered([one])[FOUR].tables
    assert "raw" not in lowered([one], localhost_node_ports=True)[SIX].tables


def test_the_mark_bits_are_the_configured_ones():
    rules = render(lowered([service()], masquerade_bit=0, verdict_bit=31)[FOUR])
    assert "-A SVCC-POSTROUTING -m mark --mark 0x1/0x80000001 -g SVCC-MASQUERADE\n" in rules
    assert "-A SVCC-VERDICT -m mark --mark 0x80000000/0x80000001 -j DROP\n" in rules
    assert "0x4000" not in rules


def test_a_family_without_services_and_ranges_has_no_rules():
    held = lowered([service()], **FOUR_ONLY)
    assert (True, {}) == (bool(held[FOUR].tables), held[SIX].tables)


def test_a_family_with_a_service_range_alone_drops_it():
    assert ["-g SVCC-DISCARD"] == chain("SVCC-T-fd00.96..-112", [service()], family=SIX)


def test_rules_are_those_of_their_family():
    both = service(ip=("10.96.0.10", "fd00:96::10"))
    six = endpoint_slice(endpoint("fd00:10::21"), suffix="six")
    assert [f"! -s fd00:10::/48 {NAMED} {MARK}", "-p tcp -j DNAT --to-destination [fd00:10::21]:8080"] == chain(
        SVC, [both], [ONE, six], family=SIX
    )


def test_adding_a_service_rewrites_its_chains_and_two_of_the_tree():
    services = [service(f"s{index:03}", f"10.96.{index % 8}.{10 + index}") for index in range(120)]
    before = lowered(services, [])[FOUR].tables["nat"]
    after = lowered([*services, service("new", "10.96.3.240")], [])[FOUR].tables["nat"]
    changed = [name for name, held in before.items() if after.get(name) != held]
    assert len(changed) <= 2


def told(services, slices=(BACKENDS,), **changes):
    _, sink = rulesets_of(graph_of(services, slices, config(**changes)))
    return [(one.code, one.message) for one in sink]


def test_what_iptables_says_without_loss_is_no_diagnostic():
    assert [] == told([service(weights={"10.128.7.21": 1000}, scheduler="random")])


def test_affinity_is_noted_once_a_service():
    ports = (ServicePort("http", Protocol.TCP, 80), ServicePort("alt", Protocol.TCP, 81))
    found = told([service(affinity_seconds=60, ports=ports, internal_policy=LOCAL)])
    assert [("SVC301", "session affinity holds for the last 100 clients of each endpoint")] == found


@pytest.mark.parametrize(("weight", "codes"), [(1000, []), (1001, ["SVC302"])])
def test_weights_that_add_up_to_more_than_30000_are_refused(weight, codes):
    ends = [endpoint(f"10.128.7.{index}") for index in range(1, 31)]
    weights = {**{one.address: 1000 for one in ends}, "10.128.7.1": weight, "10.128.7.2": 999, "10.128.7.3": 1001}
    assert codes == [code for code, _ in told([service(weights=weights)], [endpoint_slice(*ends)])]


def test_another_scheduler_is_noted():
    assert [("SVC303", "scheduler lc of lab/web:http becomes random in iptables")] == told([service(scheduler="lc")])


def test_what_only_ipvs_has_is_told_once_a_service():
    ports = (ServicePort("http", Protocol.TCP, 80), ServicePort("alt", Protocol.TCP, 81))
    asked = service(ports=ports, forwarding="tun", connection_limits={EVERY_OTHER: ConnectionLimit(0, 200)})
    assert [
        ("SVC304", "the connection limits of lab/web are not kept in iptables"),
        ("SVC305", "forwarding tun of lab/web becomes masq in iptables"),
    ] == told([asked])
