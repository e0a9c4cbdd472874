from examples import big
from svcc.emit.iptables.ruleset import Chain, IptablesRuleset
from svcc.net import Family
from tests.bench.baseline import kube_proxy_script, read_script, service_chain
from tests.bench.path import crossed

THREE = tuple(big.shapes(3, 2))


def test_the_generator_gives_the_same_bytes_for_the_same_seed():
    assert list(big.documents(5, 3, 7)) == list(big.documents(5, 3, 7))
    assert list(big.documents(5, 3, 7)) != list(big.documents(5, 3, 8))


def test_the_generator_gives_every_service_and_pod_an_address_of_its_own():
    made = list(big.shapes(400, 10))
    assert len({one.address for one in made}) == 400
    assert len({pod.address for one in made for pod in one.backends}) == 4000


def test_the_baseline_has_the_chains_that_kube_proxy_would_have():
    nat = read_script(kube_proxy_script(THREE)).tables["nat"]
    assert sum(name.startswith("KUBE-SVC-") for name in nat) == 3
    assert sum(name.startswith("KUBE-SEP-") for name in nat) == 6
    assert len(nat["KUBE-SERVICES"].rules) == 4
    assert all(len(nat[service_chain(one)].rules) == 3 for one in THREE)


def test_every_chain_that_the_baseline_jumps_to_is_declared_in_its_table():
    for table, chains in read_script(kube_proxy_script(THREE)).tables.items():
        rules = [rule for chain in chains.values() for rule in chain.rules]
        jumps = {f" {rule}".split(" -j ")[1].split(" ")[0] for rule in rules}
        assert {name for name in jumps if name.startswith("KUBE-") and name not in chains} == set(), table


def test_a_first_packet_crosses_one_more_rule_for_every_service_before_its_own():
    ruleset = read_script(kube_proxy_script(THREE))
    first, second, third = (crossed(ruleset, one.address, 80) for one in THREE)
    assert [second - first, third - second] == [1, 1]


def test_a_probability_may_hold_or_not_and_the_longer_way_counts():
    rules = (
        "-p udp -m udp --dport 80 -j DROP",
        "-d 10.0.0.0/8 -p tcp -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.1.0.1:80",
        "-d 10.0.0.0/8 -p tcp -j DNAT --to-destination 10.1.0.2:80",
        "-j RETURN",
    )
    ruleset = IptablesRuleset(Family.IPV4, {"nat": {"PREROUTING": Chain(rules)}})
    assert crossed(ruleset, "10.0.0.1", 80) == 3
    assert crossed(ruleset, "11.0.0.1", 80) == 4


def test_a_chain_reached_by_goto_returns_past_the_rules_after_it():
    chains = {
        "OUTPUT": Chain(("-j ONE", "-j ACCEPT")),
        "ONE": Chain(("-g TWO", "-j DROP", "-j DROP")),
        "TWO": Chain(("-j MARK --set-xmark 0x1/0x1",)),
    }
    assert crossed(IptablesRuleset(Family.IPV4, {"nat": chains}), "10.0.0.1", 80) == 4
