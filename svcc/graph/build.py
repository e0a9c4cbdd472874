"""Build the rule graph of a cluster: which address takes packets, and where each kind of client is sent.

    binding shop/cart:http IPv4                      Frontend 10.96.0.10:80/TCP  pod → pool, node and external → pool + masquerade
      clusterIPs 10.96.0.10, nodePort 30080     ->   Frontend node port 30080    all → pool + masquerade
      endpoints 10.128.7.21, 10.128.9.31             Pool shop/cart:http = {10.128.7.21:8080, 10.128.9.31:8080}

The rules are those of kube-proxy: internal policy for cluster IPs, external policy for all others; under an external Local
policy pods and the node's own processes still reach every endpoint, and only outside clients are kept to this node.
"""

from collections.abc import Iterator

from svcc.config import DetectLocal, NodeConfig
from svcc.graph.nodes import (
    EVERYWHERE,
    AddressPort,
    Backend,
    Frontend,
    FrontendKind,
    Gate,
    HealthCheck,
    Host,
    NodePort,
    Pods,
    Pool,
    PoolId,
    PortName,
    Route,
    RuleGraph,
    Scope,
    Target,
    Verdict,
)
from svcc.model.service import EVERY_OTHER, ConnectionLimit, Service, TrafficPolicy
from svcc.net import (
    Address,
    Family,
    Network,
    as_network,
    by_family,
    collapse,
    contains,
    family_of,
    network_family,
    number,
)
from svcc.resolve.cluster import Chosen, Cluster, Empty, EndpointSet, PortBinding

_NO_LIMIT = ConnectionLimit(0, 0)


def build(cluster: Cluster) -> RuleGraph:
    """Return the graph of a cluster, sorted; pools that no frontend uses are still in it."""
    host = _host(cluster)
    frontends: list[Frontend] = []
    pools: list[Pool] = []
    for binding in cluster.bindings:
        builder = _Builder(binding, host, cluster.config)
        frontends.extend(builder.frontends())
        pools.extend(builder.pools())
    frontends.sort(key=lambda one: frontend_order(one.at))
    pools.sort(key=lambda one: one.id)
    checks = tuple(
        HealthCheck(one.port, one.service.namespace, one.service.name, one.ready_local) for one in cluster.health_checks
    )
    return RuleGraph(host, tuple(frontends), tuple(pools), checks)


def frontend_order(at: AddressPort | NodePort) -> tuple[bool, str, int, str, int]:
    """Sort frontends: addresses before node ports, then family, address, protocol, port."""
    if isinstance(at, NodePort):
        return (True, at.family.value, 0, at.protocol.value, at.port)
    return (False, family_of(at.address).value, number(at.address), at.protocol.value, at.port)


def _host(cluster: Cluster) -> Host:
    config = cluster.config
    owned = {one for binding in cluster.bindings for one in binding.service.cluster_ips}
    return Host(
        addresses=config.node_ips,
        node_ports_on=_node_ports_on(config),
        pods=_pods(config),
        service_cidrs=collapse(config.service_cidrs),
        cluster_ips=tuple(sorted(owned, key=by_family)),
        untouched=tuple(one for one in cluster.untouched if one not in owned),
        localhost_ports=config.localhost_node_ports and _has_node_ports(cluster),
        masquerade_all=config.masquerade_all,
        masquerade_bit=config.masquerade_bit,
        verdict_bit=config.verdict_bit,
    )


def _has_node_ports(cluster: Cluster) -> bool:
    """Tell whether there is a node port that 127.0.0.1 could serve: without one, loopback needs neither way nor guard."""
    return any(one.port.node_port is not None and one.family is Family.IPV4 for one in cluster.bindings)


def _node_ports_on(config: NodeConfig) -> tuple[Network, ...]:
    if config.node_port_primary:
        primaries = (config.primary(family) for family in Family)
        return tuple(as_network(one) for one in primaries if one is not None)
    named = {network_family(one) for one in config.node_port_cidrs}
    return collapse((*config.node_port_cidrs, *(one for one in EVERYWHERE if network_family(one) not in named)))


def _pods(config: NodeConfig) -> Pods:
    if config.detect_local in {DetectLocal.BRIDGE_INTERFACE, DetectLocal.INTERFACE_PREFIX}:
        return Pods((), config.local_interface, config.detect_local is DetectLocal.INTERFACE_PREFIX)
    return Pods(collapse((*config.pod_networks(Family.IPV4), *config.pod_networks(Family.IPV6))))


class _Builder:
    """What one binding asks for."""

    def __init__(self, binding: PortBinding, host: Host, config: NodeConfig) -> None:
        service, port = binding.service, binding.port
        self.binding = binding
        self.service: Service = service
        self.config = config
        self.host = host
        self.name = PortName(service.name.namespace, service.name.name, port.name)
        self.everyone = self._target(binding.cluster, Scope.CLUSTER)
        self.here = self._target(binding.local, Scope.LOCAL)

    def _target(self, chosen: EndpointSet, scope: Scope) -> PoolId | Verdict:
        if chosen.empty is Empty.NONE_HERE:
            return Verdict.DROP
        if not any(one.weight for one in chosen.endpoints):
            return Verdict.REJECT
        return PoolId(self.name, self.binding.port.protocol.value, self.binding.family.value, scope.value)

    def pools(self) -> Iterator[Pool]:
        """Yield the pools of the endpoints that take connections at all."""
        for to, chosen in ((self.everyone, self.binding.cluster), (self.here, self.binding.local)):
            if isinstance(to, Verdict):
                continue
            service, port = self.service, self.binding.port
            yield Pool(
                to,
                self.binding.family,
                port.protocol,
                tuple(self._backend(one) for one in chosen.endpoints if one.weight),
                scheduler=service.scheduler or self.config.default_scheduler,
                affinity=service.affinity_seconds,
                flags=service.scheduler_flags,
                forwarding=service.forwarding,
                origin=port.span,
            )

    def _backend(self, one: Chosen) -> Backend:
        limits = self.service.connection_limits
        limit = (limits.get(one.address) or limits.get(EVERY_OTHER, _NO_LIMIT)) if limits else _NO_LIMIT
        return Backend(one.address, one.port, one.weight, one.local, limit.lower, limit.upper, one.origin)

    def frontends(self) -> Iterator[Frontend]:
        """Yield every place where packets for this Service port arrive; of two at one place, the ungated one."""
        port, family, service = self.binding.port, self.binding.family, self.service
        internal, external = self._internal(), self._external()
        taken: set[Address] = set()
        for kind, addresses, route in (
            (FrontendKind.CLUSTER_IP, service.cluster_ips, internal),
            (FrontendKind.EXTERNAL_IP, service.external_ips, external),
            (FrontendKind.LOAD_BALANCER, self._load_balancer_ips(), external),
        ):
            for address in addresses:
                if family_of(address) is not family or address in taken:
                    continue
                taken.add(address)
                gate = self._gate(address) if kind is FrontendKind.LOAD_BALANCER else None
                yield Frontend(AddressPort(address, port.protocol, port.port), kind, self.name, gate, route, port.span)
        if port.node_port is not None:
            at = NodePort(family, port.protocol, port.node_port)
            gate = self._gate(None) if service.gate_node_ports else None
            yield Frontend(at, FrontendKind.NODE_PORT, self.name, gate, external, port.span)

    def _load_balancer_ips(self) -> tuple[Address, ...]:
        wished = self.service.requested_load_balancer_ip
        if self.config.assign_load_balancer_ips and wished is not None and not self.service.load_balancer_ips:
            return (wished,)
        return self.service.load_balancer_ips

    def _internal(self) -> Route:
        to = self.here if self.service.internal_policy is TrafficPolicy.LOCAL else self.everyone
        all_of_them = self.config.masquerade_all
        outsiders = all_of_them or self.host.pods.known(self.binding.family)
        other = _target(to, masquerade=outsiders)
        return Route(_target(to, masquerade=all_of_them), other, other)

    def _external(self) -> Route:
        all_rewritten = _target(self.everyone, masquerade=True)
        if self.service.external_policy is TrafficPolicy.CLUSTER:
            return Route(all_rewritten, all_rewritten, all_rewritten)
        return Route(Target(self.everyone), all_rewritten, Target(self.here))

    def _gate(self, address: Address | None) -> Gate | None:
        family = self.binding.family
        ranges = list(collapse([one for one in self.service.source_ranges if network_family(one) is family]))
        if not ranges or ranges[0].prefixlen == 0:
            return None
        holds_node = any(contains(one, node) for one in ranges for node in self.host.addresses)
        if address is not None and holds_node:
            ranges.append(as_network(address))
        return Gate(collapse(ranges))


def _target(to: PoolId | Verdict, *, masquerade: bool) -> Target:
    return Target(to, masquerade and not isinstance(to, Verdict))
