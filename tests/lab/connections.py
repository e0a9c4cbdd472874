"""Connections that stay open, to servers that keep them.

    with held(lab, Request("c", "198.18.0.2", "10.96.1.3", 80)) as connection:
        connection.answer         ->  Answer(address="10.128.7.21", …)       who took it
        connection.again()        ->  the same, for as long as the connection is there

A connection is made and its server known before the next one is, so what a scheduler sees is known as well.
"""

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.namespaces import Lab
from tests.lab.requests import KINDS, Answer, Request

_SECONDS = 20
_RESET = struct.pack("ii", 1, 0)


class Connection:
    """One connection; `answer` is what its server said first."""

    def __init__(self, lab: Lab, request: Request) -> None:
        family = socket.AF_INET6 if ":" in request.to else socket.AF_INET
        self._socket = lab.socket(request.namespace, family, *KINDS[request.protocol])
        self._socket.settimeout(_SECONDS)
        try:
            self._socket.bind((request.source, request.own_port))
            self._socket.connect((request.to, request.port))
            self.answer = self._heard() if request.protocol != "UDP" else self.again()
        except BaseException:
            self._socket.close()
            raise

    def again(self) -> Answer:
        """Ask again who is there.

        Raises:
            OSError: nobody is any more.
        """
        self._socket.sendall(b"?")
        return self._heard()

    def end(self) -> None:
        """End the connection, if that is still to be done, with a reset, which leaves nothing behind."""
        if self._socket.fileno() >= 0:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._socket.close()

    def _heard(self) -> Answer:
        said = self._socket.recv(512)
        if not said:
            raise ConnectionResetError("the server has ended the connection")
        return Answer(**json.loads(said))


@contextmanager
def held(lab: Lab, request: Request) -> Iterator[Connection]:
    """Hold a connection for a while."""
    connection = Connection(lab, request)
    try:
        yield connection
    finally:
        connection.end()
