"""From manifests to names: zones, their serials, and environment blocks; beside `pipeline`, which leads to packets.

    Manifests ─publish→ Published ─build_zones→ Zones ─settle_serials↔ svcc.lock ─dns_files→ dns/db.cluster.local …
              ─build_env→ EnvBlocks ─render→ env/shop.env …

Names are the same on every node: neither its name nor its zone is asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from svcc import __version__
from svcc.allocate import Lock
from svcc.allocate.serials import settle_serials
from svcc.check.zones import check_zones
from svcc.config import NodeConfig
from svcc.diag import Diagnostics
from svcc.emit.dns.files import dns_files
from svcc.emit.dns.text import digest
from svcc.emit.env import render
from svcc.emit.frame import frame
from svcc.graph.build_env import build_env
from svcc.graph.build_zones import build_zones
from svcc.graph.names import EnvBlock, Zone, demand_whole
from svcc.model.manifests import Manifests
from svcc.reading import stop_on_errors
from svcc.resolve.published import publish

MOST = 1536 * 1024
"""Bytes of environment above which no process starts: of the 2 MiB that Linux gives arguments and environment, some are others'."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """Zones, and the lock that holds their serials."""

    zones: tuple[Zone, ...]
    lock: Lock

    @property
    def serials(self) -> dict[str, int]:
        """The serial of each zone by its name."""
        return {name: serial.number for name, serial in self.lock.serials.items()}


def zones_of(manifests: Manifests, config: NodeConfig, sink: Diagnostics) -> tuple[Zone, ...]:
    """Return the forward zone and the reverse zones.

    Raises:
        Stopped: a name is too long; the sink holds which.
    """
    check_zones(manifests, config, sink)
    stop_on_errors(sink)
    return demand_whole(build_zones(publish(manifests), manifests.pods, config))


def number(zones: tuple[Zone, ...], lock: Lock, chosen: Mapping[str, int]) -> Numbered:
    """Return zones with their serials; `chosen` are those that the user gives."""
    serials = settle_serials(lock.serials, {one.name: digest(one) for one in zones}, chosen)
    return Numbered(zones, replace(lock, serials=serials))


def name_files(numbered: Numbered, blocks: Iterable[EnvBlock]) -> dict[str, str]:
    """Return the files of the folders `dns` and `env` by path; a block that no process could have is no file."""
    files = dns_files(numbered.zones, numbered.serials, __version__)
    for block in blocks:
        if block.size <= MOST:
            files[f"env/{block.namespace}.env"] = frame(
                "namespace.env", version=__version__, namespace=block.namespace, text=render(block)
            )
    return files


def blocks_of(manifests: Manifests) -> tuple[EnvBlock, ...]:
    """Return the environment block of every namespace that has a Service."""
    return tuple(build_env(manifests.services))
