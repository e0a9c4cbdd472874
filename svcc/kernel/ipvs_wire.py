"""The messages of ip_vs, packed and read: generic netlink family IPVS, version 1.

    packed(Operation(ADD, 10.96.0.10:80/TCP, virtual=Virtual("rr")))   ->   (1, b"…")     command and content
    virtual_of(attributes), real_of(attributes)                        ->   the same values, as the kernel tells them

Numbers are those of linux/ip_vs.h. Ports are in network order, all else in the machine's; an address fills 16 bytes whatever its family.
The netmask of persistence is an address for IPv4 and a length for IPv6, where 128 has to be said. A command that sets a server sets all of
it, so everything is always sent. Thousands of messages are packed for one apply, so each kind is one `struct`.
"""

import socket
import struct
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from svcc.emit.ipvs.operation import Operation, Verb
from svcc.emit.ipvs.ruleset import DR, MASQ, TUN, Real, RealKey, Virtual, VirtualKey
from svcc.net import Address, Protocol

FAMILY, VERSION = "IPVS", 1
GET_SERVICE, GET_DESTINATION, SET_CONFIG, GET_CONFIG = 4, 8, 12, 13
_COMMANDS = {
    (Verb.ADD, False): 1,
    (Verb.SET, False): 2,
    (Verb.DELETE, False): 3,
    (Verb.ADD, True): 5,
    (Verb.SET, True): 6,
    (Verb.DELETE, True): 7,
}
SERVICE, DESTINATION = 1, 2
TIMEOUTS = (4, 5, 6)
"""Attributes of the configuration: TCP, TCP after a FIN, UDP."""
_NESTED = 0x8000
_PERSISTENT, _ONE_PACKET = 0x1, 0x4
_FLAGS = {"sh-fallback": 0x8, "sh-port": 0x10, "mh-fallback": 0x8, "mh-port": 0x10, "ops": _ONE_PACKET}
_KNOWN_FLAGS = _PERSISTENT | _ONE_PACKET | 0x8 | 0x10 | 0x20
_PROTOCOLS = {Protocol.TCP: socket.IPPROTO_TCP, Protocol.UDP: socket.IPPROTO_UDP, Protocol.SCTP: socket.IPPROTO_SCTP}
_BY_NUMBER = {number: protocol for protocol, number in _PROTOCOLS.items()}
_FORWARDING = {MASQ: 0, TUN: 2, DR: 3}
_BY_FORWARDING = {0: MASQ, 1: MASQ, 2: TUN, 3: DR}
"""A real server on this very node is told as 1."""
_FORWARDING_MASK = 0x7
_ALONE: dict[int, bytes] = {socket.AF_INET: b"\xff\xff\xff\xff", socket.AF_INET6: (128).to_bytes(4, sys.byteorder)}
_ORDER = sys.byteorder

_KEY = struct.Struct("=HHHxxHHHxxHH16sHH2sxx")
"""Family, protocol, address, port: attributes 1 to 4."""
_SCHEDULER = 16
_VIRTUAL = struct.Struct(f"=HH{_SCHEDULER}sHHIIHHIHH4s")
"""Scheduler, flags with their mask, timeout, netmask: attributes 6 to 9."""
_REAL = struct.Struct("=HH16sHH2sxxHHIHHIHHIHHIHHHxx")
"""Address, port, forwarding, weight, upper and lower threshold, family: attributes 1 to 6 and 11."""
_NEST = struct.Struct("=HH")


def packed(one: Operation) -> tuple[int, bytes]:
    """Return command and content of an operation."""
    key = key_of(one.at)
    command = _COMMANDS[one.verb, one.to is not None]
    if one.to is None:
        return command, _nested(SERVICE, key if one.virtual is None else key + _virtual(one.at, one.virtual))
    return command, _nested(SERVICE, key) + _nested(DESTINATION, _real(one.to, one.real or Real()))


def asked(at: VirtualKey) -> bytes:
    """Return the content of a question about one virtual server."""
    return _nested(SERVICE, key_of(at))


@lru_cache(maxsize=64)
def key_of(at: VirtualKey) -> bytes:
    """Return how a virtual server is named."""
    family = _family(at.address)
    return _KEY.pack(
        6, 1, family, 6, 2, _PROTOCOLS[at.protocol], 20, 3, socket.inet_pton(family, at.address), 6, 4, _port(at.port)
    )  # fmt: skip


def _virtual(at: VirtualKey, one: Virtual) -> bytes:
    flags = sum({_FLAGS[flag] for flag in one.flags}) | (_PERSISTENT if one.persistence is not None else 0)
    return _VIRTUAL.pack(
        4 + _SCHEDULER, 6, one.scheduler.encode(), 12, 7, flags, _KNOWN_FLAGS,
        8, 8, one.persistence or 0, 8, 9, _ALONE[_family(at.address)],
    )  # fmt: skip


def _real(to: RealKey, one: Real) -> bytes:
    family = _family(to.address)
    return _REAL.pack(
        20, 1, socket.inet_pton(family, to.address), 6, 2, _port(to.port), 8, 3, _FORWARDING[one.forwarding],
        8, 4, one.weight, 8, 5, one.upper, 8, 6, one.lower, 6, 11, family,
    )  # fmt: skip


def _nested(number: int, content: bytes) -> bytes:
    return _NEST.pack(_NEST.size + len(content), number | _NESTED) + content


def _family(address: Address) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _port(port: int) -> bytes:
    return port.to_bytes(2, "big")


def virtual_of(content: bytes) -> tuple[VirtualKey, Virtual] | None:
    """Return a virtual server from what the kernel tells; None for one by firewall mark, which svcc never makes.

    It starts as what names it does; thousands are read at once, so what comes behind the time-out, statistics, is not looked at.
    """
    if len(content) < _KEY.size or content[_SECOND : _SECOND + 2] != _PROTOCOL_NUMBER:
        return None
    _, _, family, _, _, protocol, _, _, address, _, _, port = _KEY.unpack_from(content)
    at = VirtualKey(_address(family, address), _BY_NUMBER[protocol], int.from_bytes(port, "big"))
    name, flags, seconds = b"", 0, 0
    for number, start, end in _placed(content, _KEY.size):
        if number == _NAME:
            name = content[start:end]
        elif number == _BITS:
            (flags,) = _INTEGER.unpack_from(content, start)
        elif number == _TIMEOUT:
            (seconds,) = _INTEGER.unpack_from(content, start)
            break
    return at, _virtual_of(name, flags, seconds)


def statistics_of(content: bytes) -> tuple[int, ...]:
    """Return what a virtual server has counted: connections, packets in and out, bytes in and out.

    Linux 4.1 and later tell numbers of 64 bits, which are looked for; older ones have none that do not run over.
    """
    told = next(
        (content[start:end] for number, start, end in _placed(content, 0) if number & ~_NESTED == _STATISTICS), b""
    )
    return tuple(
        int.from_bytes(told[start:end], _ORDER) for number, start, end in _placed(told, 0) if number in _TOTALS
    )


_STATISTICS, _TOTALS = 12, range(1, 6)
_SECOND = 10
"""Where the number of the second attribute stands."""
_PROTOCOL_NUMBER = (2).to_bytes(2, _ORDER)
_NAME, _BITS, _TIMEOUT = 6, 7, 8
_INTEGER = struct.Struct("=I")


@lru_cache(maxsize=1024)
def _virtual_of(name: bytes, flags: int, seconds: int) -> Virtual:
    scheduler = name.rstrip(b"\0").decode(errors="replace")
    words = sorted(
        word for word, bit in _FLAGS.items() if flags & bit and (word == "ops" or word.startswith(f"{scheduler}-"))
    )
    return Virtual(scheduler, tuple(words), seconds if flags & _PERSISTENT else None)


def real_of(content: bytes, at: VirtualKey) -> tuple[RealKey, Real, int]:
    """Return a real server of a virtual one, and how many connections it has, open or closing."""
    if content[_FAMILY_AT : _FAMILY_AT + _NEST.size] == _FAMILY_HEAD:
        address, port, forwarding, weight, upper, lower, active, closing, family = _REAL_TOLD.unpack_from(content)
    else:
        address, port, forwarding, weight, upper, lower, active, closing, family = _real_in_any_order(content)
    to = RealKey(_address(family or _family(at.address), address), int.from_bytes(port, "big"))
    return to, _real_of(forwarding, weight, upper, lower), active + closing


_REAL_TOLD = struct.Struct("=4x16s4x2s2x4xI4xI24x4xI4xI4xI4xI8x4xH2x")
"""A real server as Linux has told it since 5.3; thousands are read at once."""
_FAMILY_AT = _REAL_TOLD.size - 8
_FAMILY_HEAD = _NEST.pack(6, 11)


def _real_in_any_order(content: bytes) -> tuple[Any, ...]:
    _, _, address, _, _, port = _REAL_KEY.unpack_from(content)
    told = [0] * (_DEST_FAMILY + 1)
    for number, start, _ in _placed(content, _REAL_KEY.size):
        if number in _COUNTED:
            (told[number],) = _INTEGER.unpack_from(content, start)
        elif number == _DEST_FAMILY:
            (told[number],) = _SHORT.unpack_from(content, start)
    return address, port, *told[3:9], told[_DEST_FAMILY]


_REAL_KEY = struct.Struct("=HH16sHH2sxx")
_COUNTED = range(3, 9)
"""Forwarding, weight, upper and lower threshold, open and closing connections."""
_DEST_FAMILY = 11
_SHORT = struct.Struct("=H")


@lru_cache(maxsize=4096)
def _real_of(forwarding: int, weight: int, upper: int, lower: int) -> Real:
    return Real(weight, _BY_FORWARDING.get(forwarding & _FORWARDING_MASK, MASQ), lower, upper)


def _placed(content: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield number, start and end of the value of each attribute from a place on."""
    end = len(content)
    while at + _NEST.size <= end:
        size, number = _NEST.unpack_from(content, at)
        yield number, at + _NEST.size, at + size
        at += max((size + 3) & ~3, _NEST.size)


def within(content: bytes) -> bytes:
    """Return what is in the only attribute of an answer."""
    return content[_NEST.size :]


def _address(family: int, packed_address: bytes) -> Address:
    size = 4 if family == socket.AF_INET else 16
    return Address(socket.inet_ntop(family, packed_address[:size]))
