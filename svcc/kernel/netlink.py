"""The little of netfilter's netlink that we speak ourselves: a request, its answers, their attributes.

    for family, body in dump(TABLES << 8 | 1):     one message a table
        dict(attributes(body))[1]                  b"svcc" and a zero

Requests that nft would answer in ten milliseconds take one here, and need no nft.
"""

import socket
import struct
from collections.abc import Iterator

NETFILTER = 12
TABLES = 10
"""NFNL_SUBSYS_NFTABLES."""
HEADER = struct.Struct("=IHHII")
NETFILTER_HEADER = struct.Struct("=BBH")
ATTRIBUTE = struct.Struct("=HH")
REQUEST, DUMP = 0x1, 0x300
ERROR, DONE = 2, 3
_SECONDS = 5.0
_BUFFER = 1 << 16


def connected() -> socket.socket:
    """Return a socket to netfilter that does not wait for ever."""
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETFILTER)
    netlink.settimeout(_SECONDS)
    return netlink


def message(kind: int, flags: int, head: tuple[int, int, int] = (0, 0, 0), body: bytes = b"") -> bytes:
    """Return one message; `head` is family, version and resource."""
    size = HEADER.size + NETFILTER_HEADER.size + len(body)
    return HEADER.pack(size, kind, flags, 1, 0) + NETFILTER_HEADER.pack(*head) + body


def dump(kind: int) -> Iterator[tuple[int, bytes]]:
    """Yield family and attributes of every object of a kind.

    Raises:
        OSError: the kernel does not tell.
    """
    with connected() as netlink:
        netlink.send(message(kind, REQUEST | DUMP))
        while True:
            for answered, content in _messages(netlink.recv(_BUFFER)):
                if answered == DONE:
                    return
                if answered == ERROR:
                    (error,) = struct.unpack_from("=i", content)
                    raise OSError(-error, "netlink")
                yield content[0], content[NETFILTER_HEADER.size :]


def _messages(answer: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + HEADER.size <= len(answer):
        length, kind, *_ = HEADER.unpack_from(answer, at)
        yield kind, answer[at + HEADER.size : at + length]
        at += max((length + 3) & ~3, HEADER.size)


def attributes(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and value of each attribute."""
    at = 0
    while at + ATTRIBUTE.size <= len(body):
        size, number = ATTRIBUTE.unpack_from(body, at)
        yield number, body[at + ATTRIBUTE.size : at + size]
        at += max((size + 3) & ~3, ATTRIBUTE.size)
