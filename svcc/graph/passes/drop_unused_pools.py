"""Leave out pools that no frontend sends to.

    frontend 10.96.0.10:80 → pool shop/cart:http cluster        frontend 10.96.0.10:80 → pool shop/cart:http cluster
    pool shop/cart:http cluster                            ⇒    pool shop/cart:http cluster
    pool shop/cart:http local

`build` makes both pools of every Service port, without asking who needs them.
"""

from dataclasses import replace

from svcc.graph.nodes import RuleGraph


def drop_unused_pools(graph: RuleGraph) -> RuleGraph:
    """Return the graph with only the pools that are reached."""
    routes = {frontend.then for frontend in graph.frontends}
    used = {target.to for route in routes for target in route.targets}
    return replace(graph, pools=tuple(one for one in graph.pools if one.id in used))
