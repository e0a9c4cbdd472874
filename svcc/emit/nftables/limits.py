"""Say what of a rule graph nftables says only in part, or not at all.

    a pool with the weights 999 and 1000   ->   SVC302: the weights add up to 1999, more than 1000

`bounds.concerns` is the same knowledge asked beforehand: a Service without such traits is never in these diagnostics.
"""

from svcc.diag import Diagnostics
from svcc.emit.nftables.bounds import MAX_SLOTS, SCHEDULERS
from svcc.emit.nftables.slots import slots
from svcc.emit.only_ipvs import report_only_ipvs
from svcc.graph.nodes import RuleGraph


def limits(graph: RuleGraph, sink: Diagnostics) -> None:
    """Report what of the graph nftables says only in part, or not at all."""
    report_only_ipvs(graph, "nftables", sink)
    for pool in graph.pools:
        where = f"Service/{pool.id.name.namespace}/{pool.id.name.service}"
        total = len(slots(pool))
        if total > MAX_SLOTS:
            message = f"the weights of {pool.id.name} add up to {total}, more than {MAX_SLOTS}"
            hint = "use smaller weights, or fewer endpoints"
            sink.add("SVC302", message, span=pool.origin, object=where, hint=hint)
        if pool.scheduler not in SCHEDULERS or pool.flags:
            asked = ", ".join((str(pool.scheduler), *pool.flags))
            becomes = pool.scheduler if pool.scheduler in SCHEDULERS else "random"
            message = f"scheduler {asked} of {pool.id.name} becomes {becomes} in nftables"
            sink.add("SVC303", message, span=pool.origin, object=where, hint="--mode ipvs has every scheduler")
