"""The little of netlink that we speak ourselves: requests, their answers, their attributes.

    for family, body in dump(TABLES << 8 | 1):     one message a table of nf_tables
        dict(attributes(body))[1]                  b"svcc" and a zero

    tell(netlink, [(16, b"…"), (16, b"…")])        ->  {1: 17}       of two messages the second was refused, with errno 17

Requests that a tool would answer in ten milliseconds take one here, and need no tool. Where there is much to tell, hundreds of messages go
in one send: the kernel works them off in order, answers each that it refuses, and, since it is asked to, the last one whatever becomes of it.
"""

import contextlib
import socket
import struct
from collections.abc import Iterable, Iterator

ROUTE, NETFILTER, GENERIC = 0, 12, 16
TABLES = 10
"""NFNL_SUBSYS_NFTABLES."""
FLOWS = 1
"""NFNL_SUBSYS_CTNETLINK."""
NESTED = 0x8000
"""Set in the number of an attribute that holds attributes; a number is told without it."""
HEADER = struct.Struct("=IHHII")
NETFILTER_HEADER = struct.Struct("=BBH")
ATTRIBUTE = struct.Struct("=HH")
REQUEST, ACKNOWLEDGE, DUMP = 0x1, 0x4, 0x300
CREATE, EXCLUSIVE = 0x400, 0x200
ERROR, DONE = 2, 3
_MULTI = 0x2
_NUMBER = 0x3FFF
_PATIENCE = struct.pack("ll", 5, 0)
"""Seconds and microseconds that an answer may take."""
_BUFFER = 1 << 16
_AT_ONCE = 1 << 16
"""Bytes in one send."""
_SOL_NETLINK, _CAP_ACK, _BUFFER_FORCE = 270, 10, 33
_WAITING = 4 << 20
"""Bytes of answers that may wait: each of a whole batch can be refused."""


def connected(protocol: int = NETFILTER) -> socket.socket:
    """Return a socket to a part of the kernel that does not wait for ever; refusals do not repeat what was refused."""
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
    # By the kernel's own clock: with Python's every call would be two.
    netlink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _PATIENCE)
    netlink.setsockopt(_SOL_NETLINK, _CAP_ACK, 1)
    with contextlib.suppress(PermissionError):
        netlink.setsockopt(socket.SOL_SOCKET, _BUFFER_FORCE, _WAITING)
    return netlink


def message(kind: int, flags: int, head: tuple[int, int, int] = (0, 0, 0), body: bytes = b"") -> bytes:
    """Return one message; `head` is family, version and resource."""
    size = HEADER.size + NETFILTER_HEADER.size + len(body)
    return HEADER.pack(size, kind, flags, 1, 0) + NETFILTER_HEADER.pack(*head) + body


def dump(kind: int, family: int = 0, body: bytes = b"") -> Iterator[tuple[int, bytes]]:
    """Yield family and attributes of every object of a kind of netfilter's; of one family, and of those alone that `body` asks for.

    Raises:
        OSError: the kernel does not tell.
    """
    with connected() as netlink:
        for content in ask(netlink, kind, NETFILTER_HEADER.pack(family, 0, 0) + body):
            yield content[0], content[NETFILTER_HEADER.size :]


def ask(netlink: socket.socket, kind: int, content: bytes, flags: int = DUMP) -> list[bytes]:
    """Return every answer to a request, all at once.

    Raises:
        OSError: the kernel does not tell.
    """
    netlink.send(HEADER.pack(HEADER.size + len(content), kind, REQUEST | flags, 1, 0) + content)
    found: list[bytes] = []
    while True:
        for answered, told, _, held in _messages(netlink.recv(_BUFFER)):
            if answered == DONE:
                return found
            if answered == ERROR:
                (error,) = struct.unpack_from("=i", held)
                if error:
                    raise OSError(-error, "netlink")
                return found
            found.append(held)
            if not told & _MULTI:
                return found


def tell(netlink: socket.socket, messages: Iterable[tuple[int, int, bytes]]) -> dict[int, int]:
    """Send messages, each a kind, flags and content, hundreds at once; return the error number of each that was refused, by its place.

    Raises:
        OSError: the kernel does not answer.
    """
    refused: dict[int, int] = {}
    batch: list[tuple[int, int, bytes]] = []
    size = start = 0
    for one in messages:
        batch.append(one)
        size += HEADER.size + len(one[2])
        if size > _AT_ONCE:
            refused |= _told(netlink, batch, start)
            start, size, batch = start + len(batch), 0, []
    if batch:
        refused |= _told(netlink, batch, start)
    return refused


def _told(netlink: socket.socket, batch: list[tuple[int, int, bytes]], start: int) -> dict[int, int]:
    last = start + len(batch)
    packed = [
        HEADER.pack(HEADER.size + len(content), kind, REQUEST | flags, number, 0) + content
        for number, (kind, flags, content) in enumerate(batch[:-1], start + 1)
    ]
    kind, flags, content = batch[-1]
    packed.append(HEADER.pack(HEADER.size + len(content), kind, REQUEST | ACKNOWLEDGE | flags, last, 0) + content)
    netlink.send(b"".join(packed))
    refused: dict[int, int] = {}
    while True:
        for answer, _, number, told in _messages(netlink.recv(_BUFFER)):
            assert answer == ERROR, f"bug in svcc: netlink answered with a message of type {answer}"
            (error,) = struct.unpack_from("=i", told)
            if error:
                refused[number - 1] = -error
            if number == last:
                return refused


def _messages(answer: bytes) -> list[tuple[int, int, int, bytes]]:
    """Return kind, flags, number and content of each message; a list, since thousands of answers are read one after the other."""
    found = []
    at, end, size = 0, len(answer), HEADER.size
    while at + size <= end:
        length, kind, flags, number, _ = HEADER.unpack_from(answer, at)
        found.append((kind, flags, number, answer[at + size : at + length]))
        at += max((length + 3) & ~3, size)
    return found


def attributes(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and value of each attribute."""
    at = 0
    while at + ATTRIBUTE.size <= len(body):
        size, number = ATTRIBUTE.unpack_from(body, at)
        yield number & _NUMBER, body[at + ATTRIBUTE.size : at + size]
        at += max((size + 3) & ~3, ATTRIBUTE.size)


def attribute(number: int, value: bytes) -> bytes:
    """Return one attribute, padded."""
    return ATTRIBUTE.pack(ATTRIBUTE.size + len(value), number) + value + b"\0" * (-len(value) % 4)
