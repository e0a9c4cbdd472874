"""Say which zones and nodes an endpoint is meant for, by the `trafficDistribution` of its Service.

    PreferSameZone, Pod on worker-1 in eu-a              hints: forZones eu-a
    PreferSameNode, Pod on worker-1 in eu-a         ->   hints: forZones eu-a, forNodes worker-1
    PreferSameZone, Pod on a Node of unknown zone        no hints; one such endpoint that is ready switches hints off for all

Facts (Kubernetes 1.34): only endpoints that are ready have hints. Zones come from the label topology.kubernetes.io/zone of Nodes.
"""

from collections.abc import Mapping
from typing import NamedTuple

from svcc.model.service import TrafficDistribution

_Names = tuple[str, ...]


class Hints(NamedTuple):
    """What decides the hints of one Service's endpoints."""

    distribution: TrafficDistribution | None
    zones: Mapping[str, str | None]
    """Of every Node of the input."""

    def for_node(self, name: str | None) -> tuple[_Names, _Names]:
        """Return the zones and the nodes that an endpoint on a node is meant for."""
        if self.distribution is None or name is None:
            return (), ()
        zone = self.zones.get(name)
        nodes = (name,) if self.distribution is TrafficDistribution.SAME_NODE else ()
        return (zone,) if zone else (), nodes
