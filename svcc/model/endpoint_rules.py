"""The rules for endpoints and ports of EndpointSlices; and for what endpoints of slices and of Endpoints have in common.

    addressType: IPv4                                        SVC107 endpoints[0].addresses[0]
    endpoints: [{addresses: ["fd00::5"], hostname: A.b}]     SVC103 endpoints[0].hostname

What the API server does not bound and no packet can have, a port of 0 or above 65535, is a mistake here. A list that is too long
is not judged any further (Kubernetes 1.34).
"""

from collections.abc import Callable

from svcc.diag import Related
from svcc.model import fields
from svcc.model.decode_meta import MAX_LABEL, MAX_SUBDOMAIN, SUBDOMAIN, check_label, check_subdomain, usable_address
from svcc.model.decode_ports import PROTOCOLS, check_app_protocol, decode_port_name
from svcc.model.endpoints import Endpoint, SlicePort
from svcc.model.names import check_label_value, check_labels
from svcc.net import MAX_PORT, Address, Family, Protocol, family_of
from svcc.source.cursor import Cursor, Fields, Node

_MAX_ADDRESSES = 100
_MAX_PORTS = 20_000
_MAX_HINTS = 8
_MAX_TOPOLOGY = 16

WordCheck = Callable[[Cursor, str, Node], None]


def check_length(cursor: Cursor, node: Node, most: int) -> bool:
    """SVC138: a list or mapping is longer than the API server allows; tell whether it is not."""
    count = len(node.value)
    if count > most:
        name = cursor.path(node).rpartition(".")[2]
        cursor.report("SVC138", f"{name} has at most {most} members, not {count}", node)
    return count <= most


def any_endpoint(cursor: Cursor, node: Node, kind: Family | str | None) -> Endpoint | None:
    """Return an endpoint of any shape, None where it has no usable address; addresses of no `kind` are not judged."""
    found = cursor.fields(node, fields.ENDPOINT)
    nodes = cursor.sequence(found.get("addresses"))
    if not nodes and cursor.is_mapping(node):
        _check_no_addresses(cursor, node, found)
    if len(nodes) > _MAX_ADDRESSES:
        check_length(cursor, found["addresses"], _MAX_ADDRESSES)
    ready, serving, terminating = _states(cursor, found)
    zones, names = _hints(cursor, found["hints"]) if "hints" in found else ((), ())
    hostname = _checked(cursor, found["hostname"], check_label) if "hostname" in found else None
    node_name = _checked(cursor, found["nodeName"], check_subdomain) if "nodeName" in found else None
    cursor.text(found.get("zone"))
    _check_topology(cursor, found)
    for one in cursor.fields(found.get("targetRef"), fields.REFERENCE).values():
        cursor.text(one)
    if kind is not None and not isinstance(kind, Family):
        for one in nodes:
            _check_domain(cursor, one)
        return None
    addresses = [_address(cursor, one, kind) for one in nodes] if kind is not None else []
    if not addresses or addresses[0] is None:
        return None
    span = cursor.word_span(nodes[0])
    return Endpoint(addresses[0], ready, serving, terminating, node_name, zones, names, hostname, span)


def _check_no_addresses(cursor: Cursor, node: Node, found: Fields) -> None:
    """SVC104: an endpoint without addresses; one whose addresses are no list has been told."""
    if "addresses" not in found:
        cursor.missing(node, "addresses")
    elif found["addresses"].value == []:
        cursor.report("SVC104", "an endpoint needs an address", found["addresses"])


def _states(cursor: Cursor, found: Fields) -> tuple[bool, bool, bool]:
    """Return ready, serving and terminating."""
    states = cursor.fields(found.get("conditions"), fields.CONDITIONS)
    ready = cursor.boolean(states.get("ready")) is not False
    serving = cursor.boolean(states.get("serving")) is not False
    return ready, serving, cursor.boolean(states.get("terminating")) is True


def _checked(cursor: Cursor, node: Node, check: WordCheck) -> str | None:
    word = cursor.text(node)
    if word is not None:
        check(cursor, word, node)
    return word


def node_name(cursor: Cursor, found: Fields) -> str | None:
    """Return the name of a node; the empty one is a mistake."""
    return _checked(cursor, found["nodeName"], check_subdomain) if "nodeName" in found else None


def _address(cursor: Cursor, node: Node, family: Family) -> Address | None:
    """SVC107: not a usable address, or one of the other family."""
    address = usable_address(cursor, node)
    if address is not None and family_of(address) is not family:
        cursor.report("SVC107", f"{address} is not an {family.value} address", node)
        return None
    return address


def _check_domain(cursor: Cursor, node: Node) -> None:
    """SVC103: not a fully qualified name; one dot may end it."""
    name = cursor.text(node)
    if name is None:
        return
    plain = name.removesuffix(".")
    if not name:
        cursor.report("SVC104", "a name is required", node)
    elif len(plain) > MAX_SUBDOMAIN or not SUBDOMAIN.match(plain):
        check_subdomain(cursor, plain, node)
    elif "." not in plain:
        hint = "two labels or more, as in db.example.com"
        cursor.report("SVC103", f'"{plain[:60]}" is not fully qualified', node, hint=hint)
    elif max(map(len, plain.split("."))) > MAX_LABEL:
        cursor.report("SVC103", f"a label of a name has at most {MAX_LABEL} characters", node)


def _hints(cursor: Cursor, node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    hints = cursor.fields(node, fields.HINTS)
    zones = _hint_names(cursor, hints.get("forZones"), check_label_value)
    return zones, _hint_names(cursor, hints.get("forNodes"), check_subdomain)


def _hint_names(cursor: Cursor, node: Node | None, check: WordCheck) -> tuple[str, ...]:
    """SVC119: one name twice; and what `check` says of each."""
    nodes = cursor.sequence(node)
    if node is not None and not check_length(cursor, node, _MAX_HINTS):
        return ()
    first: dict[str, Node] = {}
    for one in nodes:
        place = cursor.fields(one, fields.HINT).get("name", one)
        name = cursor.text(place) if place is not one else ""
        if name is None:
            continue
        if name in first:
            related = (Related(cursor.span(first[name]), "first given here"),)
            below = "name" if place is one else ""
            cursor.report("SVC119", f'"{name[:60]}" is given twice', place, below=below, related=related)
        first.setdefault(name, place)
        check(cursor, name, place)
    return tuple(name for name in first if name)


def _check_topology(cursor: Cursor, found: Fields) -> None:
    """SVC138: too many keys; SVC135 and SVC136: keys and values that cannot be."""
    node = found.get("deprecatedTopology")
    if check_labels(cursor, node) and node is not None:
        check_length(cursor, node, _MAX_TOPOLOGY)


def slice_ports(cursor: Cursor, node: Node) -> tuple[SlicePort, ...]:
    """Return the ports of a slice, and report every mistake in them."""
    nodes = cursor.sequence(node)
    if not nodes or not check_length(cursor, node, _MAX_PORTS):
        return ()
    ports: list[SlicePort] = []
    first: dict[str, Node] = {}
    for one in nodes:
        found = cursor.fields(one, fields.SLICE_PORT)
        name = decode_port_name(cursor, found.get("name"))
        if name in first:
            _report_twice(cursor, name, one, found.get("name"), first[name])
        first.setdefault(name, found.get("name", one))
        protocol = cursor.choice(found["protocol"], PROTOCOLS) if "protocol" in found else Protocol.TCP
        number = cursor.integer(found.get("port"), 1, MAX_PORT)
        if "appProtocol" in found:
            check_app_protocol(cursor, found["appProtocol"])
        if protocol is not None:
            ports.append(SlicePort(name, protocol, number))
    return tuple(ports)


def _report_twice(cursor: Cursor, name: str, port: Node, node: Node | None, first: Node) -> None:
    """SVC119: ports of one name, also of none."""
    related = (Related(cursor.span(first), "first used here"),)
    message = f'the port name "{name[:60]}" is used twice' if name else "two ports have no name"
    cursor.report("SVC119", message, node or port, below="" if node else "name", related=related)
