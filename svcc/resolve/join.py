"""Join every Service port with the endpoints that one node sends its new connections to.

    Service shop/cart: port http 80                      PortBinding(shop/cart:http, IPv4,
    slice: http 8080, endpoints                    ->      cluster = 10.128.7.21:8080, 10.128.9.31:8080
      10.128.7.21 worker-1 ready                           local   = 10.128.7.21:8080
      10.128.9.31 worker-2 ready                           excluded = 10.128.9.32:8080 "not ready")
      10.128.9.32 worker-2 not ready

Service port and slice port meet by name and protocol; the number is the slice's. Ready endpoints are used; only where there
is none, those that still serve while terminating. Both decisions are made apart for the whole cluster and for this node, whose
zone is the one of its Node where the configuration names none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from svcc.config import NodeConfig
from svcc.model.endpoints import Endpoint, EndpointSlice
from svcc.model.manifests import Manifests
from svcc.model.service import ObjectName, Service, ServicePort, TrafficPolicy
from svcc.net import Address, Family, Protocol, by_family
from svcc.resolve.cluster import Chosen, Cluster, Empty, EndpointSet, Excluded, PortBinding, ReadyHere
from svcc.resolve.topology import is_near, near

_NOTHING = EndpointSet((), Empty.NO_ENDPOINTS)

_Offer = tuple[EndpointSlice, int]
"""A slice, and the number of one of its ports."""
_Found = dict[tuple[Address, int], tuple[Endpoint, EndpointSlice]]


def resolve(manifests: Manifests, config: NodeConfig) -> Cluster:
    """Return the cluster as the configured node sees it; bindings are sorted like the Services."""
    config = _with_zone(config, manifests)
    slices: dict[ObjectName, list[EndpointSlice]] = {}
    for one in manifests.slices:
        if one.service is not None and one.family is not None:
            slices.setdefault(one.service, []).append(one)
    bindings: list[PortBinding] = []
    untouched: list[Address] = []
    checks: list[ReadyHere] = []
    for service in manifests.services:
        if service.foreign_proxy and not service.headless:
            untouched.extend(service.cluster_ips)
        if service.carries_packets:
            bindings.extend(_bindings(service, slices.get(service.name, ()), config))
            if service.health_check_node_port is not None:
                ready = _ready_here(service, slices.get(service.name, ()), config)
                checks.append(ReadyHere(service.name, service.health_check_node_port, ready))
    return Cluster(config, tuple(bindings), tuple(sorted(untouched, key=by_family)), tuple(checks))


def _with_zone(config: NodeConfig, manifests: Manifests) -> NodeConfig:
    if config.zone is not None or config.node_name is None:
        return config
    zone = next((one.zone for one in manifests.nodes if one.name == config.node_name), None)
    return config if zone is None else replace(config, zone=zone)


def _ready_here(service: Service, slices: Iterable[EndpointSlice], config: NodeConfig) -> int:
    """Count the distinct ready addresses on this node, over all ports and families of the Service."""
    return len(
        {
            endpoint.address
            for held in slices
            if held.family in service.families
            for endpoint in held.endpoints
            if endpoint.ready and _is_here(endpoint, config.node_name)
        }
    )


def _bindings(service: Service, slices: Iterable[EndpointSlice], config: NodeConfig) -> Iterable[PortBinding]:
    weights: dict[Address, int] = {}
    for one in slices:
        weights.update(one.weights)
    weights.update(service.weights)
    offers = _offers(slices)
    for family in service.families:
        for port in service.ports:
            found = _records(offers.get((port.name, port.protocol), ()), family)
            yield _choose(service, port, family, _View(found, weights, config))


def _offers(slices: Iterable[EndpointSlice]) -> dict[tuple[str, Protocol], list[_Offer]]:
    """Index the ports of slices by what they meet Service ports by."""
    found: dict[tuple[str, Protocol], list[_Offer]] = {}
    for held in slices:
        for at in held.ports:
            if at.port is not None:
                found.setdefault((at.name, at.protocol), []).append((held, at.port))
    return found


class _View:
    """The distinct records of one Service port and what choosing among them depends on."""

    __slots__ = ("config", "records", "weights")

    def __init__(self, found: _Found, weights: Mapping[Address, int], config: NodeConfig) -> None:
        self.records = sorted(found.items(), key=_record_order) if len(found) > 1 else list(found.items())
        self.weights = weights
        self.config = config


def _record_order(record: tuple[tuple[Address, int], object]) -> tuple[bool, int, int]:
    (address, port), _ = record
    return (*by_family(address), port)


def _records(offers: Iterable[_Offer], family: Family) -> _Found:
    """Collect one record an address:port; of two, the one that runs best, whatever their order."""
    found: _Found = {}
    for held, at in offers:
        if held.family is not family:
            continue
        for endpoint in held.endpoints:
            key = (endpoint.address, at)
            if key not in found or _rank(endpoint) < _rank(found[key][0]):
                found[key] = (endpoint, held)
    return found


def _rank(endpoint: Endpoint) -> tuple[object, ...]:
    """Order the records of one address:port, best first; the rest of the tuple only makes the choice total."""
    state = 0 if endpoint.ready else 1 if endpoint.serving and endpoint.terminating else 2
    return (state, endpoint.node_name is None, endpoint.node_name or "", endpoint.hint_nodes, endpoint.hint_zones)


def _choose(service: Service, port: ServicePort, family: Family, view: _View) -> PortBinding:
    node, zone = view.config.node_name, view.config.zone
    ready = [(one, key[1]) for key, (one, _) in view.records if one.ready]
    fallback = [(one, key[1]) for key, (one, _) in view.records if not one.ready and one.serving and one.terminating]
    by = near(ready, node, zone)
    chosen = [(one, at) for one, at in ready if by is None or is_near(one, by, node, zone)] or fallback
    cluster = _set(chosen, view, Empty.NO_ENDPOINTS)
    local = _NOTHING
    if ready or fallback:
        here = [(one, at) for one, at in ready if _is_here(one, node)]
        local = _set(here or [(one, at) for one, at in fallback if _is_here(one, node)], view, Empty.NONE_HERE)
    excluded: tuple[Excluded, ...] = ()
    if len(cluster.endpoints) != len(view.records) or _uses_local(service) or view.weights:
        excluded = tuple(_excluded(view, ready, by))
    return PortBinding(service, port, family, cluster, local, excluded)


def _is_here(endpoint: Endpoint, node: str | None) -> bool:
    return node is not None and endpoint.node_name == node


def _uses_local(service: Service) -> bool:
    return TrafficPolicy.LOCAL in (service.internal_policy, service.external_policy)


def _set(chosen: list[tuple[Endpoint, int]], view: _View, why: Empty) -> EndpointSet:
    weights, node = view.weights, view.config.node_name
    if not chosen:
        return EndpointSet((), why)
    return EndpointSet(
        tuple(
            Chosen(one.address, at, weights.get(one.address, 1) if weights else 1, _is_here(one, node), one.span)
            for one, at in chosen
        )
    )


def _excluded(view: _View, ready: list[tuple[Endpoint, int]], by: str | None) -> Iterable[Excluded]:
    """Say of every endpoint that gets no new connection under the Cluster policy why that is."""
    for (address, at), (endpoint, _) in view.records:
        why = _why_not(endpoint, view, bool(ready), by)
        if why:
            usable = endpoint.ready or (endpoint.serving and endpoint.terminating)
            yield Excluded(address, at, why, endpoint.span, usable=usable)


def _why_not(endpoint: Endpoint, view: _View, any_ready: bool, by: str | None) -> str:  # noqa: FBT001
    node, zone = view.config.node_name, view.config.zone
    if not endpoint.ready:
        if not endpoint.serving:
            return "not ready" if not endpoint.terminating else "terminating and not serving"
        if not endpoint.terminating:
            return "not ready"
        return "terminating, and others are ready" if any_ready else _weightless(endpoint, view)
    if by is not None and not is_near(endpoint, by, node, zone):
        return f"its topology hints do not name this {by}"
    return _weightless(endpoint, view)


def _weightless(endpoint: Endpoint, view: _View) -> str:
    return "its weight is 0" if view.weights.get(endpoint.address, 1) == 0 else ""
