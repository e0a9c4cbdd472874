"""SVC310 and SVC229: names that no zone can hold, found before any zone is made.

    Service shop/cart, port name of 63 characters          ->   SVC310: _… has 64 characters
    clusterDomain of 240 characters, Service shop/cart     ->   SVC310: cart.shop.svc.… has 254 characters

Not one of `CHECKS`: packets need no names, and the API server takes such Services. What makes zones asks this first, and has to
stop (SVC310); `svcc check` asks as well, and warns (SVC229).
"""

from collections.abc import Iterator

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Span
from svcc.model.endpoints import EndpointSlice
from svcc.model.manifests import Manifests
from svcc.model.service import ObjectName, Service
from svcc.net import Address, dashed

ERROR, WARNING = "SVC310", "SVC229"
MAX_LABEL, MAX_NAME = 63, 253
_ROOM = len("_._sctp.") + MAX_LABEL
"""Characters that the longest name below that of a Service has more."""
_SHOWN = 60


def check_zones(manifests: Manifests, config: NodeConfig, sink: Diagnostics, code: str = ERROR) -> None:
    """Report every Service that needs a name which is too long, and a domain in which no name fits."""
    domain = config.cluster_domain
    if len("dns-version.") + len(domain) > MAX_NAME:
        message = _too_long(f"dns-version.{domain}")
        sink.add(code, message, span=config.spans.get("clusterDomain"), object="NodeConfig", field="clusterDomain")
        return
    slices: dict[ObjectName | None, list[EndpointSlice]] = {}
    if any(one.headless or len(_name(one, domain)) + _ROOM > MAX_NAME for one in manifests.services):
        for held in manifests.slices:
            slices.setdefault(held.service, []).append(held)
    for service in manifests.services:
        for message, field, span in _faults(service, slices.get(service.name, []), config):
            sink.add(code, message, span=span, object=f"Service/{service.name}", field=field)
    for pod in manifests.pods if config.dns.pods else ():
        longest = max((_pod(one, pod.name.namespace, domain) for one in pod.addresses), key=len, default="")
        if len(longest) > MAX_NAME:
            sink.add(code, _too_long(longest), span=pod.span, object=f"Pod/{pod.name}", field="metadata.namespace")


def _name(service: Service, domain: str) -> str:
    return f"{service.name.name}.{service.name.namespace}.svc.{domain}"


def _faults(
    service: Service, slices: list[EndpointSlice], config: NodeConfig
) -> Iterator[tuple[str, str, Span | None]]:
    """Yield a message, a field path and a place for everything that is too long."""
    external, name = service.external_name, _name(service, config.cluster_domain)
    if external is not None:
        field = "spec.externalName"
        if max(map(len, external.split("."))) > MAX_LABEL:
            yield f"a label of {_short(external)} has more than {MAX_LABEL} characters", field, service.spans.get(field)
    else:
        yield from _ports(service, slices)
    if len(name) + _ROOM > MAX_NAME:
        longest = max([name, *_below(service, slices, config)], key=len)
        if len(longest) > MAX_NAME:
            yield _too_long(longest), "metadata.name", service.span


def _ports(service: Service, slices: list[EndpointSlice]) -> Iterator[tuple[str, str, Span | None]]:
    spans = {one.name: (f"spec.ports[{index}].name", one.span) for index, one in enumerate(service.ports)}
    if service.headless:
        spans |= {one.name: ("ports", held.span) for held in slices for one in held.ports if one.name not in spans}
    for name, (field, span) in spans.items():
        if len(name) >= MAX_LABEL:
            yield f"_{_short(name)} has {len(name) + 1} characters, {MAX_LABEL} are allowed", field, span


def _below(service: Service, slices: list[EndpointSlice], config: NodeConfig) -> Iterator[str]:
    """Yield the names that stand below that of a Service, and those of its endpoints as pods."""
    name = _name(service, config.cluster_domain)
    ports = (one for held in slices for one in held.ports) if service.headless else service.ports
    yield from (f"_{one.name}._{one.protocol.word}.{name}" for one in ports if one.name)
    for held in slices:
        for one in held.endpoints:
            if service.headless or config.dns.endpoints:
                yield f"{one.hostname or dashed(one.address)}.{name}"
            if config.dns.pods:
                yield _pod(one.address, service.name.namespace, config.cluster_domain)


def _pod(address: Address, namespace: str, domain: str) -> str:
    return f"{dashed(address)}.{namespace}.pod.{domain}"


def _too_long(name: str) -> str:
    return f"{_short(name)} has {len(name)} characters, {MAX_NAME} are allowed"


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
