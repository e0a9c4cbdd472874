"""Choose what names answer: every Service, and those of its endpoints that DNS publishes.

    Service shop/db, headless                            Published(shop/db, members =
    slice: postgres 5432, endpoints                        10.128.7.21 "db-0" postgres 5432,
      10.128.7.21 hostname db-0, ready             ->      10.128.9.31 "10-128-9-31" postgres 5432)
      10.128.9.31 ready
      10.128.9.32 serving while it terminates

Unlike for packets, neither the node nor topology matters, and nobody is published who is not ready. An endpoint is known by its
host name, else by its address with dashes; IPv6 gets a 0 where it would begin or end with one, since no label can. Within one
Service an address has one name: of several records the first host name by the alphabet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from svcc.model.endpoints import EndpointSlice, SlicePort
from svcc.model.manifests import Manifests
from svcc.model.service import ObjectName, Service, ServiceType
from svcc.net import Address, dashed, number


class Member(NamedTuple):
    """An endpoint with a name of its own, and the ports of the slices that hold it."""

    address: Address
    label: str
    ports: tuple[SlicePort, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """A Service with the endpoints that names lead to, sorted by address."""

    service: Service
    members: tuple[Member, ...] = ()


def publish(manifests: Manifests) -> tuple[Published, ...]:
    """Return every Service with its published endpoints, sorted like the Services."""
    slices: dict[ObjectName, list[EndpointSlice]] = {}
    for one in manifests.slices:
        if one.service is not None and one.family is not None:
            slices.setdefault(one.service, []).append(one)
    return tuple(
        Published(one, () if one.type is ServiceType.EXTERNAL_NAME else _members(slices.get(one.name, ())))
        for one in manifests.services
    )


def _members(slices: Iterable[EndpointSlice]) -> tuple[Member, ...]:
    found: dict[Address, Member] = {}
    named: dict[Address, str] = {}
    for held in slices:
        for endpoint in held.endpoints:
            if not endpoint.ready:
                continue
            address, hostname = endpoint.address, endpoint.hostname
            if hostname:
                named[address] = min(hostname, named.get(address, hostname))
            before = found.get(address)
            ports = held.ports if before is None else _both(before.ports, held.ports)
            found[address] = Member(address, dashed(address), ports)
    members = (one._replace(label=named[one.address]) if one.address in named else one for one in found.values())
    return tuple(sorted(members, key=_order))


def _both(first: tuple[SlicePort, ...], second: tuple[SlicePort, ...]) -> tuple[SlicePort, ...]:
    return first if second == first else tuple(dict.fromkeys((*first, *second)))


def _order(member: Member) -> tuple[bool, int]:
    return (":" in member.address, number(member.address))
