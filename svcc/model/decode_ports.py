"""Decode ports: names, protocols, numbers, and the node ports of a Service.

    ports:                                        (ServicePort("dns", UDP, 53, 30053),
    - {name: dns, protocol: UDP, port: 53, nodePort: 30053}
    - {name: dns-tcp, port: 53}              ->    ServicePort("dns-tcp", TCP, 53, 30053))

Within one Service, ports of the same number share one node port: where only one of them names it, the others inherit it.
"""

import re
from dataclasses import replace
from typing import NamedTuple

from svcc.diag import Reason, Related
from svcc.model import fields
from svcc.model.decode_meta import check_label
from svcc.model.service import ServicePort, ServiceType
from svcc.net import MAX_PORT, Protocol
from svcc.source.cursor import Cursor, Fields, Node, kind_of
from svcc.source.scalars import Kind

PROTOCOLS = {one.value: one for one in Protocol}

_PORT_NAME = re.compile(r"(?=[^a-z]*[a-z])[a-z0-9](?:-?[a-z0-9])*\Z")
_MAX_PORT_NAME = 15


def decode_protocol(cursor: Cursor, found: Fields) -> Protocol | None:
    """Return the protocol of a port, TCP by default; None after a mistake."""
    node = found.get("protocol")
    if node is None:
        return Protocol.TCP
    return cursor.choice(node, PROTOCOLS)


def decode_port_name(cursor: Cursor, node: Node | None) -> str:
    """Return a port's name, "" without one."""
    name = cursor.text(node)
    if not name or node is None:
        return ""
    check_label(cursor, name, node)
    return name


def check_names(cursor: Cursor, names: list[tuple[str, Node, Node | None]]) -> None:
    """Report ports without a name among several, and names that are used twice; each with its mapping and name node."""
    if len(names) <= 1:
        return
    first: dict[str, Node] = {}
    for name, mapping, node in names:
        if not name or node is None:
            cursor.missing(mapping, "name", "with more than one port, each needs a name")
        elif name in first:
            related = (Related(cursor.span(first[name]), "first used here"),)
            message = f'the port name "{name}" is used twice'
            cursor.report("SVC112", message, node, reason=Reason.DUPLICATE, related=related)
        else:
            first[name] = node


def check_target_port(cursor: Cursor, node: Node | None) -> None:
    """Report a targetPort that is neither a port number nor an IANA service name; 0 and "" mean `port`."""
    if node is None:
        return
    if kind_of(node) is not Kind.STRING:
        cursor.integer(node, 0, MAX_PORT)
        return
    name = cursor.text(node)
    if not name or (len(name) <= _MAX_PORT_NAME and _PORT_NAME.match(name)):
        return
    hint = "remove the quotes to mean the number" if name.isdigit() else "lower-case letters, digits and - inside"
    cursor.report("SVC103", f'"{name[:60]}" is not the name of a port', node, hint=hint)


class PortRules(NamedTuple):
    """What the Service's type and the configuration say about node ports."""

    type: ServiceType
    range: tuple[int, int]
    wanted: bool
    """Whether each port should have one."""


def decode_service_ports(cursor: Cursor, nodes: list[Node], rules: PortRules) -> tuple[ServicePort, ...]:
    """Return the ports of a Service that could be read."""
    ports: dict[tuple[Protocol, int], ServicePort] = {}
    names: list[tuple[str, Node, Node | None]] = []
    places: list[Node] = []
    for node in nodes:
        found = cursor.fields(node, fields.SERVICE_PORT)
        port = _service_port(cursor, node, found, rules)
        if port is None:
            continue
        names.append((port.name, node, found.get("name")))
        first = ports.setdefault((port.protocol, port.port), port)
        if first is port:
            places.append(node)
        else:
            related = (Related(first.span, "first given here"),) if first.span else ()
            message = f"port {port.port}/{port.protocol.value} is given twice"
            cursor.report("SVC112", message, found["port"], reason=Reason.DUPLICATE, related=related)
    check_names(cursor, names)
    shared = _share_node_ports(list(ports.values()))
    if rules.wanted:
        for port, node in zip(shared, places, strict=True):
            if port.node_port is None:
                _without_node_port(cursor, node, rules.type)
    return tuple(shared)


def _service_port(cursor: Cursor, node: Node, found: Fields, rules: PortRules) -> ServicePort | None:
    name = decode_port_name(cursor, found.get("name"))
    protocol = decode_protocol(cursor, found)
    cursor.text(found.get("appProtocol"))
    check_target_port(cursor, found.get("targetPort"))
    node_port = _node_port(cursor, found.get("nodePort"), rules)
    where = found.get("port")
    number = cursor.port(where)
    if where is None:
        if cursor.is_mapping(node):
            cursor.missing(node, "port")
        return None
    if number is None or protocol is None:
        return None
    published = cursor.span(found["nodePort"]) if node_port else None
    return ServicePort(name, protocol, number, node_port, cursor.span(where), published)


def _node_port(cursor: Cursor, node: Node | None, rules: PortRules) -> int | None:
    number = cursor.integer(node, 0, MAX_PORT)
    if not number or node is None:
        return None
    if rules.type not in (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER):
        hint = "use type: NodePort, or remove nodePort"
        cursor.report("SVC112", f"a {rules.type.value} Service has no node ports", node, hint=hint)
    elif not rules.range[0] <= number <= rules.range[1]:
        low, high = rules.range
        message = f"node ports lie between {low} and {high}, not at {number}"
        cursor.report("SVC106", message, node, hint="nodePortRange in the configuration sets the range")
    return number


def _share_node_ports(ports: list[ServicePort]) -> list[ServicePort]:
    chosen = {port.port: port for port in reversed(ports) if port.node_port is not None}
    return [_inherit(port, chosen.get(port.port)) for port in ports]


def _inherit(port: ServicePort, giver: ServicePort | None) -> ServicePort:
    if port.node_port is not None or giver is None:
        return port
    return replace(port, node_port=giver.node_port, node_port_span=giver.node_port_span)


def _without_node_port(cursor: Cursor, node: Node, kind: ServiceType) -> None:
    if kind is ServiceType.NODE_PORT:
        message = "a port of a NodePort Service needs a nodePort"
        cursor.report("SVC110", message, node, below="nodePort", hint="set nodePort")
        return
    hint = "set nodePort, or allocateLoadBalancerNodePorts: false"
    cursor.report("SVC115", "this port has no node port", node, below="nodePort", hint=hint)
