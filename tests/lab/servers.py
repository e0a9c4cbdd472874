"""Servers that say who they are and whom they see, in any namespaces, all in one thread.

    with Servers(lab, [Listen("p1", 8080), Listen("world", 80)]):
        … a client that connects to p1:8080 from 198.18.0.2 reads
        {"address": "10.128.7.21", "port": 8080, "client": "198.18.0.2"}

Each `Listen` is a port on every address of a namespace, TCP and UDP, IPv4 and IPv6. A server names the address that the
client reached, so one namespace may stand for several pods. The namespace `world` answers for addresses that it does not
have; its sockets are transparent for that.

A server says its words and ends the connection; one that keeps connections says them again whenever it is sent something. SCTP,
where the kernel has it, is bound to single addresses: a server on all of them would tell each to its clients, past any NAT.
"""

import contextlib
import json
import selectors
import socket
import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import NamedTuple, Self

from tests.lab.namespaces import Lab
from tests.lab.requests import KINDS

IP_TRANSPARENT = 19
IP_PKTINFO = 8
IPV6_TRANSPARENT = 75
IPV6_RECVPKTINFO = 49
IPV6_PKTINFO = 50
_BACKLOG = 1024
_SECONDS = 5


class Listen(NamedTuple):
    """One port on all addresses of a namespace. `keep`: its connections stay until the client ends them."""

    namespace: str
    port: int
    keep: bool = False


class Servers:
    """All servers of a lab; they answer between entry and exit."""

    def __init__(self, lab: Lab, listen: Iterable[Listen], *, sctp: bool = False) -> None:
        self._lab = lab
        self._listen = tuple(listen)
        self._sctp = sctp
        self._selector = selectors.DefaultSelector()
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="lab servers", daemon=True)

    def __enter__(self) -> Self:
        for one in self._listen:
            for address in ("0.0.0.0", "::"):
                self._register(_bound(self._lab, one, address, "TCP"), one)
                self._register(_bound(self._lab, one, address, "UDP"), one)
            for address in self._lab.layout.hosts.get(one.namespace, ()) if self._sctp else ():
                self._register(_bound(self._lab, one, address, "SCTP"), one)
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

    def _register(self, waiting: socket.socket, of: Listen | bytes) -> None:
        self._selector.register(waiting, selectors.EVENT_READ, of)

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._stopped:
                    return
                self._hear(key.fileobj, key.data)  # type: ignore[arg-type]

    def _hear(self, waiting: socket.socket, of: Listen | bytes) -> None:
        """Answer on a socket that has something to read; a connection that is kept comes with its words."""
        with contextlib.suppress(OSError):
            if isinstance(of, bytes):
                _say_again(waiting, of)
            elif waiting.type == socket.SOCK_DGRAM:
                _reply(waiting)
            else:
                for connection, words in _accepted(waiting):
                    if of.keep:
                        self._register(connection, words)
                    else:
                        connection.close()
            return
        if isinstance(of, bytes):
            self._selector.unregister(waiting)
            waiting.close()


def _bound(lab: Lab, listen: Listen, address: str, protocol: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind, number = KINDS[protocol]
    made = lab.socket(listen.namespace, family, kind, number)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.setsockopt(socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
    else:
        made.setsockopt(socket.IPPROTO_IP, IP_TRANSPARENT, 1)
    made.bind((address, listen.port))
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


def _accepted(listening: socket.socket) -> Iterator[tuple[socket.socket, bytes]]:
    """Yield the connections that wait, each told who we are."""
    while True:
        try:
            connection, client = listening.accept()
        except BlockingIOError:
            return
        try:
            address, port = connection.getsockname()[:2]
            words = _words(address, port, client[0])
            connection.sendall(words)
        except OSError:
            connection.close()
        else:
            yield connection, words


def _say_again(connection: socket.socket, words: bytes) -> None:
    """Say the words once more.

    Raises:
        ConnectionError: the client has ended the connection.
    """
    if not connection.recv(64):
        raise ConnectionResetError
    connection.sendall(words)


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
