"""SVC226: a namespace whose Services make a large block of environment variables.

    400 Services of one port in the namespace shop   ->   SVC226 at the first of them: 66,204 bytes

Counted without making them: most inputs have far less, and a hundred thousand variables take a while.
"""

from collections.abc import Iterator
from dataclasses import replace

from svcc.check.known import Known, by_place
from svcc.diag import Diagnostics
from svcc.model.service import Service
from svcc.model.variables import variables
from svcc.net import Address

MOST = 65_536
"""Bytes of a block that raise no eyebrow."""
_LONGEST_NAME, _LONGEST_ADDRESS = 63, 39
_ROUGHLY = 3 * (2 * _LONGEST_NAME + _LONGEST_ADDRESS)
"""Bytes that no variable has more of."""
_TO_BE_GIVEN = (Address("10.100.100.100"),)
"""Counted for addresses that allocation will give."""


def check_environment(known: Known, sink: Diagnostics) -> None:
    """Report each namespace whose block is larger than `MOST`, at the Service that stands first."""
    groups: dict[str, list[Service]] = {}
    for one in known.services.values():
        if one.wants_cluster_ip:
            groups.setdefault(one.name.namespace, []).append(one)
    for namespace, services in groups.items():
        if _at_most(services) <= MOST:
            continue
        size = sum(_bytes(services))
        if size > MOST:
            _report(sink, namespace, services, size)


def _at_most(services: list[Service]) -> int:
    """Return a number of bytes that the block does not exceed."""
    return _ROUGHLY * sum(3 + 5 * len(one.ports) for one in services)


def _bytes(services: list[Service]) -> Iterator[int]:
    """Yield the bytes of each variable, as a process has it: with `=` and its end."""
    for service in services:
        counted = service if service.cluster_ips else replace(service, cluster_ips=_TO_BE_GIVEN)
        for name, value in variables(counted):
            yield len(name) + len(value) + 2


def _report(sink: Diagnostics, namespace: str, services: list[Service], size: int) -> None:
    first = by_place(services)[0]
    sink.add(
        "SVC226",
        f"the {len(services):,} Services of the namespace {namespace} make {size:,} bytes of environment variables",
        span=first.span,
        object=f"Service/{first.name}",
        hint="set enableServiceLinks: false in its pods",
    )
