"""Decode EndpointSlices and Endpoints.

    endpoints:                                           (Endpoint("10.128.7.21", ready=True, node_name="worker-1"),)
    - {addresses: [10.128.7.21], nodeName: worker-1}  ->

This is the busiest code of decoding: an input has ten times more endpoints than anything else. It reads nodes with as few
calls as it can, and leaves everything unusual to the cursor.
"""

from svcc.diag import Span
from svcc.model import fields
from svcc.model.decode_meta import (
    check_label,
    decode_meta,
    decode_weights,
    is_ordinary_ipv4,
    usable_address,
)
from svcc.model.decode_ports import check_names, decode_port_name, decode_protocol
from svcc.model.endpoints import Endpoint, Endpoints, EndpointSlice, EndpointSubset, SlicePort
from svcc.model.service import ObjectName
from svcc.net import MAX_PORT, Family, family_of
from svcc.source.cursor import Cursor, MappingNode, Node, ScalarNode, SequenceNode

_States = tuple[bool, bool, bool]

_FAMILIES: dict[str, Family | str] = {"IPv4": Family.IPV4, "IPv6": Family.IPV6, "FQDN": "FQDN"}


def decode_endpoint_slice(cursor: Cursor) -> EndpointSlice | None:
    """Return the EndpointSlice at the cursor's root; None after any mistake, which is then in the sink."""
    top = cursor.fields(cursor.root, fields.ENDPOINT_SLICE)
    meta = decode_meta(cursor, top, "EndpointSlice")
    kind = cursor.choice(top.get("addressType"), _FAMILIES)
    if "addressType" not in top:
        cursor.missing(cursor.root, "addressType", "one of IPv4, IPv6, FQDN")
    family = kind if isinstance(kind, Family) else None
    service = meta.labels.get(fields.SERVICE_NAME_LABEL)
    ports = _ports(cursor, top.get("ports"), required=False)
    endpoints: list[Endpoint] = []
    for node in cursor.sequence(top.get("endpoints")):
        endpoint = _endpoint(cursor, node, family)
        if endpoint is not None:
            endpoints.append(endpoint)
    weights = decode_weights(cursor, meta) if meta.annotations else {}
    if cursor.errors:
        return None
    owner = ObjectName(meta.name.namespace, service) if service else None
    named = _label_span(cursor, meta.labels_node, fields.SERVICE_NAME_LABEL)
    return EndpointSlice(meta.name, owner, family, ports, tuple(endpoints), weights, span=meta.span, service_span=named)


def _label_span(cursor: Cursor, labels: Node | None, name: str) -> Span | None:
    pairs = labels.value if isinstance(labels, MappingNode) else ()
    return next((cursor.word_span(value) for key, value in pairs if key.value == name), None)


def decode_endpoints(cursor: Cursor) -> Endpoints | None:
    """Return the Endpoints at the cursor's root; None after any mistake, which is then in the sink."""
    top = cursor.fields(cursor.root, fields.ENDPOINTS)
    meta = decode_meta(cursor, top, "Endpoints")
    subsets: list[EndpointSubset] = []
    for node in cursor.sequence(top.get("subsets")):
        found = cursor.fields(node, fields.SUBSET)
        ready = _addresses(cursor, found.get("addresses"), ready=True)
        other = _addresses(cursor, found.get("notReadyAddresses"), ready=False)
        ports = _ports(cursor, found.get("ports"), required=True)
        subsets.append(EndpointSubset((*ready, *other), ports))
    if cursor.errors:
        return None
    skip = meta.labels.get(fields.SKIP_MIRROR_LABEL) == "true"
    return Endpoints(meta.name, tuple(subsets), skip, meta.span)


def _ports(cursor: Cursor, node: Node | None, *, required: bool) -> tuple[SlicePort, ...]:
    ports: list[SlicePort] = []
    names: list[tuple[str, Node, Node | None]] = []
    for one in cursor.sequence(node):
        found = cursor.fields(one, fields.SLICE_PORT)
        name = decode_port_name(cursor, found.get("name"))
        protocol = decode_protocol(cursor, found)
        where = found.get("port")
        number = cursor.integer(where, 1, MAX_PORT)
        if where is None and required and cursor.is_mapping(one):
            cursor.missing(one, "port")
        names.append((name, one, found.get("name")))
        if protocol is not None:
            ports.append(SlicePort(name, protocol, number))
    check_names(cursor, names)
    return tuple(ports)


def _endpoint(cursor: Cursor, node: Node, family: Family | None) -> Endpoint | None:
    """Read the shape that nearly all endpoints have, in one pass; leave every other to `_any_endpoint`."""
    if family is not Family.IPV4 or node.__class__ is not MappingNode:
        return _any_endpoint(cursor, node, family)
    where: Node | None = None
    states: _States | None = None
    node_name: str | None = None
    for key, value in node.value:
        name = key.value
        if name == "addresses" and where is None and value.__class__ is SequenceNode and len(value.value) == 1:
            where = value.value[0]
        elif name == "conditions" and states is None:
            states = _quick_states(value)
            if states is None:
                return _any_endpoint(cursor, node, family)
        elif name == "nodeName" and node_name is None:
            node_name = cursor.text(value)
        elif name != "targetRef" or value.__class__ is not MappingNode:
            return _any_endpoint(cursor, node, family)
    if where is None or where.__class__ is not ScalarNode or where.tag is not None or not is_ordinary_ipv4(where.value):
        return _any_endpoint(cursor, node, family)
    ready, serving, terminating = states or (True, True, False)
    span = cursor.word_span(where)
    return Endpoint(where.value, ready, serving, terminating, node_name or None, (), (), None, span)


def _quick_states(node: Node) -> _States | None:
    """Return ready, serving and terminating where they are written plainly; None where they are not."""
    if node.__class__ is not MappingNode:
        return None
    found = {}
    for key, value in node.value:
        word = value.value
        if (word != "true" and word != "false") or value.style or value.tag is not None:  # noqa: PLR1714 - busiest code
            return None
        found[key.value] = word == "true"
    if len(found) != len(node.value) or not found.keys() <= fields.CONDITIONS:
        return None
    return found.get("ready", True), found.get("serving", True), found.get("terminating", False)


def _any_endpoint(cursor: Cursor, node: Node, family: Family | None) -> Endpoint | None:
    found = cursor.fields(node, fields.ENDPOINT)
    nodes = cursor.sequence(found.get("addresses"))
    if not nodes:
        if cursor.is_mapping(node) and "addresses" not in found:
            cursor.missing(node, "addresses")
        elif "addresses" in found and cursor.errors == 0:
            cursor.report("SVC104", "an endpoint needs an address", found["addresses"])
        return None
    ready, serving, terminating = True, True, False
    conditions = found.get("conditions")
    if conditions is not None:
        states = cursor.fields(conditions, fields.CONDITIONS)
        ready = cursor.boolean(states.get("ready")) is not False
        serving = cursor.boolean(states.get("serving")) is not False
        terminating = cursor.boolean(states.get("terminating")) is True
    zones: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    if "hints" in found:
        zones, names = _hints(cursor, found["hints"])
    hostname = _hostname(cursor, found["hostname"]) if "hostname" in found else None
    node_name = cursor.text(found.get("nodeName")) or None
    if family is None:
        return None
    address = usable_address(cursor, nodes[0])
    if address is None:
        return None
    if family_of(address) is not family or len(nodes) > 1:
        _check_addresses(cursor, nodes, family)
    return Endpoint(address, ready, serving, terminating, node_name, zones, names, hostname, cursor.word_span(nodes[0]))


def _check_addresses(cursor: Cursor, nodes: list[Node], family: Family) -> None:
    for node in nodes:
        address = usable_address(cursor, node)
        if address is not None and family_of(address) is not family:
            cursor.report("SVC107", f"{address} is not an {family.value} address", node)


def _hostname(cursor: Cursor, node: Node) -> str | None:
    name = cursor.text(node)
    if name:
        check_label(cursor, name, node)
    return name or None


def _hints(cursor: Cursor, node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    hints = cursor.fields(node, fields.HINTS)
    return _hint_names(cursor, hints.get("forZones")), _hint_names(cursor, hints.get("forNodes"))


def _hint_names(cursor: Cursor, node: Node | None) -> tuple[str, ...]:
    names: list[str] = []
    for one in cursor.sequence(node):
        name = cursor.text(cursor.fields(one, fields.HINT).get("name"))
        if name:
            names.append(name)
        elif cursor.is_mapping(one):
            cursor.missing(one, "name")
    return tuple(names)


def _addresses(cursor: Cursor, node: Node | None, *, ready: bool) -> list[Endpoint]:
    endpoints: list[Endpoint] = []
    for one in cursor.sequence(node):
        found = cursor.fields(one, fields.ENDPOINT_ADDRESS)
        where = found.get("ip")
        if where is None:
            if cursor.is_mapping(one):
                cursor.missing(one, "ip")
            continue
        address = usable_address(cursor, where)
        hostname = _hostname(cursor, found["hostname"]) if "hostname" in found else None
        node_name = cursor.text(found.get("nodeName")) or None
        if address is not None:
            span = cursor.word_span(where)
            endpoint = Endpoint(address, ready, node_name=node_name, hostname=hostname, span=span)
            endpoints.append(endpoint)
    return endpoints
