"""Read the section `ipvs` of a configuration: svcc's own, or kube-proxy's, whose words are the same but for innerCIDRs.

    ipvs: {scheduler: wlc, strictARP: true, tcpTimeout: 15m}   ->   IpvsOptions(scheduler="wlc", strict_arp=True, tcp_timeout=900)
    ipvs: {innerCIDRs: [169.254.4.0/24]}                       ->   IpvsOptions(inner_cidrs=(169.254.4.0/24, fd00:ffff::/64))

A family that innerCIDRs does not name has its default. Linux counts time-outs in whole seconds; kube-proxy leaves out parts of one.
"""

from svcc.config import IpvsOptions
from svcc.diag import Reason, Span
from svcc.model.durations import read_duration
from svcc.model.fields import IPVS_SCHEDULERS
from svcc.model.node_options import check_differ, networks
from svcc.net import Family, Network, network_family
from svcc.source.cursor import Cursor, Fields, Node

LISTS = ("innerCIDRs", "excludeCIDRs")
TIMES = ("tcpTimeout", "tcpFinTimeout", "udpTimeout")
MAX_SECONDS = 2147483
"""What Linux takes where it counts a thousand ticks a second."""
LEAST_ADDRESSES = 4
"""Of an inner network: two of them can be used."""


def ipvs_options(cursor: Cursor, ipvs: Fields, *, in_parts: bool = False) -> IpvsOptions:
    """Return what a section says; after a mistake a key has its default. `in_parts`: parts of a second are left out."""
    for name in LISTS:
        check_differ(cursor, ipvs.get(name))
    times = [_seconds(cursor, ipvs.get(name), in_parts=in_parts) for name in TIMES]
    scheduler = ipvs.get("scheduler")
    return IpvsOptions(
        cursor.choice(scheduler, IPVS_SCHEDULERS) if scheduler is not None and scheduler.value != "" else None,
        _inner(cursor, ipvs.get("innerCIDRs")),
        bool(cursor.boolean(ipvs.get("strictARP"))),
        networks(cursor, ipvs.get("excludeCIDRs")),
        *times,
    )


def ipvs_spans(cursor: Cursor, ipvs: Fields) -> dict[str, Span]:
    """Return the place of each network of the section: `ipvs.innerCIDRs[0]` -> span."""
    return {
        f"ipvs.{name}[{index}]": cursor.span(node)
        for name in LISTS
        for index, node in enumerate(cursor.sequence(ipvs.get(name)))
    }


def _inner(cursor: Cursor, node: Node | None) -> tuple[Network, ...]:
    """Return the inner networks, those that are named first, as they are."""
    named: dict[Family, Network] = {}
    for one in cursor.sequence(node):
        network = cursor.network(one)
        if network is None or not _is_usable(cursor, one, network):
            continue
        family = network_family(network)
        if family in named:
            cursor.report("SVC108", f"there is one inner network of {family.value}", one, hint="remove one of the two")
        named.setdefault(family, network)
    defaults = (one for one in IpvsOptions().inner_cidrs if network_family(one) not in named)
    return (*named.values(), *defaults)


def _is_usable(cursor: Cursor, node: Node, network: Network) -> bool:
    """SVC108: a network that is too small, or one whose addresses no interface can have beside others."""
    if network.num_addresses < LEAST_ADDRESSES:
        cursor.report(
            "SVC108", f"{network} has less than {LEAST_ADDRESSES} addresses", node, hint="as in 169.254.96.0/20"
        )
        return False
    start = network.network_address
    scoped = network.version != 4 and start.is_link_local  # noqa: PLR2004 - IP versions are their own names
    if start.is_loopback or start.is_multicast or scoped or start.is_unspecified:
        message = f"{network} is unspecified, loopback, link-local or multicast"
        cursor.report(
            "SVC108", message, node, hint="a network that nobody else has, as 169.254.96.0/20 or fd00:ffff::/64"
        )
        return False
    return True


def _seconds(cursor: Cursor, node: Node | None, *, in_parts: bool) -> int:
    seconds = read_duration(cursor, node)
    if seconds is None or node is None:
        return 0
    if seconds.denominator != 1 and not in_parts:
        cursor.report("SVC160", f'"{node.value}" is not a whole number of seconds', node, hint="as in 15m or 90s")
        return 0
    if seconds > MAX_SECONDS:
        cursor.report(
            "SVC160", f"Linux takes {MAX_SECONDS}s at most", node, reason=Reason.INVALID, hint="as in 15m or 90s"
        )
        return 0
    return int(seconds)
