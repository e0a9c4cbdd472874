"""Decode EndpointSlices.

    endpoints:                                           (Endpoint("10.128.7.21", ready=True, node_name="worker-1"),)
    - {addresses: [10.128.7.21], nodeName: worker-1}  ->

This is the busiest code of decoding: an input has ten times more endpoints than anything else. It reads nodes with as few
calls as it can, and leaves everything unusual to `endpoint_rules`.
"""

from functools import lru_cache

from svcc.diag import Span
from svcc.model import fields
from svcc.model.decode_meta import MAX_SUBDOMAIN, SUBDOMAIN, decode_meta, decode_weights, is_ordinary_ipv4
from svcc.model.endpoint_rules import any_endpoint, check_length, slice_ports
from svcc.model.endpoints import Endpoint, EndpointSlice
from svcc.model.service import ObjectName
from svcc.net import Family
from svcc.source.cursor import Cursor, Fields, MappingNode, Node, ScalarNode, SequenceNode
from svcc.source.document import Document
from svcc.source.scalars import is_plain_string

MAX_ENDPOINTS = 1000

_new = tuple.__new__
"""Makes a named tuple in half of the time that its own constructor takes."""

_States = tuple[bool, bool, bool]
_HOSTS = frozenset(map(str, range(256)))
_READY: _States = (True, True, False)

_FAMILIES: dict[str, Family | str] = {"IPv4": Family.IPV4, "IPv6": Family.IPV6, "FQDN": "FQDN"}


def decode_endpoint_slice(cursor: Cursor) -> EndpointSlice | None:
    """Return the EndpointSlice at the cursor's root; None after any mistake, which is then in the sink."""
    top = cursor.fields(cursor.root, fields.ENDPOINT_SLICE)
    meta = decode_meta(cursor, top, "EndpointSlice")
    kind = _address_type(cursor, top)
    family = kind if isinstance(kind, Family) else None
    service = meta.labels.get(fields.SERVICE_NAME_LABEL)
    ports = slice_ports(cursor, top["ports"]) if "ports" in top else ()
    endpoints: list[Endpoint] = []
    nodes = cursor.sequence(top.get("endpoints"))
    document, quick = cursor.document, family is Family.IPV4
    if len(nodes) <= MAX_ENDPOINTS or check_length(cursor, top["endpoints"], MAX_ENDPOINTS):
        for node in nodes:
            endpoint = (_quick_endpoint(document, node) if quick else None) or any_endpoint(cursor, node, kind)
            if endpoint is not None:
                endpoints.append(endpoint)
    weights = decode_weights(cursor, meta) if meta.annotations else {}
    if cursor.errors:
        return None
    owner = ObjectName(meta.name.namespace, service) if service else None
    named = _label_span(cursor, meta.labels_node, fields.SERVICE_NAME_LABEL)
    return EndpointSlice(meta.name, owner, family, ports, tuple(endpoints), weights, span=meta.span, service_span=named)


def _address_type(cursor: Cursor, top: Fields) -> Family | str | None:
    node = top.get("addressType")
    if node is None or node.value == "":
        hint = "one of IPv4, IPv6, FQDN"
        cursor.report("SVC104", "addressType is required", node or cursor.root, at="addressType", hint=hint)
        return None
    return cursor.choice(node, _FAMILIES)


def _label_span(cursor: Cursor, labels: Node | None, name: str) -> Span | None:
    pairs = labels.value if isinstance(labels, MappingNode) else ()
    return next((cursor.word_span(value) for key, value in pairs if key.value == name), None)


def _quick_endpoint(document: Document, node: Node) -> Endpoint | None:
    """Read the shape that nearly all endpoints have, in one pass; None for every other."""
    if node.__class__ is not MappingNode:
        return None
    where: Node | None = None
    states: _States | None = None
    node_name: str | None = None
    unread: tuple[str, ...] = ()
    for key, value in node.value:
        name = key.value
        if name == "addresses" and where is None and value.__class__ is SequenceNode and len(value.value) == 1:
            where = value.value[0]
        elif name == "conditions" and states is None:
            states = _quick_states(value)
            if states is None:
                return None
        elif (
            name == "nodeName"
            and node_name is None
            and value.__class__ is ScalarNode
            and value.tag is None
            and not value.style
            and _is_name(value.value)
        ):
            # Written out: a call for each endpoint shows.
            node_name = value.value
        elif name in unread or not _is_unread(name, value):
            return None
        else:
            unread += (name,)
    if where is None or where.__class__ is not ScalarNode or where.tag is not None:
        return None
    address, start = where.value, where.start_mark
    subnet, _, host = address.rpartition(".")
    if host not in _HOSTS or not _is_subnet(subnet):
        return None
    ready, serving, terminating = states or _READY
    length = where.length if where.style else len(address)
    span = _new(Span, (document.source, document.first_line + start.line + 1, start.column + 1, length))
    return _new(Endpoint, (address, ready, serving, terminating, node_name, (), (), None, span))


def _is_plain_name(node: Node) -> bool:
    return node.__class__ is ScalarNode and node.tag is None and not node.style and _is_name(node.value)


@lru_cache(maxsize=8192)
def _is_subnet(word: str) -> bool:
    """Tell whether these are the first three numbers of IPv4 addresses of which an endpoint can have every one."""
    return word != "0.0.0" and is_ordinary_ipv4(f"{word}.1")


@lru_cache(maxsize=8192)
def _is_name(word: str) -> bool:
    """Tell whether an unquoted word is a string and the name of a node."""
    return is_plain_string(word) and len(word) <= MAX_SUBDOMAIN and SUBDOMAIN.match(word) is not None


def _is_unread(name: str, node: Node) -> bool:
    """Tell whether this is a zone or a targetRef and looks as usual."""
    if name == "zone":
        return _is_plain_name(node)
    if name != "targetRef" or node.__class__ is not MappingNode:
        return False
    names = [key.value for key, value in node.value if key.__class__ is ScalarNode and _is_plain_text(value)]
    return len(node.value) == len(names) == len(set(names)) and fields.REFERENCE.issuperset(names)


def _is_plain_text(node: Node) -> bool:
    return node.__class__ is ScalarNode and node.tag is None and bool(node.style or is_plain_string(node.value))


def _quick_states(node: Node) -> _States | None:
    """Return ready, serving and terminating where they are written plainly; None where they are not."""
    if node.__class__ is not MappingNode:
        return None
    if len(node.value) == 1:
        ((key, only),) = node.value
        if key.value == "ready" and only.value == "true" and not only.style and only.tag is None:
            return _READY
    found = {}
    for key, value in node.value:
        word = value.value
        if (word != "true" and word != "false") or value.style or value.tag is not None:  # noqa: PLR1714 - busiest code
            return None
        if key.__class__ is not ScalarNode:
            return None
        found[key.value] = word == "true"
    if len(found) != len(node.value) or not found.keys() <= fields.CONDITIONS:
        return None
    return found.get("ready", True), found.get("serving", True), found.get("terminating", False)
