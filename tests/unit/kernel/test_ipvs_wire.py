"""Messages to ip_vs, held against the numbers of linux/ip_vs.h, and read back as the kernel tells them."""

import pytest

from svcc.emit.ipvs.operation import Operation, Verb
from svcc.emit.ipvs.ruleset import FORWARDING, Real, RealKey, Virtual, VirtualKey
from svcc.kernel import ipvs_wire as wire
from svcc.kernel.netlink import attribute, attributes
from svcc.net import Address, Protocol

AT = VirtualKey(Address("10.96.0.10"), Protocol.TCP, 80)
SIX = VirtualKey(Address("fd00:96::10"), Protocol.UDP, 53)
TO = RealKey(Address("10.128.7.21"), 8080)
COUNTS = b"".join(attribute(number, (3 + number).to_bytes(4, "little")) for number in (7, 8))


def sent(operation):
    """Return the command, and the attributes of what it is about."""
    command, content = wire.packed(operation)
    return command, {number & 0x3FFF: held for number, held in attributes(content)}


@pytest.mark.parametrize(
    ("verb", "to", "command"),
    [
        (Verb.ADD, None, 1),
        (Verb.SET, None, 2),
        (Verb.DELETE, None, 3),
        (Verb.ADD, TO, 5),
        (Verb.SET, TO, 6),
        (Verb.DELETE, TO, 7),
    ],
)
def test_each_operation_has_its_command(verb, to, command):
    assert command == wire.packed(Operation(verb, AT, to, Virtual("rr"), Real()))[0]


def test_a_virtual_server_is_packed_as_the_kernel_wants_it():
    told = dict(attributes(sent(Operation(Verb.ADD, AT, virtual=Virtual("wrr", ("ops",), 60)))[1][wire.SERVICE]))
    assert {1: b"\2\0", 2: b"\6\0", 4: b"\0\x50", 9: b"\xff\xff\xff\xff"} == {key: told[key] for key in (1, 2, 4, 9)}
    assert bytes([10, 96, 0, 10]) + bytes(12) == told[3]
    assert b"wrr" == told[6].rstrip(b"\0")
    assert (0x5, 60) == (int.from_bytes(told[7][:4], "little"), int.from_bytes(told[8], "little"))


def test_persistence_over_ipv6_is_of_the_whole_address():
    told = dict(attributes(sent(Operation(Verb.ADD, SIX, virtual=Virtual("rr", (), 60)))[1][wire.SERVICE]))
    assert 128 == int.from_bytes(told[9], "little")


@pytest.mark.parametrize("at", [AT, SIX])
@pytest.mark.parametrize(
    "virtual",
    [
        Virtual("rr"),
        Virtual("sh", ("sh-fallback", "sh-port")),
        Virtual("mh", ("mh-port", "ops"), 10800),
        Virtual("wlc", (), 1),
    ],
)
def test_a_virtual_server_is_read_back_as_it_was_told(at, virtual):
    assert (at, virtual) == wire.virtual_of(sent(Operation(Verb.ADD, at, virtual=virtual))[1][wire.SERVICE])


@pytest.mark.parametrize("forwarding", FORWARDING)
def test_a_real_server_is_read_back_with_its_connections(forwarding):
    real = Real(3, forwarding, 100, 200)
    content = sent(Operation(Verb.ADD, AT, TO, real=real))[1][wire.DESTINATION]
    assert (TO, real, 21) == wire.real_of(content + COUNTS, AT)


def test_a_virtual_server_by_firewall_mark_is_none_of_ours():
    assert wire.virtual_of(attribute(5, b"\7\0\0\0")) is None


@pytest.mark.parametrize("flag", [0, 0x8000])
def test_what_a_virtual_server_has_counted_is_read_from_the_numbers_of_64_bits(flag):
    short = b"".join(attribute(number, number.to_bytes(4, "little")) for number in range(1, 11))
    long = b"".join(attribute(number, (100 + number).to_bytes(8, "little")) for number in range(1, 11))
    told = attribute(1, b"\2\0") + attribute(10, short) + attribute(12 | flag, long)
    assert (101, 102, 103, 104, 105) == wire.statistics_of(told)
    assert () == wire.statistics_of(attribute(1, b"\2\0") + attribute(10, short))
