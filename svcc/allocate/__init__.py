"""Give Services the addresses and ports that their manifests leave open, and remember them in `svcc.lock`.

    kind: Service                        spec: {type: NodePort,                 svcc.lock
    metadata: {name: cart, …}     ->       clusterIP: 10.96.199.48,         +   clusterIPs:
    spec: {type: NodePort,                 ports: [{port: 80,                     shop/cart IPv4: 10.96.199.48
      ports: [{port: 80}]}                   nodePort: 31573}]}                 nodePorts:
                                                                                  shop/cart 80/TCP: 31573

Manifests come first, then the facts of the lock, then the hash: `sha256("shop/cart")` says where in the range the search for a
free address starts. So nobody's value depends on the order of files, and hardly on who else is there. The life of a fact:

    shop/cart is added         it is given 10.96.199.48: where its hash leads, or the next free address
    others come and go         it keeps 10.96.199.48; no Service ever moves because of one that is allocated
    type: ExternalName         it needs none now; the fact stays idle, and nobody else is given the address
    type: NodePort again       it has 10.96.199.48 again, and 31573 for port 80/TCP
    clusterIP: 10.96.0.9       the manifest wins: the fact is gone. Without the line later, it is allocated afresh
    shop/search states         the manifest wins: shop/cart moves to 10.96.199.49, with a warning that says so (SVC234)
      clusterIP: 10.96.199.48
    it leaves the input        the fact is released
    it is renamed              one that leaves and one that is new: another hash, another address
    it is added again          allocated afresh. The hash leads to the same place, so it has the address that it was given first,
                               unless somebody has taken that meanwhile, or at that time had one that is free now

A fact that cannot stay is never changed in silence: outside the range (SVC232), held twice as after a merge, where the first
key keeps it and one that is needed goes before an idle one, or one key twice, where the lower value counts (SVC233), stated by somebody else (SVC234), or idle in a range that
is full (SVC237). IPv4 and IPv6 are facts of their own, and so is each protocol of a port.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from svcc.allocate.cluster_ip import ClusterIps, give_cluster_ips
from svcc.allocate.lock import Key, Lock, render
from svcc.allocate.locked import demand_same
from svcc.allocate.node_port import give_node_ports
from svcc.allocate.report import surplus
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
    surplus(lock, sink)
    given = give_cluster_ips(services, config, lock, sink)
    ports = give_node_ports(services, config, lock, sink)
    complete = tuple(_completed(one, given, ports) for one in services)
    new = Lock(
        cluster_ips=given.facts,
        node_ports={key: value for key, value in ports.items() if key.port},
        health_check_node_ports={key: value for key, value in ports.items() if not key.port},
        serials=lock.serials,
        spans=lock.spans,
        serial_spans=lock.serial_spans,
    )
    return Allocated(replace(manifests, services=complete), new)


def _completed(service: Service, given: ClusterIps, ports: Mapping[Key, int]) -> Service:
    stack = given.stacks.get(service.name)
    if stack is not None:
        addresses = given.addresses[service.name]
        held = (service.cluster_ips, service.ip_families, service.ip_family_policy)
        if held != (addresses, stack.families, stack.policy):
            service = replace(service, cluster_ips=addresses, ip_families=stack.families, ip_family_policy=stack.policy)
    if service.wants_node_ports and any(one.node_port is None for one in service.ports):
        service = replace(service, ports=tuple(_with_node_port(service, one, ports) for one in service.ports))
    if service.wants_health_check_port and service.health_check_node_port is None:
        service = replace(service, health_check_node_port=ports.get(Key(service.name)))
    return service


def _with_node_port(service: Service, port: ServicePort, ports: Mapping[Key, int]) -> ServicePort:
    if port.node_port is not None:
        return port
    return replace(port, node_port=ports.get(Key(service.name, port.port, port.protocol.value)))
