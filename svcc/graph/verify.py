"""Check that a graph is whole: what `build` and every pass must keep.

verify(graph)  ->  ()                                                 nothing wrong
verify(graph)  ->  ("frontend 10.96.0.10:80/TCP: no pool shop/…",)    a bug in svcc, never the user's mistake
"""

from collections.abc import Iterator

from svcc.graph.nodes import FORWARDING, Backend, Frontend, Pool, PoolId, RuleGraph, Verdict
from svcc.net import MAX_PORT, collapse, family_of, network_family

MAX_AFFINITY = 86400


def verify(graph: RuleGraph) -> tuple[str, ...]:
    """Return every structural fault, in order; an empty tuple is a sound graph."""
    return tuple(_faults(graph))


def demand_sound(graph: RuleGraph) -> RuleGraph:
    """Return the graph unchanged.

    Raises:
        AssertionError: it has a fault, which is a bug in svcc.
    """
    faults = verify(graph)
    if faults:
        raise AssertionError("bug in svcc: " + "; ".join(faults[:5]))
    return graph


def _faults(graph: RuleGraph) -> Iterator[str]:
    pools = {one.id: one for one in graph.pools}
    if len(pools) != len(graph.pools):
        yield "two pools have the same id"
    if len({one.at for one in graph.frontends}) != len(graph.frontends):
        yield "two frontends stand at the same place"
    if graph.host.masquerade_bit == graph.host.verdict_bit:
        yield "masquerade and verdict share one mark bit"
    for pool in graph.pools:
        for fault in _pool_faults(pool):
            yield f"pool {pool.id}: {fault}"
    for frontend in graph.frontends:
        for fault in _frontend_faults(frontend, pools):
            yield f"frontend {frontend.at}: {fault}"


def _pool_faults(pool: Pool) -> Iterator[str]:
    if not pool.backends:
        yield "no backends"
    if len({(one.address, one.port) for one in pool.backends}) != len(pool.backends):
        yield "the same backend twice"
    if (pool.id.family, pool.id.protocol) != (pool.family.value, pool.protocol.value):
        yield "its id names another family or protocol"
    if pool.affinity is not None and not 1 <= pool.affinity <= MAX_AFFINITY:
        yield f"affinity of {pool.affinity} s"
    if pool.forwarding not in FORWARDING:
        yield f"forwarding {pool.forwarding}"
    for backend in pool.backends:
        if family_of(backend.address) is not pool.family:
            yield f"backend {backend.address} is of another family"
        yield from _backend_faults(backend)


def _backend_faults(backend: Backend) -> Iterator[str]:
    if not 1 <= backend.port <= MAX_PORT:
        yield f"backend port {backend.port}"
    if backend.weight < 1:
        yield f"backend {backend.address} has weight {backend.weight}"
    if not 0 <= backend.lower <= backend.upper:
        yield f"backend {backend.address} takes connections again at {backend.lower} of {backend.upper}"


def _frontend_faults(frontend: Frontend, pools: dict[PoolId, Pool]) -> Iterator[str]:
    if not 1 <= frontend.at.port <= MAX_PORT:
        yield "its port"
    if frontend.gate is not None:
        if frontend.gate.allow != collapse(frontend.gate.allow):
            yield "its gate is not collapsed"
        if any(network_family(one) is not frontend.family for one in frontend.gate.allow):
            yield "its gate holds another family"
    for target in frontend.then.targets:
        if isinstance(target.to, Verdict):
            if target.masquerade:
                yield "a verdict is masqueraded"
            continue
        pool = pools.get(target.to)
        if pool is None:
            yield f"no pool {target.to}"
        elif pool.family is not frontend.family or pool.protocol is not frontend.at.protocol:
            yield f"pool {target.to} is of another family or protocol"
