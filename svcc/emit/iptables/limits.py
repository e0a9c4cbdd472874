"""Say what of a rule graph iptables says only in part, or not at all.

    a pool with affinity of 10800 s   ->   SVC301: session affinity holds for the last 100 clients of each endpoint

`bounds.concerns` is the same knowledge asked beforehand: a Service without such traits is never in these diagnostics.
"""

from math import gcd

from svcc.diag import Diagnostics
from svcc.emit.iptables.bounds import CLIENTS_REMEMBERED, MAX_DENOMINATOR, SCHEDULERS
from svcc.emit.only_ipvs import report_only_ipvs
from svcc.graph.nodes import RuleGraph


def limits(graph: RuleGraph, sink: Diagnostics) -> None:
    """Report what of the graph iptables says only in part, or not at all."""
    report_only_ipvs(graph, "iptables", sink)
    sticky: set[str] = set()
    for pool in graph.pools:
        where = f"Service/{pool.id.name.namespace}/{pool.id.name.service}"
        weights = [one.weight for one in pool.backends]
        total = sum(weights) // gcd(*weights)
        if total > MAX_DENOMINATOR:
            message = f"the weights of {pool.id.name} add up to {total}, more than {MAX_DENOMINATOR}"
            sink.add("SVC302", message, span=pool.origin, object=where, hint="use smaller weights")
        if pool.affinity is not None and where not in sticky:
            sticky.add(where)
            message = f"session affinity holds for the last {CLIENTS_REMEMBERED} clients of each endpoint"
            hint = "load xt_recent with ip_list_tot=N to remember N clients"
            sink.add("SVC301", message, span=pool.origin, object=where, hint=hint)
        if pool.scheduler not in SCHEDULERS:
            message = f"scheduler {pool.scheduler} of {pool.id.name} becomes random in iptables"
            sink.add("SVC303", message, span=pool.origin, object=where, hint="--mode ipvs has every scheduler")
