"""Every shape of rule prints as iptables-save prints it, and is read back as the same value."""

from fractions import Fraction

import pytest

from svcc.emit.iptables.match import (
    SELF_TALK,
    Chance,
    Comment,
    Destination,
    InInterface,
    LocalType,
    MarkIs,
    Ports,
    Proto,
    Remember,
    Remembered,
    SelfTalk,
    Source,
    Translated,
    print_probability,
    read_probability,
)
from svcc.emit.iptables.read import parse_rule
from svcc.emit.iptables.rule import (
    Discard,
    DnatTo,
    Goto,
    Jump,
    Masquerade,
    Refuse,
    Return,
    Rule,
    SetMark,
)
from svcc.net import Family, Protocol
from tests.support import addresses, networks

FOUR, SIX = Family.IPV4, Family.IPV6
TCP, UDP, SCTP = Protocol
(POD_NET,), (POD_NET6,) = networks("10.128.0.0/14"), networks("fd00:10::/48")
(HOST,), (HOST6,) = networks("10.96.0.10/32"), networks("fd00:96::10/128")
(POD,), (POD6,) = addresses("10.1.2.3"), addresses("fd00::1")
MASK6 = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

# The canonical forms, as measured with iptables 1.8.9 on both backends.
SHAPES = [
    (FOUR, Rule((), Jump("SVCC-A")), "-j SVCC-A"),
    (FOUR, Rule((), Goto("SVCC-A")), "-g SVCC-A"),
    (FOUR, Rule((), Return()), "-j RETURN"),
    (FOUR, Rule((), Discard()), "-j DROP"),
    (FOUR, Rule((), Masquerade()), "-j MASQUERADE --random-fully"),
    (FOUR, Rule((), Refuse()), "-j REJECT --reject-with icmp-port-unreachable"),
    (SIX, Rule((), Refuse()), "-j REJECT --reject-with icmp6-port-unreachable"),
    (FOUR, Rule((), SetMark(0x4000, 0x4000)), "-j MARK --set-xmark 0x4000/0x4000"),
    (FOUR, Rule((), SetMark(0, 0x4000)), "-j MARK --set-xmark 0x0/0x4000"),
    (FOUR, Rule((), SetMark(1 << 31, 1 << 31)), "-j MARK --set-xmark 0x80000000/0x80000000"),
    (FOUR, Rule((Proto(TCP),), DnatTo(POD, 80)), "-p tcp -j DNAT --to-destination 10.1.2.3:80"),
    (SIX, Rule((Proto(UDP),), DnatTo(POD6, 53)), "-p udp -j DNAT --to-destination [fd00::1]:53"),
    (FOUR, Rule((Source(POD_NET),), Return()), "-s 10.128.0.0/14 -j RETURN"),
    (FOUR, Rule((Source(POD_NET, negated=True),), Return()), "! -s 10.128.0.0/14 -j RETURN"),
    (SIX, Rule((Source(POD_NET6, negated=True),), Return()), "! -s fd00:10::/48 -j RETURN"),
    (FOUR, Rule((Destination(HOST),), Return()), "-d 10.96.0.10/32 -j RETURN"),
    (SIX, Rule((Destination(HOST6, negated=True),), Return()), "! -d fd00:96::10/128 -j RETURN"),
    (FOUR, Rule((InInterface("cbr0"),), Return()), "-i cbr0 -j RETURN"),
    (FOUR, Rule((InInterface("veth+", negated=True),), Return()), "! -i veth+ -j RETURN"),
    (
        FOUR,
        Rule((Destination(HOST), Proto(SCTP), Ports(80, 80, SCTP)), Goto("SVCC-A")),
        "-d 10.96.0.10/32 -p sctp -m sctp --dport 80 -g SVCC-A",
    ),
    (
        FOUR,
        Rule((Proto(TCP), Ports(30000, 30015, TCP)), Goto("SVCC-A")),
        "-p tcp -m tcp --dport 30000:30015 -g SVCC-A",
    ),
    (FOUR, Rule((Comment("shop/cart:http"),), Return()), '-m comment --comment "shop/cart:http" -j RETURN'),
    (FOUR, Rule((Comment("two words"),), Return()), '-m comment --comment "two words" -j RETURN'),
    (FOUR, Rule((LocalType(source=True),), Return()), "-m addrtype --src-type LOCAL -j RETURN"),
    (FOUR, Rule((LocalType(source=False),), Return()), "-m addrtype --dst-type LOCAL -j RETURN"),
    (FOUR, Rule((MarkIs(0x8000, 0xC000),), Discard()), "-m mark --mark 0x8000/0xc000 -j DROP"),
    (FOUR, Rule((MarkIs(0, 0x8000),), Return()), "-m mark --mark 0x0/0x8000 -j RETURN"),
    (FOUR, Rule((Translated(),), Return()), "-m conntrack --ctstate DNAT -j RETURN"),
    (FOUR, Rule((SelfTalk(),), Return()), f'-m bpf --bytecode "{SELF_TALK[FOUR]}" -j RETURN'),
    (SIX, Rule((SelfTalk(),), Return()), f'-m bpf --bytecode "{SELF_TALK[SIX]}" -j RETURN'),
    (
        FOUR,
        Rule((Chance(Fraction(1, 3)),), Return()),
        "-m statistic --mode random --probability 0.33333333349 -j RETURN",
    ),
    (
        FOUR,
        Rule((Remembered("SVCC-SEP-X", 10800),), Return()),
        "-m recent --update --seconds 10800 --reap --name SVCC-SEP-X --mask 255.255.255.255 --rsource -j RETURN",
    ),
    (
        SIX,
        Rule((Remembered("SVCC-SEP-X", 60),), Return()),
        f"-m recent --update --seconds 60 --reap --name SVCC-SEP-X --mask {MASK6} --rsource -j RETURN",
    ),
    (
        FOUR,
        Rule((Remember("SVCC-SEP-X"),), Return()),
        "-m recent --set --name SVCC-SEP-X --mask 255.255.255.255 --rsource -j RETURN",
    ),
    (SIX, Rule((Remember("N"),), Return()), f"-m recent --set --name N --mask {MASK6} --rsource -j RETURN"),
]


@pytest.mark.parametrize(("family", "rule", "text"), SHAPES, ids=[text for _, _, text in SHAPES])
def test_a_rule_prints_its_canonical_text_and_is_read_back(family, rule, text):
    assert text == rule.print(family)
    assert rule == parse_rule(text, family)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-j",
        "-s 10.0.0.0/8",
        "-s 10.0.0.1/8 -j RETURN",
        "-j RETURN now",
        "-j MASQUERADE",
        "-j REJECT --reject-with tcp-reset",
        "-j MARK --or-mark 0x1",
        "-j DNAT --to-destination 10.1.2.3",
        "-j DNAT --to-destination 10.1.2.3:80-90",
        "-p icmp -j RETURN",
        "! -p tcp -j RETURN",
        "-m tcp --dport 80 -j RETURN",
        "-p udp -m tcp --dport 80 -j RETURN",
        "-p tcp -m tcp --sport 80 -j RETURN",
        "-m mark ! --mark 0x1/0x1 -j RETURN",
        "-m addrtype --dst-type BROADCAST -j RETURN",
        "-m conntrack --ctstate NEW -j RETURN",
        '-m bpf --bytecode "1,6 0 0 0" -j RETURN',
        "-m statistic --mode nth --every 2 -j RETURN",
        "-m recent --rcheck --name N --mask 255.255.255.255 --rsource -j RETURN",
        f"-m recent --set --name N --mask {MASK6} --rsource -j RETURN",
        "-m limit --limit 1/sec -j RETURN",
        "-o eth0 -j RETURN",
    ],
)
def test_a_rule_that_svcc_never_writes_is_not_read(text):
    with pytest.raises(ValueError, match="not a rule that svcc writes"):
        parse_rule(text, FOUR)


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [(1, 2, "0.50000000000"), (1, 3, "0.33333333349"), (2, 3, "0.66666666651"), (1, 30000, "0.00003333343")],
)
def test_a_probability_is_a_multiple_of_the_kernels_step(numerator, denominator, text):
    assert text == print_probability(Fraction(numerator, denominator))


@pytest.mark.parametrize("denominator", [2, 3, 7, 10, 997, 29989, 29999, 30000])
def test_a_printed_probability_is_read_back_as_the_same_fraction(denominator):
    for numerator in {1, 2, denominator // 2, denominator - 1}:
        share = Fraction(numerator, denominator)
        assert share == read_probability(print_probability(share))
