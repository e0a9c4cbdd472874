"""Say what of a rule graph IPVS says only in part, otherwise, or not at all.

    direct routing from port 80 to port 8080            ->   SVC306: dr does not translate ports, and shop/web:http sends 80 to 8080
    two Services with external addresses                ->   SVC312 at the first of them, with the number of both

What is refused, or asked for in vain, is told for each Service port; what IPVS does in its own way once, at the first Service.
`bounds.concerns` is the same knowledge asked beforehand: a Service without such traits is never in these diagnostics.
"""

from collections.abc import Iterator, Sequence
from math import gcd

from svcc.diag import Diagnostics
from svcc.emit.ipvs.bounds import SH_PLACES, TABLED
from svcc.emit.ipvs.differences import report_differences
from svcc.emit.ipvs.inner import room
from svcc.emit.ipvs.schedulers import ONE_PACKET, scheduler_of
from svcc.emit.nftables.bounds import MAX_SLOTS
from svcc.emit.nftables.policy import split
from svcc.emit.nftables.slots import slots
from svcc.graph.nodes import MASQ, Frontend, FrontendKind, Host, NodePort, Pool, PoolId, RuleGraph
from svcc.net import Family, Network, Protocol, network_family


def limits(graph: RuleGraph, inner_cidrs: Sequence[Network], sink: Diagnostics) -> None:
    """Report what of the graph IPVS says only in part, otherwise, or not at all."""
    on_localhost = _on_localhost(graph)
    by_packet = {pool.id.name[:2] for pool in graph.pools if pool.protocol is Protocol.UDP}
    for pool in graph.pools:
        _schedulers(pool, sink, has_udp=pool.id.name[:2] in by_packet)
        _weights(pool, sink, on_localhost=pool.id in on_localhost)
    _forwarding(graph, sink)
    for family in Family:
        _inner(graph, family, next((one for one in inner_cidrs if network_family(one) is family), None), sink)
    report_differences(graph, sink)


def _object(pool: Pool) -> str:
    return f"Service/{pool.id.name.namespace}/{pool.id.name.service}"


def _schedulers(pool: Pool, sink: Diagnostics, *, has_udp: bool) -> None:
    if pool.scheduler == "random":
        message = f"scheduler random of {pool.id.name} becomes {scheduler_of(pool)} in IPVS"
        hint = "name one that IPVS has, such as rr; iptables and nftables take it for random"
        sink.add("SVC303", message, span=pool.origin, object=_object(pool), hint=hint)
    if ONE_PACKET in pool.flags and not has_udp:
        message = f"{ONE_PACKET} of {pool.id.name} has no effect: Linux balances packet by packet for UDP alone"
        sink.add("SVC303", message, span=pool.origin, object=_object(pool), hint=f"remove {ONE_PACKET}")
    if ONE_PACKET in pool.flags and pool.protocol is Protocol.UDP and pool.forwarding == MASQ:
        message = f"with {ONE_PACKET}, answers of {pool.id.name} come from the endpoint's own address"
        hint = f"use forwarding dr or tun, or no {ONE_PACKET}, if clients wait for answers"
        sink.add("SVC314", message, span=pool.origin, object=_object(pool), hint=hint)


def _weights(pool: Pool, sink: Diagnostics, *, on_localhost: bool) -> None:
    weights = [1 if pool.scheduler == "dh" else one.weight for one in pool.backends]
    total = sum(weights) // gcd(*weights)
    if pool.scheduler in TABLED and total > SH_PLACES:
        message = f"the weights of {pool.id.name} add up to {total}, and {pool.scheduler} has {SH_PLACES} places"
        sink.add("SVC302", message, span=pool.origin, object=_object(pool), hint="use mh, or smaller weights")
    if on_localhost and len(slots(pool)) > MAX_SLOTS:
        message = f"the weights of {pool.id.name} add up to {len(slots(pool))}, more than {MAX_SLOTS}"
        hint = "use smaller weights, or no node ports on localhost, which nftables serves"
        sink.add("SVC302", message, span=pool.origin, object=_object(pool), hint=hint)


def _on_localhost(graph: RuleGraph) -> set[PoolId]:
    """Return the pools that node ports on 127.0.0.1 send to."""
    if not graph.host.localhost_ports:
        return set()
    ports = (one for one in graph.frontends if isinstance(one.at, NodePort) and one.family is Family.IPV4)
    return {target.to for one in ports for target in one.then.targets if isinstance(target.to, PoolId)}


def _forwarding(graph: RuleGraph, sink: Diagnostics) -> None:
    """SVC306: direct routing and tunnels, where something of the packet would have to be rewritten."""
    pools = {one.id: one for one in graph.pools if one.forwarding != MASQ}
    for frontend in graph.frontends if pools else ():
        for target in dict.fromkeys(frontend.then.targets):
            pool = pools.get(target.to) if isinstance(target.to, PoolId) else None
            if pool is None:
                continue
            for message, hint in _rewritten(frontend, pool, graph.host):
                sink.add("SVC306", message, span=frontend.origin, object=_object(pool), hint=hint)


def _rewritten(frontend: Frontend, pool: Pool, host: Host) -> Iterator[tuple[str, str]]:
    """Yield why a packet to a frontend would have to be rewritten, and what to do instead."""
    method, name, at = pool.forwarding, frontend.service, frontend.at
    wrong = next((one.port for one in pool.backends if one.port != at.port), None)
    if isinstance(at, NodePort):
        hint = "use type: ClusterIP with externalIPs, or allocateLoadBalancerNodePorts: false"
        if wrong is not None:
            yield f"{method} does not translate ports, and {name} sends node port {at.port} to {wrong}", hint
        elif host.localhost_ports and frontend.family is Family.IPV4:
            yield f"{method} keeps the client's address, and nobody can answer 127.0.0.1 at node port {at.port}", hint
    elif wrong is not None:
        hint = f"let the endpoints listen on {at.port}, or use forwarding {MASQ}"
        yield f"{method} does not translate ports, and {name} sends {at.port} to {wrong}", hint
    if frontend.kind is FrontendKind.CLUSTER_IP and host.masquerade_all:
        message = f"{method} keeps the client's address, and masqueradeAll rewrites that of the clients of {name}"
        yield message, f"set masqueradeAll to false, or use forwarding {MASQ}"
    if split(frontend.then, pods_known=host.pods.known(frontend.family)).other is not None:
        message = f"{method} keeps the address of {name}, and an external Local policy sends by another one"
        yield message, f"use externalTrafficPolicy: Cluster, or forwarding {MASQ}"


def _inner(graph: RuleGraph, family: Family, network: Network | None, sink: Diagnostics) -> None:
    """SVC308: more frontends with an external Local policy than the inner network has room for."""
    known = graph.host.pods.known(family)
    apart = [
        one
        for one in graph.frontends
        if one.family is family and isinstance(split(one.then, pods_known=known).other, PoolId)
    ]
    most = room(network) if network is not None else 0
    if len(apart) > most:
        first = apart[most]
        message = f"{len(apart)} {family.value} frontends have a Local policy, and {network or 'no network'} has room for {most}"
        where = f"Service/{first.service.namespace}/{first.service.service}"
        sink.add("SVC308", message, span=first.origin, object=where, hint="set ipvs.innerCIDRs to a larger network")
