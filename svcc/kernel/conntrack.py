"""Read the flows that conntrack remembers, and delete some of them, by netlink.

    read(fronts)       ->  every flow of UDP and SCTP to a place of the frontends
    delete(some)       ->  those of them that were still there

A read is one dump of the table for each family and protocol that the frontends have. The kernel is asked for one protocol's flows alone
(Linux 5.8; older ones tell all), and flows to other places are told from ours by three slices of a message. Among 100,000 foreign flows
of UDP that takes a second, among as many of TCP less than a tenth of it (Linux 6.18).

A flow is deleted by its tuple, its zone, and the kernel's own number for it, so that one which was made anew in between is left alone.
A message without a tuple would flush the table: a handle is never without one.
"""

import errno
import os
import socket
import struct
from collections.abc import Collection, Iterator
from typing import NamedTuple

from svcc.graph.nodes import AddressPort, NodePort
from svcc.kernel import rights
from svcc.kernel.base import KernelError
from svcc.kernel.netlink import FLOWS, NESTED, NETFILTER_HEADER, attribute, attributes, connected, dump, tell
from svcc.net import Address, Family, Protocol, family_of
from svcc.plan.conntrack import Flow, Fronts

_GET, _DELETE = FLOWS << 8 | 1, FLOWS << 8 | 2
_ORIGINAL, _REPLY, _STATUS, _ID, _ZONE, _FILTER = 1, 2, 3, 12, 18, 25
_IP, _TRANSPORT, _TUPLE_ZONE = 1, 2, 3
_NUMBER, _SOURCE_PORT, _DESTINATION_PORT = 1, 2, 3
_BY_NUMBER = 1 << 3
"""CTA_FILTER_F_CTA_PROTO_NUM."""
_TRANSLATED = 1 << 5
"""IPS_DST_NAT."""
_IPV4_BYTES = 4
_FAMILIES = {Family.IPV4: socket.AF_INET, Family.IPV6: socket.AF_INET6}
_NUMBERS = {
    Protocol.TCP: socket.IPPROTO_TCP,
    Protocol.UDP: socket.IPPROTO_UDP,
    Protocol.SCTP: socket.IPPROTO_SCTP,
}


class _Layout(NamedTuple):
    """Of a family: the attributes of an address in a tuple, and what stands where in a message, behind its header."""

    source: int
    destination: int
    address: slice
    number: slice
    port: slice


# A dump begins with the original tuple: source, destination, number of the protocol, source port, destination port.
_LAYOUTS = {
    Family.IPV4: _Layout(1, 2, slice(20, 24), slice(32, 33), slice(48, 50)),
    Family.IPV6: _Layout(3, 4, slice(32, 48), slice(56, 57), slice(72, 74)),
}


def read(fronts: Fronts) -> Iterator[Flow]:
    """Yield the flows to places that frontends have, and to the numbers of node ports on whatever address.

    Raises:
        Denied: listing flows needs more rights.
        KernelError: the kernel does not tell.
    """
    for family, protocol in sorted(
        {_kind(at) for at in fronts.frontends}, key=lambda one: (one[0].value, one[1].value)
    ):
        mine = [at for at in fronts.frontends if _kind(at) == (family, protocol)]
        places = {_packed(at.address) + _port(at.port) for at in mine if isinstance(at, AddressPort)}
        ports = {_port(at.port) for at in mine if isinstance(at, NodePort)}
        layout, number = _LAYOUTS[family], bytes([_NUMBERS[protocol]])
        for body in _told(family, protocol):
            port = body[layout.port]
            if body[layout.number] == number and (port in ports or body[layout.address] + port in places):
                yield _flow(body, protocol, layout)


def translated() -> Iterator[AddressPort]:
    """Yield where each flow was sent whose destination was then translated, of every protocol, TCP too.

    Raises:
        Denied: listing flows needs more rights.
        KernelError: the kernel does not tell.
    """
    for family, layout in _LAYOUTS.items():
        for protocol, number in _NUMBERS.items():
            for body in _told(family, protocol):
                status = dict(attributes(body)).get(_STATUS, b"")
                if body[layout.number] == bytes([number]) and int.from_bytes(status, "big") & _TRANSLATED:
                    address = Address(socket.inet_ntop(_FAMILIES[family], body[layout.address]))
                    yield AddressPort(address, protocol, int.from_bytes(body[layout.port], "big"))


def delete(some: Collection[Flow]) -> tuple[Flow, ...]:
    """Delete flows and return those that were there; what is gone, or was made anew, does not matter.

    Raises:
        Denied: deleting flows needs more rights.
        KernelError: the kernel refuses.
    """
    flows = tuple(some)
    if not flows:
        return ()
    heads = {family: NETFILTER_HEADER.pack(number, 0, 0) for family, number in _FAMILIES.items()}
    try:
        with connected() as netlink:
            refused = tell(netlink, ((_DELETE, 0, heads[family_of(one.address)] + one.handle) for one in flows))
    except OSError as problem:
        raise _refused(problem.errno) from None
    for error in refused.values():
        if error != errno.ENOENT:
            raise _refused(error)
    return tuple(one for place, one in enumerate(flows) if place not in refused)


def _kind(at: AddressPort | NodePort) -> tuple[Family, Protocol]:
    return (at.family if isinstance(at, NodePort) else family_of(at.address)), at.protocol


def _told(family: Family, protocol: Protocol) -> Iterator[bytes]:
    """Yield what the kernel tells of each flow of a protocol, or, where it cannot choose, of each flow."""
    transport = attribute(_TRANSPORT | NESTED, attribute(_NUMBER, bytes([_NUMBERS[protocol]])))
    chosen = attribute(_FILTER | NESTED, attribute(_ORIGINAL, struct.pack("=I", _BY_NUMBER)))
    asked = attribute(_ORIGINAL | NESTED, transport) + chosen
    try:
        for _, body in dump(_GET, _FAMILIES[family], asked):
            yield body
    except OSError as problem:
        raise _refused(problem.errno) from None


def _flow(body: bytes, protocol: Protocol, layout: _Layout) -> Flow:
    told = dict(attributes(body))
    address, port = _half(told[_ORIGINAL], layout.destination, _DESTINATION_PORT)
    leads_to, its_port = _half(told[_REPLY], layout.source, _SOURCE_PORT)
    handle = attribute(_ORIGINAL | NESTED, told[_ORIGINAL]) + attribute(_ID, told[_ID])
    zone = told.get(_ZONE) or dict(attributes(told[_ORIGINAL])).get(_TUPLE_ZONE, b"")
    if _ZONE in told:
        handle += attribute(_ZONE, told[_ZONE])
    translated = bool(int.from_bytes(told[_STATUS], "big") & _TRANSLATED)
    at = AddressPort(address, protocol, port)
    return Flow(at, leads_to, its_port, translated, int.from_bytes(zone, "big"), handle)


def _half(packed: bytes, address: int, port: int) -> tuple[Address, int]:
    told = dict(attributes(packed))
    value = dict(attributes(told[_IP]))[address]
    family = socket.AF_INET6 if len(value) > _IPV4_BYTES else socket.AF_INET
    return Address(socket.inet_ntop(family, value)), int.from_bytes(dict(attributes(told[_TRANSPORT]))[port], "big")


def _packed(address: Address) -> bytes:
    return socket.inet_pton(_FAMILIES[family_of(address)], address)


def _port(number: int) -> bytes:
    return number.to_bytes(2, "big")


def _refused(error: int | None) -> KernelError:
    if error in (errno.EPERM, errno.EACCES):
        return rights.denied("reading and deleting flows of conntrack", rights.NET_ADMIN)
    return KernelError(f"conntrack does not answer: {os.strerror(error or errno.ETIMEDOUT)}")
