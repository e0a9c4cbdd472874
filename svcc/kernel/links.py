"""The node's own addresses, and whether it has a route to others; by netlink.

    local_addresses()          ->  ("172.20.5.11", "fd00:5::11")
    unrouted(["10.96.0.10"])   ->  ()                     there is a route to it

Loopback and link-local addresses are left out: no Service is reached by them; so are those on svcc0, which are the Services' own. Addresses come in the kernel's order, by
interface, those on the loopback interface last: the first of a family is the node's main address.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

from svcc.emit.ipvs.ruleset import INTERFACE
from svcc.kernel import rtnetlink
from svcc.kernel.base import KernelError
from svcc.net import Address, Family, family_of

_NUMBERS = {Family.IPV4: 2, Family.IPV6: 10}
_UNREACHABLE = (6, 7, 8)
"""Types of routes that refuse: blackhole, unreachable, prohibit."""
_TEMPORARY = 0x01
"""IFA_F_TEMPORARY of IPv6; in IPv4 the same bit says that another address of the network came first."""
_LOOPBACK_INDEX = 1


def local_addresses() -> tuple[Address, ...]:
    """Return the addresses of this network namespace, IPv4 first."""
    ours = rtnetlink.number_of(INTERFACE)
    with _netlink() as netlink:
        every = [one for number in _NUMBERS.values() for one in netlink.get_addr(family=number)]
    held = [one for one in every if not _temporary(one) and one["index"] != ours]
    held.sort(key=lambda one: (one["family"], one["index"] == _LOOPBACK_INDEX))
    found = (address for one in held if (address := _address(one)) is not None and _reachable(address))
    return tuple(dict.fromkeys(found))


def unrouted(addresses: Iterable[Address]) -> tuple[Address, ...]:
    """Return those addresses to which this namespace has no route."""
    with _netlink() as netlink:
        return tuple(address for address in addresses if not _routed(netlink, address))


def _netlink() -> Any:
    from pyroute2 import IPRoute  # importing it takes a quarter of a second

    try:
        return IPRoute()
    except OSError as problem:
        raise KernelError(f"netlink cannot be opened: {problem.strerror}") from None


def _temporary(one: Any) -> bool:
    return one["family"] == _NUMBERS[Family.IPV6] and bool(one["flags"] & _TEMPORARY)


def _address(one: Any) -> Address | None:
    attributes = dict(one["attrs"])
    # IFA_LOCAL is this end of a point-to-point link, where IFA_ADDRESS is the other end.
    text = attributes.get("IFA_LOCAL") or attributes.get("IFA_ADDRESS")
    return Address(str(ip_address(text))) if text else None


def _reachable(address: Address) -> bool:
    parsed = ip_address(address)
    return not (parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified)


def _routed(netlink: Any, address: Address) -> bool:
    from pyroute2.netlink.exceptions import NetlinkError

    try:
        routes = netlink.route("get", dst=address, family=_NUMBERS[family_of(address)])
    except NetlinkError:
        return False
    return any(one["type"] not in _UNREACHABLE for one in routes)
