"""Leave clients their address where nothing is rewritten: what direct routing and tunnels make of a graph.

    frontend 192.0.2.1:80 → pool shop/web:http, masquerade        frontend 192.0.2.1:80 → pool shop/web:http
    pool shop/web:http  forwarding dr                        ⇒    pool shop/web:http  forwarding dr

The endpoint has the Service's address and answers the client itself; an answer to this node, with that very address for a source, would
be dropped here. So nobody is masqueraded, and processes of this node do not reach such a Service.
"""

from dataclasses import replace

from svcc.graph.nodes import MASQ, PoolId, Route, RuleGraph, Target


def direct(graph: RuleGraph) -> RuleGraph:
    """Return the graph as IPVS carries it out."""
    unchanged = {one.id for one in graph.pools if one.forwarding != MASQ}
    if not unchanged:
        return graph

    def kept(target: Target) -> Target:
        return Target(target.to) if isinstance(target.to, PoolId) and target.to in unchanged else target

    frontends = (
        replace(one, then=Route(kept(one.then.pod), kept(one.then.node), kept(one.then.external)))
        for one in graph.frontends
    )
    return replace(graph, frontends=tuple(frontends))
