"""SVC202 and SVC203: addresses that two Services want.

    shop/a: externalIPs [192.0.2.1], port 80      SVC202 at the address in b:
    shop/b: externalIPs [192.0.2.1], port 80  ->    192.0.2.1:80/TCP is already claimed by Service shop/a

Ports are looked at only where two Services have an address in common.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from svcc.check.known import Known, clashes, place, related
from svcc.codes import CODES
from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Reason, Related, Severity, Span
from svcc.model.service import Service, ServicePort, other_addresses
from svcc.net import Address, Protocol, endpoint_text


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """One address of a Service and where it stands."""

    service: Service
    address: Address
    field: str
    span: Span | None
    cluster: bool
    """It is a cluster IP."""

    def report(self, sink: Diagnostics, code: str, message: str, *, hint: str, other: tuple[Related, ...]) -> None:
        """Report a mistake at this address; one with an error's code is a duplicate."""
        sink.add(
            code,
            message,
            span=self.span,
            object=f"Service/{self.service.name}",
            field=self.field,
            reason=Reason.DUPLICATE if CODES[code].severity is Severity.ERROR else None,
            hint=hint,
            related=other,
        )


def check_cluster_ips(known: Known, sink: Diagnostics) -> None:
    """SVC203: one cluster IP for two Services."""
    wanted = ((address, service) for service in known.manifests.services for address in service.cluster_ips)
    for address, (first, *others) in _contested(clashes(wanted), cluster_claims):
        for claim in others:
            if claim.service.name == first.service.name:
                continue
            message = f"the cluster IP {address} is already that of Service {first.service.name}"
            other = related(first.span, f"first used by Service {first.service.name}")
            claim.report(sink, "SVC203", message, hint="give one of them another address", other=other)


def check_claims(known: Known, sink: Diagnostics) -> None:
    """SVC202: one address, port and protocol for two Services; two equal cluster IPs are SVC203's."""
    wanted = ((address, one) for one in known.manifests.services for address in _addresses(one, known.config))

    def every(service: Service) -> Iterator[Claim]:
        yield from cluster_claims(service)
        yield from other_claims(service, known.config)

    for _, claims in _contested(clashes(wanted), every):
        first: dict[tuple[int, Protocol], Claim] = {}
        for claim in claims:
            taken: dict[Claim, list[ServicePort]] = {}
            for port in claim.service.ports:
                owner = first.setdefault((port.port, port.protocol), claim)
                if owner.service.name != claim.service.name and not (owner.cluster and claim.cluster):
                    taken.setdefault(owner, []).append(port)
            for owner, ports in taken.items():
                _report(sink, claim, owner, ports)


def _report(sink: Diagnostics, claim: Claim, owner: Claim, ports: list[ServicePort]) -> None:
    """Report one claim: ten ports of one Service on one address are one mistake."""
    what = f"{endpoint_text(claim.address, ports[0].port)}/{ports[0].protocol.value}"
    verb = f"and {len(ports) - 1} more of its ports are" if len(ports) > 1 else "is"
    message = f"{what} {verb} already claimed by Service {owner.service.name}"
    other = related(owner.span, f"first claimed by Service {owner.service.name}")
    claim.report(sink, "SVC202", message, hint="take another address, or another port", other=other)


def _contested(
    wanted: Mapping[Address, list[Service]], claims_of: Callable[[Service], Iterable[Claim]]
) -> Iterator[tuple[Address, list[Claim]]]:
    """Yield every address that several Services want, with the claims on it by place."""
    found: dict[Address, list[Claim]] = {}
    for service in {id(one): one for services in wanted.values() for one in services}.values():
        for claim in claims_of(service):
            if claim.address in wanted:
                claims = found.setdefault(claim.address, [])
                if not claims or claims[-1].service is not service:
                    claims.append(claim)
    for address, claims in found.items():
        yield address, sorted(claims, key=lambda claim: place(claim.span))


def cluster_claims(service: Service) -> Iterator[Claim]:
    """Yield each cluster IP of a Service."""
    for index, address in enumerate(service.cluster_ips):
        several = f"spec.clusterIPs[{index}]"
        field = "spec.clusterIP" if index == 0 and "spec.clusterIP" in service.spans else several
        yield Claim(service, address, field, service.spans.get(field, service.span), cluster=True)


def other_claims(service: Service, config: NodeConfig) -> Iterator[Claim]:
    """Yield each external and load-balancer address that a Service captures."""
    if not service.wants_cluster_ip:
        return
    for one in other_addresses(service, assigned=config.assign_load_balancer_ips):
        yield Claim(service, one.address, one.field, one.span, cluster=False)


def has_others(service: Service) -> bool:
    """Tell whether a Service has addresses besides its cluster IPs: few have."""
    return bool(service.external_ips or service.load_balancer_ips or service.requested_load_balancer_ip)


def _addresses(service: Service, config: NodeConfig) -> Iterable[Address]:
    if not has_others(service):
        return service.cluster_ips
    return (*service.cluster_ips, *(claim.address for claim in other_claims(service, config)))
