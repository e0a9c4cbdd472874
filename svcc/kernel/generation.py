"""Ask nf_tables for the generation of its rules: a number that every change of this network namespace's rules raises by one.

    current()  ->  4          after one more transaction, of anybody: 5; None on a kernel without nf_tables

Only changes count: a transaction that changes nothing leaves the number as it is, packets and listings never raise it (measured
on Linux 6.18). So what was read at a generation is what the kernel holds for as long as the generation stays.
"""

import socket
import struct

_NETFILTER = 12
_GET_GENERATION = 10 << 8 | 16
"""NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN."""
_HEADER = struct.Struct("=IHHII")
_NETFILTER_HEADER = struct.Struct("=BBH")
_ATTRIBUTE = struct.Struct("=HH")
_ID = 1
_SECONDS = 5.0


def current() -> int | None:
    """Return the generation of this network namespace, or None when the kernel does not tell."""
    size = _HEADER.size + _NETFILTER_HEADER.size
    request = _HEADER.pack(size, _GET_GENERATION, 1, 1, 0) + _NETFILTER_HEADER.pack(0, 0, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETFILTER) as netlink:
            netlink.settimeout(_SECONDS)
            netlink.send(request)
            return _read(netlink.recv(4096))
    except OSError:
        return None


def _read(answer: bytes) -> int | None:
    length, kind, *_ = _HEADER.unpack_from(answer)
    if kind >> 8 != _GET_GENERATION >> 8:
        return None
    at = _HEADER.size + _NETFILTER_HEADER.size
    while at + _ATTRIBUTE.size <= min(length, len(answer)):
        size, name = _ATTRIBUTE.unpack_from(answer, at)
        if name == _ID:
            return int.from_bytes(answer[at + _ATTRIBUTE.size : at + size], "big")
        at += max((size + 3) & ~3, _ATTRIBUTE.size)
    return None
