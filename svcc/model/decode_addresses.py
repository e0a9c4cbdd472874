"""Decode the addresses of a Service: cluster, external and load-balancer IPs, with their places.

    spec: {clusterIP: 10.96.0.10, externalIPs: [192.0.2.1]}  ->  Addresses(cluster=("10.96.0.10",), external=("192.0.2.1",), …)

A Service that needs a cluster IP must hold it: svcc does not allocate one here.
"""

from typing import NamedTuple

from svcc.diag import Span
from svcc.model import fields
from svcc.model.decode_meta import usable_address
from svcc.model.service import ServiceType
from svcc.net import Address, family_of
from svcc.source.cursor import Cursor, Fields, Node

MAX_CLUSTER_IPS = 2
HEADLESS = "None"

_IP_MODES = {"VIP": "VIP", "Proxy": "Proxy"}
_FAMILIES = {"IPv4": "IPv4", "IPv6": "IPv6"}


class Addresses(NamedTuple):
    """Where a Service can be reached; `spans` by field path."""

    cluster: tuple[Address, ...]
    headless: bool
    external: tuple[Address, ...]
    load_balancer: tuple[Address, ...]
    requested: Address | None
    spans: dict[str, Span]


def decode_addresses(cursor: Cursor, top: Fields, spec: Fields, kind: ServiceType) -> Addresses:
    """Return the addresses of a Service, and report those it lacks or cannot have."""
    spans: dict[str, Span] = {}
    headless, cluster = _cluster_ips(cursor, spec, spans)
    _check_type(cursor, top["spec"], spec, (kind, headless, bool(cluster)))
    external = _external_ips(cursor, spec, spans)
    load_balancer = _load_balancer_ips(cursor, top, spans)
    requested = _requested_ip(cursor, spec, spans)
    if kind is not ServiceType.LOAD_BALANCER:
        # The API server wipes what an earlier type has left in the status.
        load_balancer, requested = (), None
    return Addresses(cluster, headless, external, load_balancer, requested, spans)


def _cluster_ips(cursor: Cursor, spec: Fields, spans: dict[str, Span]) -> tuple[bool, tuple[Address, ...]]:
    single = spec.get("clusterIP")
    word = cursor.word(single)
    several = [(one, node) for node in cursor.sequence(spec.get("clusterIPs")) if (one := cursor.word(node))]
    if word == HEADLESS or (not word and several and several[0][0] == HEADLESS):
        if word and several and several[0][0] != HEADLESS:
            cursor.report("SVC112", "clusterIPs[0] must equal clusterIP", several[0][1])
        return True, ()
    found: list[Address] = []
    for index, (_, node) in enumerate(several):
        address = usable_address(cursor, node)
        if address is not None:
            found.append(address)
            spans[f"spec.clusterIPs[{index}]"] = cursor.span(node)
    first = usable_address(cursor, single) if word else None
    if first is not None and single is not None:
        spans["spec.clusterIP"] = cursor.span(single)
        spans.setdefault("spec.clusterIPs[0]", cursor.span(single))
        if found and found[0] != first:
            cursor.report("SVC112", f"clusterIPs[0] must equal clusterIP, {first}", several[0][1])
        found = found or [first]
    _check_cluster_ips(cursor, spec, found, [node for _, node in several])
    return False, tuple(found)


def _check_cluster_ips(cursor: Cursor, spec: Fields, found: list[Address], nodes: list[Node]) -> None:
    if len(nodes) > MAX_CLUSTER_IPS:
        cursor.report("SVC112", "a Service has at most one cluster IP of each family", nodes[MAX_CLUSTER_IPS])
    elif len(found) > 1 and family_of(found[0]) is family_of(found[1]):
        cursor.report("SVC107", "the second cluster IP must be of the other family", nodes[1])
    policy = spec.get("ipFamilyPolicy")
    if len(found) == 1 and policy is not None and cursor.text(policy) == "RequireDualStack":
        hint = "set spec.clusterIPs to one address of each family, or ipFamilyPolicy to SingleStack"
        cursor.report("SVC109", "RequireDualStack needs a cluster IP of each family", policy, hint=hint)
    families = [(cursor.choice(node, _FAMILIES), node) for node in cursor.sequence(spec.get("ipFamilies"))]
    for address, (family, node) in zip(found, families, strict=False):
        if family is not None and family != family_of(address).value:
            cursor.report("SVC107", f"{address} is not an {family} address as ipFamilies says", node)


def _check_type(cursor: Cursor, node: Node, spec: Fields, facts: tuple[ServiceType, bool, bool]) -> None:
    """Report a cluster IP that the type of the Service forbids or demands."""
    kind, headless, has_ip = facts
    given = spec.get("clusterIP") or spec.get("clusterIPs")
    if kind is ServiceType.EXTERNAL_NAME:
        if given is not None and (headless or has_ip):
            cursor.report("SVC112", "an ExternalName Service has no cluster IP", given)
    elif headless and kind is not ServiceType.CLUSTER_IP and given is not None:
        cursor.report("SVC112", f"a headless Service cannot be of type {kind.value}", given)
    elif not headless and not has_ip and cursor.errors == 0:
        hint = "set spec.clusterIP, or None for a headless Service"
        cursor.report("SVC109", "this Service needs a cluster IP", node, below="clusterIP", hint=hint)


def _external_ips(cursor: Cursor, spec: Fields, spans: dict[str, Span]) -> tuple[Address, ...]:
    found: dict[Address, None] = {}
    for index, node in enumerate(cursor.sequence(spec.get("externalIPs"))):
        address = usable_address(cursor, node)
        if address is not None and address not in found:
            found[address] = None
            spans[f"spec.externalIPs[{index}]"] = cursor.span(node)
    return tuple(found)


def _requested_ip(cursor: Cursor, spec: Fields, spans: dict[str, Span]) -> Address | None:
    node = spec.get("loadBalancerIP")
    if node is None or not cursor.word(node):
        return None
    spans["spec.loadBalancerIP"] = cursor.span(node)
    return usable_address(cursor, node)


def _load_balancer_ips(cursor: Cursor, top: Fields, spans: dict[str, Span]) -> tuple[Address, ...]:
    status = cursor.fields(top.get("status"), fields.SERVICE_STATUS)
    balancer = cursor.fields(status.get("loadBalancer"), fields.LOAD_BALANCER)
    found: dict[Address, None] = {}
    for index, node in enumerate(cursor.sequence(balancer.get("ingress"))):
        ingress = cursor.fields(node, fields.INGRESS)
        cursor.text(ingress.get("hostname"))
        mode = cursor.choice(ingress.get("ipMode"), _IP_MODES)
        where = ingress.get("ip")
        if where is None or not cursor.word(where):
            continue
        address = usable_address(cursor, where)
        if address is not None and mode != "Proxy" and address not in found:
            found[address] = None
            spans[f"status.loadBalancer.ingress[{index}].ip"] = cursor.span(where)
    return tuple(found)
