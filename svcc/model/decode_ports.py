"""Decode ports: names, protocols, numbers, and the node ports of a Service.

    ports:                                        (ServicePort("dns", UDP, 53, 30053),
    - {name: dns, protocol: UDP, port: 53, nodePort: 30053}
    - {name: dns-tcp, port: 53}              ->    ServicePort("dns-tcp", TCP, 53, 30053))

Within one Service, ports of the same number share one node port: where only one of them names it, the others inherit it, unless
the Service says that its node ports are not to be allocated. Other ports that share one are a mistake, as between Services.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from svcc.diag import Reason, Related
from svcc.model import fields
from svcc.model.decode_meta import check_label
from svcc.model.names import check_qualified_name
from svcc.model.service import ServicePort, ServiceType
from svcc.model.service_draft import Draft
from svcc.net import MAX_PORT, Protocol
from svcc.source.cursor import Cursor, Fields, Node, ScalarNode, SequenceNode, kind_of
from svcc.source.scalars import FALSE_WORDS, Kind

PROTOCOLS = {one.value: one for one in Protocol}

_PORT_NAME = re.compile(r"(?=[^a-z]*[a-z])[a-z0-9](?:-?[a-z0-9])*\Z")
_MAX_PORT_NAME = 15


def decode_protocol(cursor: Cursor, found: Fields) -> Protocol | None:
    """Return the protocol of a port, TCP by default; None after a mistake."""
    node = found.get("protocol")
    if node is None or node.value == "":
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
    """Report ports without a name among several, and names that are used twice; each with its mapping and name node.

    A name that is there and could not be read has been told.
    """
    if len(names) <= 1:
        return
    first: dict[str, Node] = {}
    for name, mapping, node in names:
        if not name or node is None:
            if node is None or node.value == "":
                cursor.missing(mapping, "name", "with more than one port, each needs a name")
        elif name in first:
            related = (Related(cursor.span(first[name]), "first used here"),)
            message = f'the port name "{name[:60]}" is used twice'
            place, at = _second(cursor, first[name], node, mapping)
            cursor.report("SVC119", message, place, at=f"{at}.name" if at else "", related=related)
        else:
            first[name] = node


def _second(cursor: Cursor, first: Node, node: Node, mapping: Node) -> tuple[Node, str]:
    """Return where the second of two values stands, and the path of its mapping where that is the place.

    By a merge key both are one node, which stands where its anchor does; what is merged into stands by itself.
    """
    return (mapping, cursor.path(mapping)) if node is first else (node, "")


def is_port_name(text: str) -> bool:
    """Tell whether a text is an IANA service name."""
    return len(text) <= _MAX_PORT_NAME and _PORT_NAME.match(text) is not None


def decode_target_port(cursor: Cursor, node: Node | None) -> int | str | None:
    """Return a targetPort, a number or the name of a container port; None means `port`, as 0 and "" do.

    One that is neither a port number nor an IANA service name is reported.
    """
    if node is None:
        return None
    if kind_of(node) is not Kind.STRING:
        return cursor.integer(node, 0, MAX_PORT) or None
    name = cursor.text(node)
    if not name or is_port_name(name):
        return name or None
    hint = "lower-case letters, digits and single - inside, at most 15, a letter among them"
    if name.isdigit():
        hint = "remove the quotes to mean the number"
    cursor.report("SVC103", f'"{name[:60]}" is not the name of a port', node, hint=hint)
    return None


@dataclass(frozen=True, slots=True)
class _Port:
    """One port as it is written; what could not be read is None."""

    node: Node
    found: Fields
    name: str
    protocol: Protocol | None
    number: int | None
    node_port: int | None
    target: int | str | None


def decode_service_ports(draft: Draft) -> tuple[ServicePort, ...]:
    """Return the ports of a Service that could be read, and report every mistake in them."""
    cursor = draft.cursor
    nodes = cursor.sequence(draft.spec.get("ports"))
    if not nodes and draft.type not in (None, ServiceType.EXTERNAL_NAME) and not draft.headless:
        _check_ports_are_there(draft)
    read = [_read(draft, node) for node in nodes]
    if len(read) > 1:
        check_names(cursor, [(one.name, one.node, one.found.get("name")) for one in read if one.found])
        _check_ports_differ(cursor, read)
        _check_node_ports_differ(cursor, read)
    ports = [port for one in read for port in _service_port(cursor, one)]
    return _share_node_ports(ports) if _gives_node_ports(draft) else tuple(ports)


def _check_ports_are_there(draft: Draft) -> None:
    """SVC104: no ports; what is no list has been told."""
    given = draft.spec.get("ports")
    if given is None or (isinstance(given, SequenceNode) and not given.value):
        draft.cursor.report("SVC104", "ports is required", draft.node, at="spec.ports")


def _read(draft: Draft, node: Node) -> _Port:
    cursor = draft.cursor
    found = cursor.fields(node, fields.SERVICE_PORT)
    name = decode_port_name(cursor, found.get("name")) if "name" in found else ""
    protocol = decode_protocol(cursor, found)
    if "appProtocol" in found:
        check_app_protocol(cursor, found["appProtocol"])
    target = decode_target_port(cursor, found["targetPort"]) if "targetPort" in found else None
    node_port = _node_port(draft, found["nodePort"]) if "nodePort" in found else None
    number = cursor.port(found.get("port"))
    if "port" not in found and cursor.is_mapping(node):
        cursor.report("SVC104", "port is required", node, below="port", reason=Reason.INVALID)
    return _Port(node, found, name, protocol, number, node_port, target)


def check_app_protocol(cursor: Cursor, node: Node) -> None:
    """Report an application protocol that is not a qualified name."""
    name = cursor.text(node)
    if name is not None:
        check_qualified_name(cursor, name, node)


def _node_port(draft: Draft, node: Node) -> int | None:
    number = draft.cursor.integer(node, 0, MAX_PORT)
    if not number or draft.type is None:
        return None
    if draft.type not in (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER):
        hint = "use type: NodePort, or remove nodePort"
        draft.cursor.report("SVC117", f"{draft.type.one} has no node ports", node, hint=hint)
    else:
        check_node_port_range(draft, number, node)
    return number


def check_node_port_range(draft: Draft, number: int, node: Node) -> None:
    """SVC106: a node port outside of the configuration's range."""
    low, high = draft.config.node_port_range
    if not low <= number <= high:
        message = f"node ports lie between {low} and {high}, not at {number}"
        draft.cursor.report("SVC106", message, node, hint="nodePortRange in the configuration sets the range")


def _check_ports_differ(cursor: Cursor, ports: Iterable[_Port]) -> None:
    """SVC119: one protocol and number twice; the API server points at the whole port."""
    first: dict[tuple[Protocol, int], _Port] = {}
    for one in ports:
        if one.protocol is None or one.number is None:
            continue
        other = first.setdefault((one.protocol, one.number), one)
        if other is not one:
            related = (Related(cursor.span(other.found["port"]), "first given here"),)
            message = f"port {one.number}/{one.protocol.value} is given twice"
            place, _ = _second(cursor, other.found["port"], one.found["port"], one.node)
            cursor.report("SVC119", message, place, at=cursor.path(one.node), related=related)


def _check_node_ports_differ(cursor: Cursor, ports: Iterable[_Port]) -> None:
    """SVC204: one node port for two ports, other than for two protocols of one port number."""
    first: dict[int, list[_Port]] = {}
    for one in ports:
        if not one.node_port:
            continue
        others = first.setdefault(one.node_port, [])
        clashing = next((o for o in others if o.protocol is one.protocol or o.number != one.number), None)
        if clashing is not None:
            related = (Related(cursor.span(clashing.found["nodePort"]), "first used here"),)
            message = f"nodePort {one.node_port} is already used by another port of this Service"
            node, at = _second(cursor, clashing.found["nodePort"], one.found["nodePort"], one.node)
            hint = "pick a free port or leave nodePort out"
            # The API server finds two of one protocol while it validates, the others only when it allocates.
            reason = Reason.DUPLICATE if any(o.protocol is one.protocol for o in others) else Reason.INVALID
            field = f"{at}.nodePort" if at else ""
            cursor.report("SVC204", message, node, at=field, reason=reason, hint=hint, related=related)
        others.append(one)


def _service_port(cursor: Cursor, one: _Port) -> Iterator[ServicePort]:
    if one.protocol is None or one.number is None:
        return
    published = cursor.word_span(one.found["nodePort"]) if one.node_port else None
    named = cursor.word_span(one.found["targetPort"]) if isinstance(one.target, str) else None
    target = one.target if one.target != one.number else None
    span = cursor.word_span(one.found["port"])
    yield ServicePort(one.name, one.protocol, one.number, one.node_port, target, span, published, named)


def _gives_node_ports(draft: Draft) -> bool:
    node = draft.spec.get("allocateLoadBalancerNodePorts")
    return not isinstance(node, ScalarNode) or node.value not in FALSE_WORDS


def _share_node_ports(ports: list[ServicePort]) -> tuple[ServicePort, ...]:
    chosen = {port.port: port for port in reversed(ports) if port.node_port is not None}
    return tuple(_inherit(port, chosen.get(port.port)) for port in ports) if chosen else tuple(ports)


def _inherit(port: ServicePort, giver: ServicePort | None) -> ServicePort:
    if port.node_port is not None or giver is None:
        return port
    return replace(port, node_port=giver.node_port, node_port_span=giver.node_port_span)
