"""The walk reads rules as the kernel does, and stops at what svcc never writes."""

from fractions import Fraction

import pytest

from svcc.emit.iptables.text import parse
from svcc.emit.iptables.walk import Step, UnknownRule, Walker
from svcc.graph.packet import Dnat, Fate, Hook
from svcc.net import Family, Protocol
from tests.support import NODE_IP, addresses, packet

FOUR = Family.IPV4
OWN = addresses(NODE_IP)


def walked(rules, source="192.0.2.9", to="10.96.0.10", port=80, protocol=Protocol.TCP, **more):
    """Walk a packet through rules given as `table: chain rule` lines."""
    text = ""
    for table in ("raw", "filter", "nat"):
        lines = [line.split(": ", 1)[1] for line in rules if line.startswith(f"{table}: ")]
        text += f"*{table}\n" + "".join(f"-A {line}\n" for line in lines) + "COMMIT\n"
    return Walker({FOUR: parse(text, FOUR)}, OWN).walk(packet(source, to, port, protocol, **more))


def dnat(address="10.0.0.1", port=8080, *, masquerade=False):
    return Dnat(address, port, masquerade)


JUMP = "nat: PREROUTING -j SVCC-A"
TO_1, TO_2, TO_3 = (f"-p tcp -j DNAT --to-destination 10.0.0.{index}:8080" for index in (1, 2, 3))
ONE = Fraction(1)


def chance(share, rule):
    return rule.replace("-p tcp", f"-p tcp -m statistic --mode random --probability {share}")


def test_without_rules_a_packet_is_untouched():
    assert {Fate.UNTOUCHED: ONE} == walked([]).outcomes


def test_a_family_without_ruleset_is_untouched():
    walker = Walker({}, OWN)
    assert {Fate.UNTOUCHED: ONE} == walker.walk(packet("fd00::1", "fd00::2")).outcomes


def test_both_branches_of_a_chance_are_followed_with_exact_shares():
    rules = [
        JUMP,
        f"nat: SVCC-A {chance('0.33333333349', TO_1)}",
        f"nat: SVCC-A {chance('0.50000000000', TO_2)}",
        f"nat: SVCC-A {TO_3}",
    ]
    third = Fraction(1, 3)
    assert {dnat(f"10.0.0.{index}"): third for index in (1, 2, 3)} == walked(rules).outcomes


def test_a_chance_without_a_last_rule_leaves_the_rest_untouched():
    half = Fraction(1, 2)
    rules = [JUMP, f"nat: SVCC-A {chance('0.50000000000', TO_1)}"]
    assert {dnat(): half, Fate.UNTOUCHED: half} == walked(rules).outcomes


def test_after_a_jump_the_next_rule_is_met_and_after_a_goto_it_is_not():
    tail = ["nat: SVCC-B -s 10.9.0.0/16 -j RETURN", f"nat: SVCC-A {TO_1}"]
    assert {dnat(): ONE} == walked([JUMP, "nat: SVCC-A -j SVCC-B", *tail]).outcomes
    assert {Fate.UNTOUCHED: ONE} == walked([JUMP, "nat: SVCC-A -g SVCC-B", *tail]).outcomes


def test_return_leaves_the_chain_alone():
    rules = [JUMP, "nat: SVCC-A -j SVCC-B", "nat: SVCC-B -j RETURN", f"nat: SVCC-B {TO_1}", f"nat: SVCC-A {TO_2}"]
    assert {dnat("10.0.0.2"): ONE} == walked(rules).outcomes


VERDICT = [
    "filter: FORWARD -j SVCC-VERDICT",
    "filter: INPUT -j SVCC-VERDICT",
    "filter: OUTPUT -j SVCC-VERDICT",
    "filter: SVCC-VERDICT -m mark --mark 0x8000/0xc000 -j DROP",
    "filter: SVCC-VERDICT -m mark --mark 0xc000/0xc000 -j REJECT --reject-with icmp-port-unreachable",
]


@pytest.mark.parametrize(
    ("mark", "fate"),
    [("0x8000/0xc000", Fate.DROP), ("0xc000/0xc000", Fate.REJECT), ("0x4/0x4", Fate.UNTOUCHED)],
)
@pytest.mark.parametrize("to", ["10.96.0.10", NODE_IP])
def test_a_mark_is_acted_on_in_filter(mark, fate, to):
    rules = [JUMP, f"nat: SVCC-A -j MARK --set-xmark {mark}", *VERDICT]
    assert {fate: ONE} == walked(rules, to=to).outcomes


def test_a_packet_of_the_node_itself_goes_through_output():
    rules = ["nat: OUTPUT -j SVCC-A", "nat: SVCC-A -j MARK --set-xmark 0x8000/0xc000", *VERDICT]
    assert {Fate.DROP: ONE} == walked(rules, NODE_IP, hook=Hook.OUTPUT).outcomes
    assert {Fate.UNTOUCHED: ONE} == walked(rules).outcomes


POSTROUTING = [
    "nat: POSTROUTING -j SVCC-POST",
    "nat: SVCC-POST -m mark --mark 0x4000/0xc000 -j MASQUERADE --random-fully",
    (
        'nat: SVCC-POST -m conntrack --ctstate DNAT -m bpf --bytecode "6,32 0 0 12,7 0 0 0,32 0 0 16,29 0 1 0,6 0 0 65535,6 0 0 0"'
        " -j MASQUERADE --random-fully"
    ),
]


def test_a_marked_packet_is_masqueraded_after_routing():
    rules = [JUMP, "nat: SVCC-A -j MARK --set-xmark 0x4000/0x4000", f"nat: SVCC-A {TO_1}", *POSTROUTING]
    assert {dnat(masquerade=True): ONE} == walked(rules).outcomes


@pytest.mark.parametrize(("source", "masquerade"), [("10.0.0.1", True), ("10.0.0.2", False)])
def test_a_packet_sent_back_to_its_source_is_masqueraded(source, masquerade):
    assert {dnat(masquerade=masquerade): ONE} == walked([JUMP, f"nat: SVCC-A {TO_1}", *POSTROUTING], source).outcomes


def test_a_remembered_client_is_not_the_first_time_and_its_seconds_are_told():
    known = "-m recent --update --seconds 60 --reap --name N --mask 255.255.255.255 --rsource"
    new = "-m recent --set --name N --mask 255.255.255.255 --rsource"
    rules = [
        JUMP,
        f"nat: SVCC-A {TO_1.replace('-p tcp', f'-p tcp {known}')}",
        f"nat: SVCC-A {TO_2.replace('-p tcp', f'-p tcp {new}')}",
    ]
    trace = walked(rules)
    assert (60, {dnat("10.0.0.2"): ONE}) == (trace.affinity, trace.outcomes)


@pytest.mark.parametrize(
    ("match", "taken"),
    [
        ("-s 192.0.2.0/24", True),
        ("! -s 192.0.2.0/24", False),
        ("-d 10.96.0.10/32", True),
        ("! -d 10.96.0.0/16", False),
        ("-i eth0", True),
        ("-i eth+", True),
        ("-i et", False),
        ("! -i veth+", True),
        ("-p tcp -m tcp --dport 80", True),
        ("-p tcp -m tcp --dport 81:90", False),
        ("-p udp", False),
        ("-m addrtype --dst-type LOCAL", False),
        ("-m addrtype --src-type LOCAL", False),
        ("-m mark --mark 0x0/0xc000", True),
        ("-m conntrack --ctstate DNAT", False),
    ],
)
def test_a_match_holds_or_not(match, taken):
    rules = [JUMP, f"nat: SVCC-A {match} -g SVCC-B", f"nat: SVCC-B {TO_1}"]
    assert {dnat() if taken else Fate.UNTOUCHED: ONE} == walked(rules).outcomes


def test_the_path_holds_the_steps_on_the_way_to_every_outcome_and_the_service():
    rules = [
        JUMP,
        'nat: SVCC-A -m comment --comment "lab/web:http" -j MARK --set-xmark 0x4/0x4',
        f"nat: SVCC-A {chance('0.50000000000', TO_1)}",
        f"nat: SVCC-A {TO_2}",
    ]
    trace = walked(rules)
    assert "lab/web:http" == trace.comment
    assert (
        Step("nat", "PREROUTING", "-j SVCC-A"),
        Step("nat", "SVCC-A", '-m comment --comment "lab/web:http" -j MARK --set-xmark 0x4/0x4'),
    ) == trace.steps


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("-m limit --limit 1/sec -j RETURN", "nat chain SVCC-A, rule 1: not a rule that svcc writes"),
        ("-j SVCC-GONE", "nat chain SVCC-GONE is gone to but does not exist"),
    ],
)
def test_a_rule_that_svcc_does_not_write_stops_the_walk(rule, why):
    with pytest.raises(UnknownRule, match=why):
        walked([JUMP, f"nat: SVCC-A {rule}"])


def test_a_strange_rule_beside_the_way_does_not_matter():
    rules = [JUMP, f"nat: SVCC-A {TO_1}", "nat: SVCC-STRANGE -m limit --limit 1/sec -j RETURN"]
    assert {dnat(): ONE} == walked(rules).outcomes
