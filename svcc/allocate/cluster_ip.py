"""Give every Service the cluster IPs that it wants, from the ranges of `serviceCIDRs`.

    10.96.0.0/16:  10.96.0.1 … 10.96.1.0 | 10.96.1.1 … 10.96.255.254       the lower band is left to addresses that are stated:
                                           ^ the upper band is used first   min(max(16, 65536/16), 256) = 256 of them
    shop/cart  ->  upper[sha256("shop/cart") mod 65278], or the next free one

The network address belongs to nobody, and in IPv4 the broadcast address; a range of up to 16 addresses has no lower band. With
several ranges of one family all upper bands come first, in the order of the configuration, then all lower ones (Kubernetes 1.33,
pkg/registry/core/service/ipallocator). Every address that a manifest states in any role is out of reach of others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from svcc.allocate.families import Stack, choose_families
from svcc.allocate.lock import Key, Lock, cluster_ip_key
from svcc.allocate.pool import Pool
from svcc.allocate.report import Report, Words
from svcc.allocate.settle import Demand, Place, Request, settle
from svcc.config import NodeConfig
from svcc.diag import Diagnostics
from svcc.model.service import IpFamilyPolicy, ObjectName, Service, other_addresses
from svcc.net import Address, Family, Network, address_at, contains, family_of, network_family, number

_LEAST, _MOST, _STEP = 16, 256, 16


class ClusterIps(NamedTuple):
    """The families and cluster IPs of every Service that left one of them open, and the facts that stay."""

    stacks: Mapping[ObjectName, Stack]
    addresses: Mapping[ObjectName, tuple[Address, ...]]
    facts: Mapping[Key, Address]


def give_cluster_ips(services: Sequence[Service], config: NodeConfig, lock: Lock, sink: Diagnostics) -> ClusterIps:
    """Return the cluster IPs of every Service that lacks some; SVC109 and SVC235 for those that cannot have them."""
    available = tuple(dict.fromkeys(network_family(one) for one in config.service_cidrs))
    open_ = [one for one in services if not _states_all(one)]
    stacks = {one.name: choose_families(one, available, sink) for one in open_}
    facts: dict[Key, Address] = {}
    if lock.cluster_ips or any(one.wants_cluster_ip for one in open_):
        demands = _demands(services, stacks, config)
        spans = {one.name: one.span for one in services}
        for family, demand in demands.items():
            held = {
                key: number(address)
                for key, address in lock.cluster_ips.items()
                if key.word == family.value and key.service in spans
            }
            report = Report(_words(family, config), lock.spans, spans, sink)
            values = _settle(demand, held, ranges_of(config, family), report)
            facts |= {key: address_at(value, family) for key, value in values.items()}
    return ClusterIps(stacks, {one.name: _addresses(one, stacks[one.name], facts) for one in open_}, facts)


def _states_all(service: Service) -> bool:
    """Tell whether a Service states its families and all of its cluster IPs; most do where they come from a cluster."""
    count = len(service.cluster_ips)
    single = service.ip_family_policy is IpFamilyPolicy.SINGLE
    return count == len(service.ip_families) and (count == len(Family) or (count == 1 and single))


def _settle(demand: Demand, held: dict[Key, int], networks: Sequence[Network], report: Report) -> Mapping[Key, int]:
    if not networks:
        # Who wants one of these was told SVC109; its fact needs no warning of its own.
        held = {key: value for key, value in held.items() if key not in demand.wanted}
        demand = replace(demand, wanted={})
    pool = Pool(bands(networks))
    settled = settle(pool, demand, held)
    report.moved(settled, demand)
    report.full(settled, demand, pool)
    return settled.values


def ranges_of(config: NodeConfig, family: Family) -> tuple[Network, ...]:
    """Return the service ranges of a family, in their order."""
    return tuple(one for one in config.service_cidrs if network_family(one) is family)


def bands(networks: Sequence[Network]) -> list[range]:
    """Return where automatic addresses are taken from: the upper band of every network, then the lower ones."""
    upper, lower = [], []
    for network in networks:
        first = int(network.network_address) + 1
        last = int(network.broadcast_address) - (network.version == 4)  # noqa: PLR2004 - IP versions are their own names
        size = network.num_addresses
        split = first if size <= _LEAST else first + min(max(_LEAST, size // _STEP), _MOST)
        upper.append(range(split, last + 1))
        lower.append(range(first, split))
    return [*upper, *lower]


def _demands(
    services: Sequence[Service], stacks: Mapping[ObjectName, Stack], config: NodeConfig
) -> dict[Family, Demand]:
    """Return what is stated and what is wanted; a cluster IP comes before another role of the same address."""
    demands = {family: Demand() for family in Family}
    for service in services:
        if not service.wants_cluster_ip:
            continue
        for index, address in enumerate(service.cluster_ips):
            demand = demands[family_of(address)]
            demand.stated.add(cluster_ip_key(service.name, family_of(address)))
            demand.requests.setdefault(number(address), Request((service.name, 0), _place(service, index)))
        stack = stacks.get(service.name)
        for family in stack.families[len(service.cluster_ips) :] if stack else ():
            demands[family].wanted[cluster_ip_key(service.name, family)] = _place(service, len(service.cluster_ips))
    for service in services:
        for one in other_addresses(service, assigned=config.assign_load_balancer_ips):
            # Of the same owner as its cluster IP: a Service that states the address it has keeps it; moving it would cut off clients.
            request = Request((service.name, 0), Place(one.field, one.span))
            demands[family_of(one.address)].requests.setdefault(number(one.address), request)
    return demands


def _place(service: Service, index: int) -> Place:
    field = "spec.clusterIPs" if service.cluster_ips else "spec.clusterIP"
    if index < len(service.cluster_ips):
        several = f"spec.clusterIPs[{index}]"
        field = "spec.clusterIP" if index == 0 and "spec.clusterIP" in service.spans else several
    return Place(field, service.spans.get(field, service.span))


def _addresses(service: Service, stack: Stack, facts: Mapping[Key, Address]) -> tuple[Address, ...]:
    if not service.wants_cluster_ip:
        return service.cluster_ips
    keys = (cluster_ip_key(service.name, family) for family in stack.families[len(service.cluster_ips) :])
    return (*service.cluster_ips, *(facts[key] for key in keys if key in facts))


def _words(family: Family, config: NodeConfig) -> Words:
    networks = ranges_of(config, family)

    def show(value: int) -> str:
        return address_at(value, family)

    def outside(value: int) -> str:
        network = next((one for one in networks if contains(one, address_at(value, family))), None)
        if network is None:
            return f"outside serviceCIDRs ({', '.join(map(str, networks)) or f'no {family.value} range'})"
        end = "network" if value == int(network.network_address) else "broadcast"
        return f"the {end} address of {network}"

    ranges = ", ".join(map(str, networks))
    return Words(f"{family.value} cluster IP", "", ranges, "addresses", show, outside)
