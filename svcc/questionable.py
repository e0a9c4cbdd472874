"""Choose the Services that a target may refuse or remark on, so that a check need not compile all others.

    ten thousand Services, one with session affinity   ->   that one, with its slices

Compiling only these leads to the same diagnostics as compiling everything: what `concerns` leaves out, no target speaks of. Of
the addresses that are reached alike one is enough, since targets speak of pools, and those depend on the way, not on the address;
but IPVS asks whose an address is, and counts those that have an external Local policy.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from svcc.config import Mode, NodeConfig
from svcc.diag import Diagnostics
from svcc.emit.iptables.bounds import concerns as concern_iptables
from svcc.emit.ipvs.bounds import concerns as concern_ipvs
from svcc.emit.nftables.bounds import concerns as concern_nftables
from svcc.graph.traits import Traits
from svcc.model.manifests import Manifests
from svcc.model.service import MASQ, ObjectName, Service, ServiceType
from svcc.net import Address, family_of

CONCERNS = {Mode.IPTABLES: concern_iptables, Mode.NFTABLES: concern_nftables, Mode.IPVS: concern_ipvs}


def check_target(manifests: Manifests, config: NodeConfig, sink: Diagnostics) -> None:
    """Report what lowering to the configuration's mode would report, compiling only the Services that it could be about."""
    mode = config.mode if config.mode in CONCERNS else Mode.IPTABLES
    asked = questionable(manifests, config, CONCERNS[mode])
    if not asked.services:
        return
    # Graph and emitters take longer to load than most inputs take to be read.
    from svcc.pipeline import LIMITS, compile_graph

    LIMITS[mode](compile_graph(asked, config).graph, config, sink)


def questionable(manifests: Manifests, config: NodeConfig, concerns: Callable[[Traits], bool]) -> Manifests:
    """Return the Services that concern a target, with their slices."""
    endpoints: Counter[ObjectName | None] = Counter()
    weighted: set[ObjectName | None] = set()
    for held in manifests.slices:
        endpoints[held.service] += len(held.endpoints)
        if held.weights:
            weighted.add(held.service)
    every_address = config.mode is Mode.IPVS
    chosen = tuple(
        one if every_address else _with_few_addresses(one)
        for one in manifests.services
        if concerns(_traits(one, config, endpoints[one.name], weighted=one.name in weighted))
    )
    names = {one.name for one in chosen}
    slices = tuple(one for one in manifests.slices if one.service in names) if names else ()
    return replace(manifests, services=chosen, slices=slices)


def _traits(service: Service, config: NodeConfig, endpoints: int, *, weighted: bool) -> Traits:
    return Traits(
        affinity=service.affinity_seconds is not None,
        weighted=weighted or bool(service.weights),
        scheduler=service.scheduler or config.default_scheduler,
        endpoints=endpoints,
        only_ipvs=bool(service.scheduler_flags or service.connection_limits) or service.forwarding != MASQ,
        outside=service.type is not ServiceType.CLUSTER_IP or bool(service.external_ips),
    )


def _with_few_addresses(service: Service) -> Service:
    external, balancer = _one_a_family(service.external_ips), _one_a_family(service.load_balancer_ips)
    return replace(service, external_ips=external, load_balancer_ips=balancer)


def _one_a_family(addresses: Sequence[Address]) -> tuple[Address, ...]:
    return tuple({family_of(one): one for one in reversed(addresses)}.values())
