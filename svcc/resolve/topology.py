"""Choose endpoints by topology hints, as kube-proxy does.

node worker-1 in zone eu-a
a (hints: zone eu-a)  b (hints: zone eu-b)      ->  a
a (hints: zone eu-a)  b (no hints)              ->  a, b    (one endpoint without hints switches them off)
a (hints: node worker-1, zone eu-a)  b (node worker-2, zone eu-a)  ->  a    (node hints beat zone hints)

Hints of either kind count only on a node whose zone is known.
"""

from collections.abc import Sequence

from svcc.model.endpoints import Endpoint


def near(ready: Sequence[tuple[Endpoint, int]], node: str | None, zone: str | None) -> str | None:
    """Return which hints apply to these ready endpoints: `node`, `zone`, or None for no restriction."""
    if not ready or zone is None:
        return None
    if node is not None and all(one.hint_nodes for one, _ in ready) and any(node in one.hint_nodes for one, _ in ready):
        return "node"
    if all(one.hint_zones for one, _ in ready) and any(zone in one.hint_zones for one, _ in ready):
        return "zone"
    return None


def is_near(endpoint: Endpoint, by: str, node: str | None, zone: str | None) -> bool:
    """Tell whether the hints that apply name this node, or its zone."""
    return node in endpoint.hint_nodes if by == "node" else zone in endpoint.hint_zones
