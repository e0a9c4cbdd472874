"""Give Services the addresses and ports that their manifests leave open, and remember them in `svcc.lock`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from svcc.allocate.cluster_ip import ClusterIps, give_cluster_ips
from svcc.allocate.lock import Key, Lock, render
from svcc.allocate.locked import demand_same
from svcc.allocate.node_port import give_node_ports
from svcc.config import NodeConfig
from svcc.diag import Diagnostics
from svcc.model.manifests import Manifests
from svcc.model.service import Service, ServicePort

__all__ = ["Allocated", "Lock", "allocate", "demand_same", "render"]


class Allocated(NamedTuple):
    """Manifests whose Services have every address and port that they need, and the facts of that."""

    manifests: Manifests
    lock: Lock


def allocate(manifests: Manifests, config: NodeConfig, lock: Lock, sink: Diagnostics) -> Allocated:
    """Return the manifests with nothing left open, and the new lock; after an error in the sink neither is whole."""
    services = manifests.services
    given = give_cluster_ips(services, config, lock, sink)
    ports = give_node_ports(services, config, lock, sink)
    complete = tuple(_completed(one, given, ports) for one in services)
    new = Lock(
        cluster_ips=given.facts,
        node_ports={key: value for key, value in ports.items() if key.port},
        health_check_node_ports={key: value for key, value in ports.items() if not key.port},
        spans=lock.spans,
    )
    return Allocated(replace(manifests, services=complete), new)


def _completed(service: Service, given: ClusterIps, ports: Mapping[Key, int]) -> Service:
    stack, addresses = given.stacks[service.name], given.addresses[service.name]
    numbers = _with_node_ports(service, ports) if service.wants_node_ports and ports else service.ports
    check = service.health_check_node_port
    if check is None and service.wants_health_check_port:
        check = ports.get(Key(service.name))
    held = (service.cluster_ips, service.ip_families, service.ip_family_policy, service.ports)
    if (addresses, stack.families, stack.policy, numbers) == held and check == service.health_check_node_port:
        return service
    return replace(
        service,
        cluster_ips=addresses,
        ip_families=stack.families,
        ip_family_policy=stack.policy,
        ports=numbers,
        health_check_node_port=check,
    )


def _with_node_ports(service: Service, ports: Mapping[Key, int]) -> tuple[ServicePort, ...]:
    return tuple(
        one if one.node_port is not None else replace(one, node_port=ports.get(_key(service, one)))
        for one in service.ports
    )


def _key(service: Service, port: ServicePort) -> Key:
    return Key(service.name, port.port, port.protocol.value)
