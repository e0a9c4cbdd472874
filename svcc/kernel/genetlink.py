"""Speak to one family of generic netlink, such as ip_vs.

    ipvs = Channel("IPVS", version=1)
    ipvs.ask(4, b"")                          every answer to a request: its attributes, packed
    ipvs.tell([(1, b"…"), (5, b"…")])    ->   {}: the kernel has taken both

A family has no fixed number: the kernel is asked for it by name, which loads the module where there is one.
"""

import errno
import socket
import struct
import sys
from collections.abc import Iterable, Iterator

from svcc.kernel import rights
from svcc.kernel.base import KernelError, Unsupported
from svcc.kernel.netlink import DUMP, GENERIC, ask, attribute, attributes, connected, tell

_CONTROL, _GET_FAMILY = 16, 3
_FAMILY_ID, _FAMILY_NAME = 1, 2
_HEAD = struct.Struct("=BBH")


class Channel:
    """A socket to a family."""

    def __init__(self, name: str, version: int) -> None:
        """Find the family.

        Raises:
            Unsupported: this kernel has none of that name.
            KernelError: it does not tell.
        """
        self._version = version
        self._socket = connected(GENERIC)
        try:
            self._number = _number_of(self._socket, name)
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Close the socket; answers that nobody has read are lost."""
        self._socket.close()

    def ask(self, command: int, content: bytes = b"", *, every: bool = True) -> list[bytes]:
        """Return the attributes of each answer to a request, packed, for `every` object or for the one that is named.

        Raises:
            OSError: the kernel refuses.
        """
        packed = _HEAD.pack(command, self._version, 0) + content
        found = ask(self._socket, self._number, packed, DUMP if every else 0)
        return [one[_HEAD.size :] for one in found]

    def ask_each(self, command: int, contents: Iterable[bytes]) -> Iterator[list[bytes]]:
        """Yield the answers to one request after the other, each about every object of what it names.

        Raises:
            OSError: the kernel refuses.
        """
        head = _HEAD.pack(command, self._version, 0)
        for content in contents:
            yield [one[_HEAD.size :] for one in ask(self._socket, self._number, head + content, DUMP)]

    def tell(self, messages: Iterable[tuple[int, bytes]]) -> dict[int, int]:
        """Send commands with their contents; return the error number of each that was refused, by its place.

        Raises:
            OSError: the kernel does not answer.
        """
        head = {command: _HEAD.pack(command, self._version, 0) for command in range(256)}
        return tell(self._socket, ((self._number, 0, head[command] + content) for command, content in messages))


def _number_of(netlink: socket.socket, name: str) -> int:
    asked = _HEAD.pack(_GET_FAMILY, 1, 0) + attribute(_FAMILY_NAME, name.encode() + b"\0")
    try:
        (answer,) = ask(netlink, _CONTROL, asked, 0)
    except OSError as problem:
        if problem.errno == errno.ENOENT:
            raise Unsupported(f"this kernel has no {name} in generic netlink") from None
        if problem.errno in (errno.EPERM, errno.EACCES):
            raise rights.denied(f"asking for {name}", rights.NET_ADMIN) from None
        raise KernelError(f"the kernel does not tell of {name}: {problem.strerror}") from None
    return int.from_bytes(dict(attributes(answer[_HEAD.size :]))[_FAMILY_ID], sys.byteorder)
