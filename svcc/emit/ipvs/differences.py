"""Remark on what IPVS does in its own way, once for all Services that it is about.

    ten Services with session affinity   ->   SVC309 at the first by place: …; 10 Services

A Service that ignores a code is not counted.
"""

from collections.abc import Iterator
from typing import NamedTuple

from svcc.diag import Diagnostics, Span
from svcc.graph.nodes import EVERYWHERE, MASQ, Frontend, FrontendKind, NodePort, Pool, PoolId, RuleGraph

_TOLD = {
    "SVC307": (
        "clients keep their address, and processes of this node get no answer, where nothing is rewritten",
        "use forwarding masq where that matters",
    ),
    "SVC309": (
        "session affinity lasts while a client has connections, and is remembered for each address and port apart",
        "",
    ),
    "SVC312": (
        "external addresses are this node's own on svcc0: their ports that no Service has are refused",
        "",
    ),
    "SVC313": (
        "node ports are served on the addresses that the node has when they are applied",
        "apply again when the node has a new address, or name networks in nodePortAddresses",
    ),
    "SVC315": (
        "the node's addresses are not known, so node ports have no virtual servers",
        "set nodeIPs; `svcc apply` reads them from the system where they are left out",
    ),
}
_OUTER = (FrontendKind.EXTERNAL_IP, FrontendKind.LOAD_BALANCER)


class _Use(NamedTuple):
    code: str
    object: str
    span: Span | None


def report_differences(graph: RuleGraph, sink: Diagnostics) -> None:
    """Report each difference at the first Service that it is about, with the number of all."""
    found: dict[str, dict[str, _Use]] = {}
    for use in _uses(graph):
        if not sink.ignores(use.code, use.object):
            held = found.setdefault(use.code, {})
            held[use.object] = min(use, held.get(use.object, use), key=_place)
    for code, uses in found.items():
        first = min(uses.values(), key=_place)
        message, hint = _TOLD[code]
        more = f"; {len(uses)} Services" if len(uses) > 1 else ""
        sink.add(code, message + more, span=first.span, object=first.object, hint=hint)


def _uses(graph: RuleGraph) -> Iterator[_Use]:
    pools = {one.id: one for one in graph.pools}
    for pool in graph.pools:
        if pool.affinity is not None:
            yield _Use("SVC309", _object(pool), pool.origin)
    for frontend in graph.frontends:
        where = f"Service/{frontend.service.namespace}/{frontend.service.service}"
        if _is_kept(frontend, pools):
            yield _Use("SVC307", where, frontend.origin)
        if isinstance(frontend.at, NodePort):
            if not graph.host.addresses:
                yield _Use("SVC315", where, frontend.origin)
            elif not set(EVERYWHERE).isdisjoint(graph.host.node_ports_on):
                yield _Use("SVC313", where, frontend.origin)
        elif frontend.kind in _OUTER and frontend.at.address not in graph.host.addresses:
            yield _Use("SVC312", where, frontend.origin)


def _is_kept(frontend: Frontend, pools: dict[PoolId, Pool]) -> bool:
    """Tell whether somebody keeps an address that would be rewritten by any other method."""
    return any(
        target.masquerade and isinstance(target.to, PoolId) and pools[target.to].forwarding != MASQ
        for target in frontend.then.targets
    )


def _object(pool: Pool) -> str:
    return f"Service/{pool.id.name.namespace}/{pool.id.name.service}"


def _place(use: _Use) -> tuple[str, int, int, str]:
    return (*((use.span.source.name, use.span.line, use.span.column) if use.span else ("", 0, 0)), use.object)
