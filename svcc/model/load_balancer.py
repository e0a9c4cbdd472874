"""Decode what a load balancer has written into the status of a Service.

    status: {loadBalancer: {ingress: [{ip: 198.51.100.7}, {hostname: lb.example.org}]}}   ->   ("198.51.100.7",)

Only addresses whose `ipMode` is VIP, or none, are captured. The rules are those of the API server for a status update.
"""

from svcc.diag import Reason, Span
from svcc.model import fields
from svcc.model.decode_meta import check_subdomain, usable_address
from svcc.model.service import ServiceType
from svcc.model.service_draft import Draft
from svcc.net import Address, parse_address
from svcc.source.cursor import Cursor, Fields, Node

_IP_MODES = {"VIP": "VIP", "Proxy": "Proxy"}


def load_balancer_ips(draft: Draft, spans: dict[str, Span]) -> tuple[Address, ...]:
    """Return the addresses that the status of a Service says are captured on nodes, each once."""
    held = draft.top.get("status")
    if held is None:
        return ()
    cursor = draft.cursor
    status = cursor.fields(held, fields.SERVICE_STATUS)
    balancer = cursor.fields(status.get("loadBalancer"), fields.LOAD_BALANCER)
    nodes = cursor.sequence(balancer.get("ingress"))
    if nodes and draft.type is not ServiceType.LOAD_BALANCER:
        if draft.type is not None:
            message = f"{draft.type.one} has no load balancer"
            cursor.report("SVC117", message, balancer["ingress"], hint="remove the status, or use type: LoadBalancer")
        return ()
    found: dict[Address, None] = {}
    for index, node in enumerate(nodes):
        ingress = cursor.fields(node, fields.INGRESS)
        address = _ingress_ip(cursor, ingress)
        if address is not None and address not in found:
            found[address] = None
            spans[f"status.loadBalancer.ingress[{index}].ip"] = cursor.word_span(ingress["ip"])
    return tuple(found)


def _ingress_ip(cursor: Cursor, ingress: Fields) -> Address | None:
    """Return the captured address of one ingress point, and report its mistakes."""
    mode = cursor.choice(ingress.get("ipMode"), _IP_MODES)
    hostname = ingress.get("hostname")
    if hostname is not None:
        _check_hostname(cursor, hostname)
    where = ingress.get("ip")
    if where is None or where.value == "":
        if "ipMode" in ingress:
            cursor.report("SVC112", "ipMode is about ip, and there is none", ingress["ipMode"])
        return None
    address = usable_address(cursor, where)
    return None if mode == "Proxy" else address


def _check_hostname(cursor: Cursor, node: Node) -> None:
    """Report a host name that is no DNS name, or that is an address."""
    name = cursor.text(node)
    if not name:
        return
    try:
        parse_address(name)
    except ValueError:
        check_subdomain(cursor, name, node)
        return
    message = f"{name} is an address, not a host name"
    cursor.report("SVC103", message, node, reason=Reason.INVALID, hint="use ip instead of hostname")
