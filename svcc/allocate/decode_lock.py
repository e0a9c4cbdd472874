"""Decode `svcc.lock`: the inverse of `render`, with a position for every mistake and every fact.

    clusterIPs:                                  Lock(cluster_ips={Key(shop/cart, word="IPv4"): "10.96.199.48"},
      shop/cart IPv4: 10.96.199.48          ->         spans={Key(shop/cart, word="IPv4"): svcc.lock:4:19})
      shop/cart: 10.96.199.49                     SVC230 svcc.lock:5:3: "shop/cart" is not the key of a cluster IP

People merge this file, so that is where it breaks: conflict markers that were left in. One key on two lines is none: both sides
of a merge have given the same Service a value, mostly the same one; of two values the lower counts. A section that this version does not know is an error, because writing the file again would lose its facts.
"""

import re
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from svcc.allocate.decode_serials import decode_serials
from svcc.allocate.lock import LOCK_KIND, LOCK_VERSION, SERIALS, Key, Lock, Surplus, cluster_ip_key
from svcc.diag import Diagnostics, Reason, Source, Span
from svcc.model.decode_meta import check_label
from svcc.model.service import ObjectName
from svcc.net import MAX_PORT, Address, Family, Protocol, family_of, number
from svcc.source.cursor import Cursor, MappingNode, Node, ScalarNode, kind_of
from svcc.source.document import NULL, documents
from svcc.source.scalars import Kind

V = TypeVar("V", Address, int)

_SECTIONS = frozenset(name for name, _ in Lock().sections())
_KNOWN = frozenset({"apiVersion", "kind", SERIALS}) | _SECTIONS
_MARKER = re.compile(r"^(?:<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|)(?=[ \r\n]|\Z)", re.MULTILINE)
_KEY = re.compile(r"([^/ ]+)/([^/ ]+)(?: ([^ ]+))?\Z")
_PORT = re.compile(r"([1-9][0-9]{0,4})/([A-Z]+)\Z")
_FAMILIES = {one.value: one for one in Family}
_PROTOCOLS = {one.value: one for one in Protocol}
_SHOWN = 80


def decode_lock(source: Source, sink: Diagnostics) -> Lock:
    """Return the lock that a source holds; after a mistake, which is then in the sink, it is not whole."""
    if _left_from_merge(source, sink):
        return Lock()
    found = list(documents(source, sink))
    if not found:
        if not sink.errors:
            hint = "delete it to choose every address and port anew"
            sink.add("SVC003", "the file holds no lock", span=Span(source, 1, 1), hint=hint)
        return Lock()
    for extra in found[1:]:
        Cursor(extra, extra.node, sink).report("SVC003", "a lock is one document", extra.node)
    cursor = Cursor(found[0], found[0].node, sink, LOCK_KIND)
    return _decode(cursor) if _is_lock(cursor) else Lock()


def _left_from_merge(source: Source, sink: Diagnostics) -> bool:
    marker = _MARKER.search(source.text)
    if marker is None:
        return False
    line = source.text.count("\n", 0, marker.start()) + 1
    sink.add(
        "SVC231",
        "a merge left its conflict markers here",
        span=Span(source, line, 1, len(marker[0])),
        object=LOCK_KIND,
        hint="keep the facts of both sides and delete the markers; svcc resolves values that are then there twice",
    )
    return True


def _is_lock(cursor: Cursor) -> bool:
    wanted = {"apiVersion": LOCK_VERSION, "kind": LOCK_KIND}
    top = cursor.peek(cursor.root, wanted)
    for name, word in wanted.items():
        if name not in top:
            hint = f"apiVersion: {LOCK_VERSION}, kind: {LOCK_KIND}"
            cursor.report("SVC003", f"a lock has {name}", cursor.root, below=name, hint=hint)
            return False
        if cursor.choice(top[name], {word: word}) is None:
            return False
    return True


def _decode(cursor: Cursor) -> Lock:
    top = cursor.fields(cursor.root, _KNOWN)
    spans: dict[Key, Span] = {}
    serial_spans: dict[str, Span] = {}
    addresses = _Section("cluster IP", "as in shop/cart IPv4", _cluster_ip_key, _address)
    ports = _Section("node port", "as in shop/cart 80/TCP", _node_port_key, _port)
    checks = _Section("health-check node port", "as in shop/cart", _health_check_key, _port)
    surplus: list[Surplus] = []
    return Lock(
        cluster_ips=_facts(cursor, top.get("clusterIPs"), addresses, spans, surplus),
        node_ports=_facts(cursor, top.get("nodePorts"), ports, spans, surplus),
        health_check_node_ports=_facts(cursor, top.get("healthCheckNodePorts"), checks, spans, surplus),
        serials=decode_serials(cursor, top.get(SERIALS), serial_spans),
        spans=spans,
        serial_spans=serial_spans,
        surplus=tuple(surplus),
    )


class _Section(NamedTuple, Generic[V]):
    """How the keys and the values of one section are read."""

    what: str
    form: str
    key: Callable[[ObjectName, str], Key | None]
    value: Callable[[Cursor, Node, Key], V | None]


def _facts(
    cursor: Cursor, node: Node | None, section: _Section[V], spans: dict[Key, Span], surplus: list[Surplus]
) -> dict[Key, V]:
    """Return the facts of one section; their spans and what is left over are added to those of the others."""
    if not isinstance(node, MappingNode):
        cursor.fields(node, None)
        return {}
    lines: dict[Key, list[tuple[V, Span]]] = {}
    for key_node, value_node in node.value:
        key = _key(cursor, key_node, section)
        if key is None:
            continue
        if value_node.tag is NULL:
            cursor.report("SVC104", f"{key} has no value", key_node)
            continue
        value = section.value(cursor, value_node, key)
        if value is not None:
            lines.setdefault(key, []).append((value, cursor.word_span(value_node)))
    return {key: _kept(key, sorted(held, key=_rank), spans, surplus) for key, held in sorted(lines.items())}


def _kept(key: Key, lines: list[tuple[V, Span]], spans: dict[Key, Span], surplus: list[Surplus]) -> V:
    """Return the value of the line that counts: no order of the lines decides, so that a merge can have any."""
    (value, spans[key]), *others = lines
    surplus += [Surplus(key, str(other), str(value), span) for other, span in others if other != value]
    return value


def _rank(line: tuple[Address | int, Span]) -> int:
    value, _ = line
    return value if isinstance(value, int) else number(value)


def _key(cursor: Cursor, node: Node, section: _Section[V]) -> Key | None:
    text = node.value if isinstance(node, ScalarNode) and kind_of(node) is Kind.STRING else ""
    match = _KEY.match(text)
    key = section.key(ObjectName(match[1], match[2]), match[3] or "") if match else None
    if key is None:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        message = (
            f'"{shown}" is not the key of a {section.what}' if text else f"this is not the key of a {section.what}"
        )
        cursor.report("SVC230", message, node, reason=Reason.INVALID, hint=section.form)
        return None
    errors = cursor.errors
    for name in key.service:
        check_label(cursor, name, node)
    return key if cursor.errors == errors else None


def _cluster_ip_key(service: ObjectName, part: str) -> Key | None:
    return cluster_ip_key(service, _FAMILIES[part]) if part in _FAMILIES else None


def _node_port_key(service: ObjectName, part: str) -> Key | None:
    match = _PORT.match(part)
    if match is None or int(match[1]) > MAX_PORT or match[2] not in _PROTOCOLS:
        return None
    return Key(service, int(match[1]), match[2])


def _health_check_key(service: ObjectName, part: str) -> Key | None:
    return None if part else Key(service)


def _address(cursor: Cursor, node: Node, key: Key) -> Address | None:
    address = cursor.address(node)
    if address is not None and family_of(address).value != key.word:
        cursor.report("SVC107", f"{address} is not an {key.word} address, as its key says", node)
        return None
    return address


def _port(cursor: Cursor, node: Node, _key: Key) -> int | None:
    return cursor.port(node)
