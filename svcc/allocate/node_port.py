"""Give every Service the node ports and the health-check node port that it wants, from `nodePortRange`.

    30000-32767:  30000 … 30085 | 30086 … 32767            the lower band is left to ports that are stated:
                                  ^ the upper band first    min(max(16, 2768/32), 128) = 86 of them
    shop/cart 80/TCP  ->  upper[sha256("shop/cart 80/TCP") mod 2682], or the next free one
    shop/front        ->  upper[sha256("shop/front") mod 2682] for its health check

Both kinds come from one pool: a number has one use on a node. Within one Service the protocols of one port number share their
node port, as the API server has it; a range of up to 16 ports has no lower band (Kubernetes 1.33,
pkg/registry/core/service/portallocator).
"""

from collections.abc import Mapping, Sequence

from svcc.allocate.lock import Key, Lock
from svcc.allocate.pool import Pool
from svcc.allocate.report import Report, Words
from svcc.allocate.settle import Demand, Place, Request, settle
from svcc.config import NodeConfig
from svcc.diag import Diagnostics
from svcc.model.service import Service, ServiceType

_PUBLISHED = (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER)
_LEAST, _MOST, _STEP = 16, 128, 32
_HEALTH_CHECK = "spec.healthCheckNodePort"


def give_node_ports(
    services: Sequence[Service], config: NodeConfig, lock: Lock, sink: Diagnostics
) -> Mapping[Key, int]:
    """Return the facts that hold for ports and health checks; SVC235 when there are not enough."""
    published = [one for one in services if one.type in _PUBLISHED]
    if not (published or lock.node_ports or lock.health_check_node_ports):
        return {}
    low, high = config.node_port_range
    spans = {one.name: one.span for one in services}
    demand = _demand(published)
    pool = Pool(bands(low, high))
    facts = {
        key: value
        for held in (lock.node_ports, lock.health_check_node_ports)
        for key, value in held.items()
        if key.service in spans
    }
    settled = settle(pool, demand, facts)
    text = f"{low}-{high}"
    words = Words("node port", "node port ", text, "ports", str, lambda _: f"outside nodePortRange ({text})")
    report = Report(words, lock.spans, spans, sink)
    report.moved(settled, demand)
    report.full(settled, demand, pool)
    return settled.values


def bands(low: int, high: int) -> list[range]:
    """Return where automatic ports are taken from: the upper band, then the lower one."""
    size = high - low + 1
    split = low if size <= _LEAST else low + min(max(_LEAST, size // _STEP), _MOST)
    return [range(split, high + 1), range(low, split)]


def _demand(services: Sequence[Service]) -> Demand:
    demand = Demand()
    for service in services:
        for index, port in enumerate(service.ports):
            key = Key(service.name, port.port, port.protocol.value)
            if port.node_port is not None:
                place = Place(f"spec.ports[{index}].nodePort", port.node_port_span or service.span)
                demand.stated.add(key)
                demand.requests.setdefault(port.node_port, Request(key.owner, place))
            elif service.wants_node_ports:
                demand.wanted[key] = Place(f"spec.ports[{index}].nodePort", port.span or service.span)
        _add_health_check(demand, service)
    return demand


def _add_health_check(demand: Demand, service: Service) -> None:
    key = Key(service.name)
    place = Place(_HEALTH_CHECK, service.spans.get(_HEALTH_CHECK, service.span))
    if service.health_check_node_port is not None:
        demand.stated.add(key)
        demand.requests.setdefault(service.health_check_node_port, Request(key.owner, place))
    elif service.wants_health_check_port:
        demand.wanted[key] = place
