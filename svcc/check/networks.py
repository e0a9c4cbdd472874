"""SVC208, SVC209, SVC210: ranges of the configuration that overlap.

    serviceCIDRs: [10.96.0.0/16]
    clusterCIDRs: [10.0.0.0/8]       ->   SVC208 at 10.96.0.0/16: it overlaps clusterCIDRs[0] 10.0.0.0/8

Networks overlap only by lying in one another, so that one walk in the order of addresses, with the networks around the present
one on a stack, meets every overlap. Each is told against the closest one around it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from svcc.check.known import Known, related
from svcc.config import Mode, NodeConfig
from svcc.diag import Diagnostics, Reason, Span
from svcc.net import Network, as_network

SERVICES, PODS, NODES, INNER, EXCLUDED = "services", "pods", "nodes", "inner", "excluded"
_APART = {
    SERVICES: (PODS, NODES, INNER, EXCLUDED),
    PODS: (SERVICES, INNER),
    NODES: (SERVICES, INNER),
    INNER: (SERVICES, PODS, NODES, EXCLUDED),
    EXCLUDED: (SERVICES, INNER),
}
"""Inner networks of IPVS are nobody's but its own; what it leaves alone is no address that it needs."""
_SEVERAL = "clusterCIDR"
"""Where kube-proxy's own configuration has all of them in one string."""


class Range(NamedTuple):
    """One network of the configuration, or one address of the node as a network."""

    network: Network
    who: str
    """Whose addresses these are."""
    within: str
    """The list that it stands in."""
    field: str
    span: Span | None


Around = Mapping[str, Range]
"""The closest networks around one, by whose they are and by their lists."""


def check_ranges(known: Known, sink: Diagnostics) -> None:
    """SVC208: services, pods and nodes have ranges of their own, and so have the inner networks of IPVS."""
    for inner, around in _nested(known.config):
        for who in _APART[inner.who]:
            outer = around.get(who)
            if outer is None or _is_told(inner, outer, around):
                continue
            _report(sink, "SVC208", inner, outer, "choose ranges that have no address in common")


def check_nodes_in_pod_ranges(known: Known, sink: Diagnostics) -> None:
    """SVC209: an address of this node that looks like a pod's; those read from the system are not asked.

    Every node has the address of its bridge to the pods, and there it belongs.
    """
    for inner, around in _nested(known.config):
        if inner.who == NODES and PODS in around:
            _report(sink, "SVC209", inner, around[PODS], "name the range of the pods alone")


def check_repeated_ranges(known: Known, sink: Diagnostics) -> None:
    """SVC210: two networks of one list of which one holds the other."""
    for inner, around in _nested(known.config):
        if inner.within in around:
            _report(sink, "SVC210", inner, around[inner.within], "remove one of the two")


def _is_told(inner: Range, outer: Range, around: Around) -> bool:
    """Tell whether a range between the two is told already."""
    between = around.get(inner.who)
    return between is not None and between.network.prefixlen >= outer.network.prefixlen


def _report(sink: Diagnostics, code: str, inner: Range, outer: Range, hint: str) -> None:
    sink.add(
        code,
        f"{inner.field} {_text(inner)} overlaps {outer.field} {_text(outer)}",
        span=inner.span or outer.span,
        object="KubeProxyConfiguration" if _SEVERAL in (inner.field, outer.field) else "NodeConfig",
        field=inner.field,
        reason=Reason.INVALID if code == "SVC208" else None,
        hint=hint,
        related=related(outer.span, f"{_text(outer)} stands here") if inner.span is not None else (),
    )


def _text(one: Range) -> str:
    return str(one.network.network_address if one.who == NODES else one.network)


def _nested(config: NodeConfig) -> Iterator[tuple[Range, Around]]:
    """Yield each range with the closest ones around it."""
    stack: list[tuple[Range, Around]] = []
    for one in _ranges(config):
        while stack and not _holds(stack[-1][0].network, one.network):
            stack.pop()
        around = stack[-1][1] if stack else {}
        yield one, around
        stack.append((one, {**around, one.who: one, one.within: one}))


def _holds(outer: Network, inner: Network) -> bool:
    return outer.version == inner.version and inner.network_address in outer


def _ranges(config: NodeConfig) -> list[Range]:
    """Return every range in the order of the walk: a network comes before those in it, nodes last of equal ones."""
    spans = config.spans
    lists: tuple[tuple[str, str, Sequence[Network]], ...] = (
        ("serviceCIDRs", SERVICES, config.service_cidrs),
        ("clusterCIDRs", PODS, config.cluster_cidrs),
        ("podCIDRs", PODS, config.pod_cidrs),
        ("ipvs.excludeCIDRs", EXCLUDED, config.ipvs.exclude_cidrs if config.mode is Mode.IPVS else ()),
        ("ipvs.innerCIDRs", INNER, _inner(config)),
    )
    found = [
        Range(network, who, name, *_place(f"{name}[{index}]", spans))
        for name, who, networks in lists
        for index, network in enumerate(networks)
    ]
    for index, address in enumerate(config.node_ips):
        field = f"nodeIPs[{index}]"
        if field in spans:
            found.append(Range(as_network(address), NODES, "nodeIPs", field, spans[field]))
    return sorted(found, key=lambda one: (one.network.version, int(one.network.network_address), one.network.prefixlen))


def _inner(config: NodeConfig) -> tuple[Network, ...]:
    """Return the inner networks that must be apart: in other modes those that are named, since the defaults may be anybody's there."""
    found = enumerate(config.ipvs.inner_cidrs)
    return tuple(one for at, one in found if config.mode is Mode.IPVS or f"ipvs.innerCIDRs[{at}]" in config.spans)


def _place(field: str, spans: Mapping[str, Span]) -> tuple[str, Span | None]:
    if _SEVERAL in spans and field.startswith("clusterCIDRs"):
        return _SEVERAL, spans[_SEVERAL]
    return field, spans.get(field)
