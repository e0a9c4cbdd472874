"""Say what of a rule graph no target but IPVS can say.

    an endpoint with at most 200 connections, nftables   ->   SVC304: connection limits of shop/cart are not kept in nftables

A Service has one diagnostic of each kind, however many pools it has.
"""

from svcc.diag import Diagnostics
from svcc.graph.nodes import MASQ, RuleGraph


def report_only_ipvs(graph: RuleGraph, target: str, sink: Diagnostics) -> None:
    """Report connection limits and forwarding methods."""
    limited: set[str] = set()
    forwarded: set[str] = set()
    for pool in graph.pools:
        service = f"{pool.id.name.namespace}/{pool.id.name.service}"
        where = f"Service/{service}"
        if service not in limited and any(one.upper for one in pool.backends):
            limited.add(service)
            message = f"the connection limits of {service} are not kept in {target}"
            sink.add("SVC304", message, span=pool.origin, object=where, hint="--mode ipvs keeps them")
        if service not in forwarded and pool.forwarding != MASQ:
            forwarded.add(service)
            message = f"forwarding {pool.forwarding} of {service} becomes {MASQ} in {target}"
            sink.add("SVC305", message, span=pool.origin, object=where, hint="--mode ipvs has every method")
