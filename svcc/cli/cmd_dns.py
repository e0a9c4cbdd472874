"""`svcc dns`: the text of a zone.

Like a script that `svcc compile` prints, it is meant to be used, and two sets of records must never go out under one serial: the
lock file is written.
"""

from typing import TYPE_CHECKING, Any

import click

from svcc.cli.names import ANY_MODE, numbered_zones
from svcc.cli.options import Input, keep_lock, manifest_options, read_manifests, subcommand

if TYPE_CHECKING:
    from svcc.graph.names import Zone

_MOST_SHOWN = 5


@subcommand("dns", "svcc dns examples/shop; svcc dns examples/shop --zone 96.10.in-addr.arpa")
@manifest_options()
@click.option("--zone", metavar="ZONE", help="Another zone than that of the cluster domain, as a reverse zone.")
@click.option("--serial", type=click.IntRange(0, 2**32 - 1), metavar="N", help="Serial to use and to count on from.")
def command(zone: str | None, serial: int | None, **words: Any) -> int:
    """Print what a name server answers about the Services: the zone of the cluster domain, or a reverse zone."""
    from svcc import __version__
    from svcc.emit.dns.files import zone_text
    from svcc.reading import collector_paused

    given = Input.from_words(words, modes=ANY_MODE)
    asked = given.config.cluster_domain if zone is None else zone.lower().removesuffix(".")
    with given.reporting(), collector_paused():
        manifests = read_manifests(given)
        numbered = numbered_zones(given, manifests, {} if serial is None else {asked: serial})
    chosen = _chosen(numbered.zones, asked)
    keep_lock(given)
    click.echo(zone_text(chosen, numbered.serials[chosen.name], __version__), nl=False)
    if zone is None and len(numbered.zones) > 1 and not given.quiet:
        click.echo(_others(numbered.zones[1:]), err=True)
    return 0


def _chosen(zones: "tuple[Zone, ...]", asked: str) -> "Zone":
    found = next((one for one in zones if one.name == asked), None)
    if found is None:
        from svcc.guess import closest

        close = closest(asked, sorted(one.name for one in zones))
        hint = f"Did you mean {close}?" if close else f"There are {', '.join(one.name for one in zones[:_MOST_SHOWN])}."
        raise click.UsageError(f"There is no zone {asked}. {hint}")
    return found


def _others(zones: "tuple[Zone, ...]") -> str:
    more = f" and {len(zones) - _MOST_SHOWN} more" if len(zones) > _MOST_SHOWN else ""
    return f"There are reverse zones too: --zone {', '.join(one.name for one in zones[:_MOST_SHOWN])}{more}"
