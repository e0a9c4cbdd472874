"""Ask nf_tables for the generation of its rules: a number that every change of this network namespace's rules raises by one.

    current()  ->  4          after one more transaction, of anybody: 5; None on a kernel without nf_tables

Only changes count: a transaction that changes nothing leaves the number as it is, packets and listings never raise it (measured
on Linux 6.18). So what was read at a generation is what the kernel holds for as long as the generation stays.
"""

import socket
import struct

NETFILTER = 12
_GET_GENERATION = 10 << 8 | 16
"""NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN."""
HEADER = struct.Struct("=IHHII")
NETFILTER_HEADER = struct.Struct("=BBH")
ATTRIBUTE = struct.Struct("=HH")
_ID = 1
SECONDS = 5.0


def current() -> int | None:
    """Return the generation of this network namespace, or None when the kernel does not tell."""
    size = HEADER.size + NETFILTER_HEADER.size
    request = HEADER.pack(size, _GET_GENERATION, 1, 1, 0) + NETFILTER_HEADER.pack(0, 0, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETFILTER) as netlink:
            netlink.settimeout(SECONDS)
            netlink.send(request)
            return _read(netlink.recv(4096))
    except OSError:
        return None


def _read(answer: bytes) -> int | None:
    length, kind, *_ = HEADER.unpack_from(answer)
    if kind >> 8 != _GET_GENERATION >> 8:
        return None
    at = HEADER.size + NETFILTER_HEADER.size
    while at + ATTRIBUTE.size <= min(length, len(answer)):
        size, name = ATTRIBUTE.unpack_from(answer, at)
        if name == _ID:
            return int.from_bytes(answer[at + ATTRIBUTE.size : at + size], "big")
        at += max((size + 3) & ~3, ATTRIBUTE.size)
    return None
