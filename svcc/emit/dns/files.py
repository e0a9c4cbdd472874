"""Emit the folder `dns/`: a file a zone, and what name servers are to be told.

    zones cluster.local, 96.10.in-addr.arpa   ->   dns/db.cluster.local   dns/db.96.10.in-addr.arpa
                                                   dns/Corefile (CoreDNS)   dns/named.conf (BIND)   dns/nsd.conf   dns/knot.conf

Each of the four serves the same zones and nothing else, but for the Corefile, which forwards all other names as the one of a
cluster does. File names are relative to the folder: a server is started there, or is told where it is.
"""

from collections.abc import Iterable, Mapping

from svcc.emit.dns.text import render
from svcc.emit.frame import frame
from svcc.graph.names import Zone

FOLDER = "dns"
SERVERS = {"Corefile": "coredns.Corefile", "named.conf": "bind.conf", "nsd.conf": "nsd.conf", "knot.conf": "knot.conf"}
"""File → template."""


def zone_file(zone: Zone) -> str:
    """Return the name of a zone's file."""
    return f"db.{zone.name}"


def zone_text(zone: Zone, serial: int, version: str) -> str:
    """Return one zone with its header."""
    return frame("zone.db", version=version, zone=zone.name, text=render(zone, serial))


def dns_files(zones: Iterable[Zone], serials: Mapping[str, int], version: str) -> dict[str, str]:
    """Return the files of all zones by path; `serials` are by zone name."""
    held = tuple(zones)
    files = {f"{FOLDER}/{zone_file(one)}": zone_text(one, serials[one.name], version) for one in held}
    names = [(one.name, zone_file(one)) for one in held]
    for name, template in SERVERS.items():
        files[f"{FOLDER}/{name}"] = frame(template, version=version, zones=names)
    return files
