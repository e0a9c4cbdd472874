"""Servers that say who they are and whom they see, in any namespaces, all in one thread.

    with Servers(lab, [Listen("p1", 8080), Listen("world", 80)]):
        … a client that connects to p1:8080 from 198.18.0.2 reads
        {"address": "10.128.7.21", "port": 8080, "client": "198.18.0.2"}

Each `Listen` is a port on every address of a namespace, TCP and UDP, IPv4 and IPv6. A server names the address that the
client reached, so one namespace may stand for several pods. The namespace `world` answers for addresses that it does not
have; its sockets are transparent for that.
"""

import contextlib
import json
import selectors
import socket
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import NamedTuple, Self

from tests.lab.namespaces import Lab

IP_TRANSPARENT = 19
IP_PKTINFO = 8
IPV6_TRANSPARENT = 75
IPV6_RECVPKTINFO = 49
IPV6_PKTINFO = 50
_BACKLOG = 1024
_SECONDS = 5


class Listen(NamedTuple):
    """One port on all addresses of a namespace."""

    namespace: str
    port: int


class Servers:
    """All servers of a lab; they answer between entry and exit."""

    def __init__(self, lab: Lab, listen: Iterable[Listen]) -> None:
        self._lab = lab
        self._listen = tuple(listen)
        self._selector = selectors.DefaultSelector()
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="lab servers", daemon=True)

    def __enter__(self) -> Self:
        for family in (socket.AF_INET, socket.AF_INET6):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                for one in self._listen:
                    self._selector.register(_bound(self._lab, one, family, kind), selectors.EVENT_READ)
        self._selector.register(self._stopped, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.send(b"x")
        self._thread.join(_SECONDS)
        for key in tuple(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()
        self._stop.close()

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                waiting = key.fileobj
                if waiting is self._stopped:
                    return
                with contextlib.suppress(OSError):
                    if waiting.type == socket.SOCK_STREAM:  # type: ignore[union-attr]
                        _accept(waiting)  # type: ignore[arg-type]
                    else:
                        _reply(waiting)  # type: ignore[arg-type]


def _bound(lab: Lab, listen: Listen, family: int, kind: int) -> socket.socket:
    made = lab.socket(listen.namespace, family, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.setsockopt(socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
    else:
        made.setsockopt(socket.IPPROTO_IP, IP_TRANSPARENT, 1)
    made.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", listen.port))
    if kind == socket.SOCK_STREAM:
        made.listen(_BACKLOG)
    elif family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
    else:
        made.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    made.setblocking(False)  # noqa: FBT003 - the standard library has no keyword for it
    return made


def _words(address: str, port: int, client: str) -> bytes:
    return json.dumps({"address": address, "port": port, "client": client}).encode()


def _accept(listening: socket.socket) -> None:
    while True:
        try:
            connection, client = listening.accept()
        except BlockingIOError:
            return
        with connection, contextlib.suppress(OSError):
            address, port = connection.getsockname()[:2]
            connection.sendall(_words(address, port, client[0]))


def _reply(listening: socket.socket) -> None:
    while True:
        try:
            _, attached, _, client = listening.recvmsg(64, socket.CMSG_SPACE(64))
        except BlockingIOError:
            return
        level, kind, reached = next(one for one in attached if one[1] in {IP_PKTINFO, IPV6_PKTINFO})
        # The answer must leave from the address that was asked; the interface is left to the routes.
        if kind == IPV6_PKTINFO:
            address, back = socket.inet_ntop(socket.AF_INET6, reached[:16]), reached[:16] + bytes(4)
        else:
            address, back = socket.inet_ntop(socket.AF_INET, reached[8:12]), bytes(4) + reached[8:12] + bytes(4)
        said = _words(address, listening.getsockname()[1], client[0])
        listening.sendmsg([said], [(level, kind, back)], 0, client)
