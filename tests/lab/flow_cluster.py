"""The lab in which the flow table's cluster is real: who holds which address, and which ports answer.

    row pod 10.128.7.40 -> 10.96.0.10 80/TCP      ->      Request("p", "10.128.7.40", "10.96.0.10", 80, "TCP")

A row has no request when the lab cannot send it: SCTP (unless asked for: many kernels lack it), a source that nobody holds, or a
process of the node with an address that routes nowhere (127.0.0.1 to another address needs route_localnet).
"""

from collections.abc import Iterable

from tests.flow.table import Row
from tests.lab.namespaces import NODE, WORLD, Layout
from tests.lab.requests import Request
from tests.lab.servers import Listen

CLIENTS = 40
"""Clients with addresses of their own in each family, for session affinity."""

LAYOUT = Layout(
    node=("172.20.5.11", "fd00:20::11", "172.21.5.11", "fd00:21::11"),
    hosts={
        "c": (
            *("198.18.0.2", "198.18.1.2", "fd00:1::2", "fd00:2::2"),
            *(f"198.18.2.{number}" for number in range(1, CLIENTS + 1)),
            *(f"fd00:2::1:{number}" for number in range(1, CLIENTS + 1)),
        ),
        "p": ("10.128.7.40", "fd00:10:0:7::40"),
        "far": ("10.128.9.40", "fd00:10:0:9::40"),
        "l1": ("10.128.7.21", "fd00:10:0:7::21"),
        "l2": ("10.128.7.22", "fd00:10:0:7::22"),
        "r1": ("10.128.9.31", "fd00:10:0:9::31"),
        "r2": ("10.128.9.32", "fd00:10:0:9::32"),
        "r3": ("10.128.11.41", "fd00:10:0:11::41"),
        "db": ("172.30.0.5", "fd00:30::5"),
    },
)

_LOOPBACK = {"127.0.0.1", "::1"}
_PROTOCOLS = ("TCP", "UDP")


def request(row: Row, protocols: tuple[str, ...] = _PROTOCOLS) -> Request | None:
    """Return the request that sends a row's packet, or None when the lab cannot."""
    if row.protocol not in protocols:
        return None
    if row.source in _LOOPBACK and row.to not in _LOOPBACK:
        return None
    from_the_node = row.kind in {"node", "localhost"}
    owner = LAYOUT.owner(row.source)
    if owner is None or from_the_node != (owner == NODE):
        return None
    return Request(owner, row.source, row.to, row.port, row.protocol)


def listeners(rows: Iterable[Row]) -> tuple[Listen, ...]:
    """Return the servers that the rows need: their backends, and whatever an untouched packet reaches."""
    wanted: set[Listen] = set()
    for row in rows:
        if row.expect.verdict == "accept" and row.port:
            wanted.add(Listen(LAYOUT.owner(row.to) or WORLD, row.port))
        for one in row.expect.backends:
            owner = LAYOUT.owner(one.address)
            if owner is not None:
                wanted.add(Listen(owner, one.port))
    return tuple(sorted(wanted))
