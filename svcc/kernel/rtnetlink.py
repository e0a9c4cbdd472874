"""Make a dummy interface and give it addresses, thousands at once: the little of rtnetlink that pyroute2 is too slow for.

    make("svcc0"); add(index("svcc0"), ["10.96.0.10", "fd00:96::10"])
    addresses(index("svcc0"))    ->   ("10.96.0.10", "fd00:96::10")

Each address is a message, and hundreds go in one send. The interface stays down: addresses of an interface that is down are the kernel's own
all the same, and taking it down after it was up would drop those of IPv6. IPv6 addresses skip the search for duplicates, which would keep
them unusable for a second.

An interface is looked for by netlink: `if_nametoindex` of one that is not there lets Linux start modprobe, each time.
"""

import errno
import os
import socket
import struct
from collections.abc import Iterable, Iterator, Sequence

from svcc.kernel import rights
from svcc.kernel.base import KernelError, Unsupported
from svcc.kernel.netlink import CREATE, EXCLUSIVE, ROUTE, ask, attribute, attributes, connected, tell
from svcc.net import Address

_NEW_LINK, _DELETE_LINK, _GET_LINK, _NEW_ADDRESS, _DELETE_ADDRESS, _GET_ADDRESS = 16, 17, 18, 20, 21, 22
_LINK = struct.Struct("=BBHiII")
_ADDRESS = struct.Struct("=BBBBI")
_NAME, _LINK_INFO, _KIND = 3, 18, 1
_AT, _LOCAL, _FLAGS = 1, 2, 8
_NO_DUPLICATES_SOUGHT = 0x02
_LINK_LOCAL = 0xFD
"""The scope of addresses that the kernel itself gives an interface that is up."""
_DUMMY = b"dummy"


def present(name: str) -> bool:
    """Tell whether there is an interface of a name, of whatever kind."""
    return number_of(name) is not None


def index(name: str) -> int | None:
    """Return the number of a dummy interface, or None when there is no interface of this name.

    Raises:
        KernelError: there is one, and it is not a dummy.
    """
    answer = _link(name)
    if answer is None:
        return None
    told = dict(attributes(answer[_LINK.size :]))
    kind = dict(attributes(told.get(_LINK_INFO, b""))).get(_KIND, b"").rstrip(b"\0")
    if kind != _DUMMY:
        raise KernelError(f"there is an interface {name}, and it is not a dummy", hint=f"remove or rename {name}")
    number: int = _LINK.unpack_from(answer)[3]
    return number


def number_of(name: str) -> int | None:
    """Return the number of an interface of a name, of whatever kind, or None when there is none."""
    answer = _link(name)
    return None if answer is None else _LINK.unpack_from(answer)[3]


def _link(name: str) -> bytes | None:
    """Return what the kernel tells of an interface, None when there is none of this name."""
    try:
        with connected(ROUTE) as netlink:
            (answer,) = ask(
                netlink, _GET_LINK, _LINK.pack(0, 0, 0, 0, 0, 0) + attribute(_NAME, name.encode() + b"\0"), 0
            )
    except OSError as problem:
        if problem.errno == errno.ENODEV:
            return None
        raise _silent(problem) from None
    return answer


def _silent(problem: OSError) -> KernelError:
    return KernelError(f"netlink does not answer: {os.strerror(problem.errno or errno.ETIMEDOUT)}")


def make(name: str) -> None:
    """Make a dummy interface.

    Raises:
        Unsupported: this kernel has no dummy interfaces.
    """
    kind = attribute(_LINK_INFO, attribute(_KIND, _DUMMY))
    content = _LINK.pack(0, 0, 0, 0, 0, 0) + attribute(_NAME, name.encode() + b"\0") + kind
    _tell([(_NEW_LINK, CREATE | EXCLUSIVE, content)], f"make the interface {name}")


def remove(number: int) -> None:
    """Remove an interface with its addresses."""
    _tell([(_DELETE_LINK, 0, _LINK.pack(0, 0, 0, number, 0, 0))], "remove the interface")


def addresses(number: int) -> tuple[Address, ...]:
    """Return the addresses of an interface but link-local ones, IPv4 first, in the kernel's order."""
    return tuple(one for held_by, link_local, one in _every() if held_by == number and not link_local)


def local(but: int | None = None) -> tuple[Address, ...]:
    """Return the addresses of every interface of this namespace but one, link-local ones too."""
    return tuple(one for held_by, _, one in _every() if held_by != but)


def _every() -> Iterator[tuple[int, bool, Address]]:
    """Yield each address, IPv4 first, with its interface, and whether it is a link-local one of IPv6."""
    with connected(ROUTE) as netlink:
        for family in (socket.AF_INET, socket.AF_INET6):
            for answer in ask(netlink, _GET_ADDRESS, _ADDRESS.pack(family, 0, 0, 0, 0)):
                _, _, _, scope, held_by = _ADDRESS.unpack_from(answer)
                told = dict(attributes(answer[_ADDRESS.size :]))
                text = socket.inet_ntop(family, told.get(_LOCAL) or told[_AT])
                yield held_by, family == socket.AF_INET6 and scope == _LINK_LOCAL, Address(text)


def add(number: int, some: Iterable[Address]) -> None:
    """Give addresses to an interface.

    Raises:
        KernelError: one was refused; the others are there.
    """
    _tell_addresses(_NEW_ADDRESS, CREATE | EXCLUSIVE, number, tuple(some))


def take(number: int, some: Iterable[Address]) -> None:
    """Take addresses from an interface.

    Raises:
        KernelError: one was refused; the others are gone.
    """
    _tell_addresses(_DELETE_ADDRESS, 0, number, tuple(some))


def _tell_addresses(kind: int, flags: int, number: int, some: Sequence[Address]) -> None:
    verb = "add" if kind == _NEW_ADDRESS else "delete"
    _tell([(kind, flags, _packed(number, one)) for one in some], f"{verb} an address", some)


def _packed(number: int, address: Address) -> bytes:
    six = ":" in address
    family = socket.AF_INET6 if six else socket.AF_INET
    value = socket.inet_pton(family, address)
    content = _ADDRESS.pack(family, 128 if six else 32, 0, 0, number) + attribute(_LOCAL, value) + attribute(_AT, value)
    return content + attribute(_FLAGS, struct.pack("=I", _NO_DUPLICATES_SOUGHT)) if six else content


def _tell(messages: Sequence[tuple[int, int, bytes]], what: str, about: Sequence[Address] = ()) -> None:
    if not messages:
        return
    try:
        with connected(ROUTE) as netlink:
            refused = tell(netlink, messages)
    except OSError as problem:
        raise _silent(problem) from None
    if not refused:
        return
    place = min(refused)
    error = refused[place]
    which = f" {about[place]}" if about else ""
    if error == errno.EPERM:
        raise rights.denied(f"to {what}", rights.NET_ADMIN)
    if error == errno.EOPNOTSUPP:
        raise Unsupported("this kernel has no dummy interfaces", hint="modprobe dummy")
    raise KernelError(f"the kernel refused to {what}{which}: {os.strerror(error)}")
