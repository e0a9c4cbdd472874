"""`svcc status --counters`: what has come to each Service port, as far as the target counts it.

service         open  connections  packets in  packets out  bytes in  bytes out
shop/cart:http  2     17           -           -            -         -
"""

from collections.abc import Iterator, Mapping
from dataclasses import astuple
from typing import Any

import click

from svcc.cli.live import Machine
from svcc.cli.options import Input
from svcc.cli.render import table
from svcc.graph.nodes import AddressPort
from svcc.kernel import conntrack
from svcc.kernel.backend import Backend
from svcc.kernel.run import run
from svcc.net import Family, family_of
from svcc.plan.counters import Count, Counts, of_iptables, together
from svcc.plan.frontends import Frontends
from svcc.plan.iptables_services import frontends as of_rules
from svcc.plan.nft_services import Names
from svcc.plan.nft_services import frontends as of_tables

_HEADS = ("service", "open", "connections", "packets in", "packets out", "bytes in", "bytes out")
_KEYS = ("open", "connections", "packetsIn", "packetsOut", "bytesIn", "bytesOut")
UNCOUNTED = "nftables mode counts no connections, since its rules are the same for all Services; what is open is told by conntrack"
_SECONDS = 600


def counts(machine: Machine) -> Counts:
    """Return what has come to each Service port that the kernel knows.

    Raises:
        KernelError: the kernel does not tell.
    """
    return together([*_of_iptables(machine), *_of_nftables(machine), *_of_ipvs(machine)])


def _of_iptables(machine: Machine) -> Iterator[tuple[str, Count]]:
    for one in machine.rules:
        held = one.snapshot()
        places = {place: service for ruleset in held.values() for place, service in of_rules(ruleset).items()}
        yield from _opened(places)
        for family in held:
            yield from _counted(one.backend, family).items()


def _counted(backend: Backend, family: Family) -> Counts:
    return of_iptables(run([backend.tool(family, "save"), "-c", "-t", "nat"], timeout=_SECONDS), family)


def _of_nftables(machine: Machine) -> Iterator[tuple[str, Count]]:
    tables = machine.tables.snapshot().tables
    for one in tables.values():
        yield from ((service, Count(open=0)) for service in Names(one).services)
    yield from _opened(of_tables(tables))


def _opened(places: Frontends) -> Iterator[tuple[str, Count]]:
    """Yield each Service port, and each of its flows that conntrack remembers."""
    yield from ((service, Count(open=0)) for service in places.values())
    for at in conntrack.translated() if places else ():
        service = _service(places, at)
        if service:
            yield service, Count(open=1)


def _service(places: Mapping[str, str], at: AddressPort) -> str:
    node_port = f"{family_of(at.address).value} node port {at.port}/{at.protocol.value}"
    return places.get(str(at)) or places.get(node_port, "")


def _of_ipvs(machine: Machine) -> Iterator[tuple[str, Count]]:
    live = machine.ipvs.live
    if not live.virtuals:
        return
    for at, told in machine.ipvs.servers.statistics().items():
        if at in live.virtuals:
            yield live.virtuals[at].service or str(at), Count(0, *told)
    for (at, _), number in live.connections.items():
        yield live.virtuals[at].service or str(at), Count(open=number)


def print_counts(machine: Machine, given: Input) -> None:
    """Print what has come to each Service port; where that is not counted, so."""
    found = counts(machine)
    if found:
        rows = [(name, *("-" if one is None else str(one) for one in astuple(count))) for name, count in found.items()]
        table(_HEADS, rows, given.color)
    elif not given.quiet:
        click.echo("No Service port of svcc is in this kernel.")
    if machine.tables.present() and not given.quiet:
        click.echo(f"{UNCOUNTED}.")


def as_json(machine: Machine) -> list[dict[str, Any]]:
    """Return the same as `svcc status --counters --format json` has it; null is what is not counted."""
    found = counts(machine)
    return [{"service": name, **dict(zip(_KEYS, astuple(count), strict=True))} for name, count in found.items()]
