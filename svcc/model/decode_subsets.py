"""Decode Endpoints, the older kind.

    subsets:                                               (EndpointSubset((Endpoint("10.128.7.21"),),
    - {addresses: [{ip: 10.128.7.21}], ports: [{port: 80}]}  ->     (SlicePort("", TCP, 80),)),)

Unlike in a slice, addresses of both families stand together, port names may repeat, and an empty host name is none.
"""

from svcc.diag import Reason
from svcc.model import fields
from svcc.model.decode_meta import check_label, decode_meta, usable_address
from svcc.model.decode_ports import check_app_protocol, decode_port_name, decode_protocol
from svcc.model.endpoint_rules import node_name
from svcc.model.endpoints import Endpoint, Endpoints, EndpointSubset, SlicePort
from svcc.net import MAX_PORT
from svcc.source.cursor import Cursor, Fields, Node


def decode_endpoints(cursor: Cursor) -> Endpoints | None:
    """Return the Endpoints at the cursor's root; None after any mistake, which is then in the sink."""
    top = cursor.fields(cursor.root, fields.ENDPOINTS)
    meta = decode_meta(cursor, top, "Endpoints")
    subsets = tuple(_subset(cursor, node) for node in cursor.sequence(top.get("subsets")))
    if cursor.errors:
        return None
    skip = meta.labels.get(fields.SKIP_MIRROR_LABEL) == "true"
    return Endpoints(meta.name, subsets, skip, meta.span)


def _subset(cursor: Cursor, node: Node) -> EndpointSubset:
    found = cursor.fields(node, fields.SUBSET)
    ready = _addresses(cursor, found.get("addresses"), ready=True)
    other = _addresses(cursor, found.get("notReadyAddresses"), ready=False)
    _check_addresses(cursor, node, found)
    return EndpointSubset((*ready, *other), _ports(cursor, found.get("ports")))


def _check_addresses(cursor: Cursor, node: Node, found: Fields) -> None:
    """SVC104: a subset of nobody; the API server points at the whole subset."""
    given = [found[name] for name in ("addresses", "notReadyAddresses") if name in found]
    if cursor.is_mapping(node) and all(one.value in ([], "") for one in given):
        cursor.report("SVC104", "a subset needs addresses or notReadyAddresses", node)


def _addresses(cursor: Cursor, node: Node | None, *, ready: bool) -> list[Endpoint]:
    endpoints: list[Endpoint] = []
    for one in cursor.sequence(node):
        found = cursor.fields(one, fields.ENDPOINT_ADDRESS)
        address = usable_address(cursor, found.get("ip"))
        if "ip" not in found and cursor.is_mapping(one):
            cursor.report("SVC104", "ip is required", one, below="ip", reason=Reason.INVALID)
        hostname = _hostname(cursor, found.get("hostname"))
        name = node_name(cursor, found)
        cursor.fields(found.get("targetRef"), fields.REFERENCE)
        if address is not None:
            span = cursor.word_span(found["ip"])
            endpoints.append(Endpoint(address, ready, node_name=name, hostname=hostname, span=span))
    return endpoints


def _hostname(cursor: Cursor, node: Node | None) -> str | None:
    name = cursor.text(node)
    if name and node is not None:
        check_label(cursor, name, node)
    return name or None


def _ports(cursor: Cursor, node: Node | None) -> tuple[SlicePort, ...]:
    nodes = cursor.sequence(node)
    ports: list[SlicePort] = []
    for one in nodes:
        found = cursor.fields(one, fields.SLICE_PORT)
        name = decode_port_name(cursor, found.get("name"))
        _check_port(cursor, one, found, several=len(nodes) > 1)
        protocol = decode_protocol(cursor, found)
        number = cursor.integer(found.get("port"), 1, MAX_PORT)
        if protocol is not None:
            ports.append(SlicePort(name, protocol, number))
    return tuple(ports)


def _check_port(cursor: Cursor, node: Node, found: Fields, *, several: bool) -> None:
    """SVC104: a port without number, or without name among several; SVC135: no application protocol."""
    if not cursor.is_mapping(node):
        return
    name = found.get("name")
    if several and (name is None or name.value == ""):
        hint = "with more than one port, each needs a name"
        cursor.report("SVC104", "name is required", name or node, below="" if name else "name", hint=hint)
    if "port" not in found:
        cursor.report("SVC104", "port is required", node, below="port", reason=Reason.INVALID)
    if "appProtocol" in found:
        check_app_protocol(cursor, found["appProtocol"])
