"""Send requests from inside of namespaces, many at once, and say what became of each.

    ask(lab, Request("c", "198.18.0.2", "10.96.0.10", 80))
      ->  Answer(address="10.128.7.21", port=8080, client="172.20.5.11")     the backend, and the client address that it saw
      or  Silence.REFUSED, Silence.DROPPED (nothing within the timeout), Silence.UNREACHABLE

Facts (Linux 6.18): over veth an ICMP error arrives inside `connect()`, where TCP only remembers it and tries again after a
second; with IP_RECVERR it also stands in the socket's error queue, at once. A datagram that OUTPUT drops or refuses fails
with EPERM; a refusal is then in the error queue, a drop is not. Connections end with a reset, so no TIME_WAIT stays behind.
"""

import contextlib
import errno
import json
import selectors
import socket
import struct
import time
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from tests.lab.namespaces import Lab

IP_RECVERR = 11
IPV6_RECVERR = 25
KINDS = {
    "TCP": (socket.SOCK_STREAM, socket.IPPROTO_TCP),
    "UDP": (socket.SOCK_DGRAM, socket.IPPROTO_UDP),
    "SCTP": (socket.SOCK_STREAM, socket.IPPROTO_SCTP),
}
"""What socket(2) calls the protocols."""
DATAGRAMS = range(10000, 30000)
"""Ports that datagrams are sent from, one after the other, where what the kernel remembers of one must not decide; no server has one of them."""
AT_ONCE = 256
"""Requests under way at the same time."""

_RESET = struct.pack("ii", 1, 0)
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EINVAL, errno.EADDRNOTAVAIL}


class Request(NamedTuple):
    """One connection to make: from where, to where. `protocol` is TCP, UDP, or SCTP where the kernel has it."""

    namespace: str
    source: str
    to: str
    port: int
    protocol: str = "TCP"
    own_port: int = 0
    """The port that it comes from; 0 leaves it to the kernel."""


class Answer(NamedTuple):
    """Who answered, and which client address it saw."""

    address: str
    port: int
    client: str


class Silence(Enum):
    """What became of a request that nobody answered."""

    REFUSED = "refused"
    DROPPED = "dropped"
    UNREACHABLE = "unreachable"


Result = Answer | Silence


def ask(lab: Lab, request: Request, timeout: float = 1.0) -> Result:
    """Send one request and return what became of it."""
    return ask_all(lab, [request], timeout)[0]


def ask_all(lab: Lab, requests: Iterable[Request], timeout: float = 1.0) -> list[Result]:
    """Send many requests, a few hundred at once, and return what became of each, in order.

    Those of one namespace leave in the order in which they are given.
    """
    wanted = tuple(requests)
    results: list[Result] = [Silence.DROPPED] * len(wanted)
    by_namespace = sorted(range(len(wanted)), key=lambda index: wanted[index].namespace)
    with selectors.DefaultSelector() as selector:
        for start in range(0, len(by_namespace), AT_ONCE):
            for index in by_namespace[start : start + AT_ONCE]:
                opened = open_request(lab, wanted[index])
                if isinstance(opened, Silence):
                    results[index] = opened
                else:
                    selector.register(opened, selectors.EVENT_READ, index)
            _hear_all(selector, results, timeout)
    return results


def _hear_all(selector: selectors.BaseSelector, results: list[Result], timeout: float) -> None:
    """Note what becomes of the requests under way; those that are left when the time is over got no answer."""
    waiting, until = len(selector.get_map()), time.monotonic() + timeout
    while waiting and (left := until - time.monotonic()) > 0:
        for key, _ in selector.select(left):
            opened: socket.socket = key.fileobj  # type: ignore[assignment]
            result = heard(opened)
            if result is not None:
                results[key.data] = result
                _close(selector, opened)
                waiting -= 1
    for key in tuple(selector.get_map().values()):
        _close(selector, key.fileobj)  # type: ignore[arg-type]


def _close(selector: selectors.BaseSelector, opened: socket.socket) -> None:
    selector.unregister(opened)
    opened.close()


def open_request(lab: Lab, request: Request) -> "socket.socket | Silence":
    """Return a socket on which a request is under way, or why there is none."""
    family = socket.AF_INET6 if ":" in request.to else socket.AF_INET
    kind, protocol = KINDS[request.protocol]
    made = lab.socket(request.namespace, family, kind, protocol)
    made.setblocking(False)  # noqa: FBT003 - the standard library has no keyword for it
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    else:
        made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    if kind == socket.SOCK_STREAM:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    try:
        made.bind((request.source, request.own_port))
        made.connect((request.to, request.port))
        if kind == socket.SOCK_DGRAM:
            made.send(b"?")
    except BlockingIOError:
        return made
    except PermissionError:
        return made
    except OSError as error:
        made.close()
        return _silence(error.errno)
    return made


def heard(opened: socket.socket) -> Result | None:
    """Return what a ready socket of a request has to say, or None when that is nothing yet."""
    with contextlib.suppress(BlockingIOError, OSError):
        attached = opened.recvmsg(64, 512, socket.MSG_ERRQUEUE)[1]
        for level, kind, told in attached:
            if (level, kind) in {(socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)}:
                return _silence(struct.unpack_from("I", told)[0])
    try:
        said = opened.recv(512)
    except (BlockingIOError, PermissionError):
        return None
    except OSError as error:
        return _silence(error.errno)
    return Answer(**json.loads(said)) if said else Silence.REFUSED


def _silence(number: int | None) -> Silence:
    if number == errno.ECONNREFUSED:
        return Silence.REFUSED
    if number in _UNREACHABLE:
        return Silence.UNREACHABLE
    if number in {errno.EPERM, errno.ETIMEDOUT}:
        return Silence.DROPPED
    raise OSError(number, f"unexpected error {number} of a request")
