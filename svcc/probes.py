"""Read probes: from one `--from IP --to IP:PORT/PROTO`, or from a file with a list of them.

    "10.96.0.10:80/TCP", "[fd00::10]:53/UDP", "10.96.0.10:80"      ->  address, port, protocol (TCP when left out)
    - {from: {kind: pod, ip: 10.128.7.40}, to: 10.96.0.10, port: 80, protocol: TCP}    ->  Probe(POD, …)

Keys that other commands read (`expect`, `why`, `name`) are accepted and left alone.
"""

import re

from svcc.diag import Diagnostics, Source, Span
from svcc.graph.nodes import Host, Origin
from svcc.graph.packet import Hook, Packet
from svcc.graph.walk import origin_of
from svcc.net import MAX_PORT, Address, Protocol, is_loopback, parse_address
from svcc.source.cursor import Cursor, Node
from svcc.source.document import documents
from svcc.trace import Kind, Probe

_TO = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<four>[^:\[\]]+)):(?P<port>\d{1,5})(?:/(?P<protocol>\w+))?\Z")
_KEYS = frozenset({"from", "to", "port", "protocol", "expect", "why", "name"})
_FROM_KEYS = frozenset({"kind", "ip"})
KINDS = {kind.value: kind for kind in Kind}
PROTOCOLS: dict[str, Protocol | str] = {**{one.value: one for one in Protocol}, "ICMP": "", "OTHER": ""}


def parse_destination(text: str) -> tuple[Address, int, Protocol]:
    """Return address, port and protocol of `IP:PORT[/PROTO]`.

    Raises:
        ValueError: it is not of that form.
    """
    found = _TO.match(text)
    if not found:
        raise ValueError(f"not IP:PORT or IP:PORT/PROTOCOL: {text!r}; an IPv6 address stands in brackets")
    port = int(found["port"])
    if not 1 <= port <= MAX_PORT:
        raise ValueError(f"not a port: {port}")
    try:
        protocol = Protocol((found["protocol"] or "TCP").upper())
    except ValueError:
        raise ValueError(f"not TCP, UDP or SCTP: {found['protocol']!r}") from None
    return parse_address(found["six"] or found["four"]), port, protocol


def kind_of_source(host: Host, source: Address) -> Kind:
    """Return where a packet of this source would start, as far as the address tells."""
    if is_loopback(source):
        return Kind.LOCALHOST
    packet = Packet(Hook.PREROUTING, None, source, source, None, 0)
    return {Origin.POD: Kind.POD, Origin.NODE: Kind.NODE, Origin.EXTERNAL: Kind.EXTERNAL}[origin_of(host, packet)]


def decode_probes(source: Source, sink: Diagnostics) -> tuple[Probe, ...]:
    """Return the probes of a YAML or JSON list, in order; what is wrong goes to the sink."""
    probes: list[Probe] = []
    found = False
    for document in documents(source, sink):
        found = True
        cursor = Cursor(document, document.node, sink, "probes")
        for node in cursor.sequence(document.node):
            probe = _decode(cursor, node)
            if probe is not None:
                probes.append(probe)
    if not found and not sink.errors:
        hint = "- {from: {kind: pod, ip: IP}, to: IP, port: N, protocol: TCP}"
        sink.add("SVC005", "the file holds no probes", span=Span(source, 1, 1), hint=hint)
    return tuple(probes)


def _decode(cursor: Cursor, node: Node) -> Probe | None:
    fields = cursor.fields(node, _KEYS)
    start = cursor.fields(fields.get("from"), _FROM_KEYS)
    for name, held in (("from", fields), ("to", fields), ("kind", start), ("ip", start)):
        if name not in held and (name in ("from", "to") or "from" in fields):
            cursor.missing(node, name)
    kind = cursor.choice(start.get("kind"), KINDS)
    source = cursor.address(start.get("ip"))
    to = cursor.address(fields.get("to"))
    chosen = cursor.choice(fields.get("protocol"), PROTOCOLS) if "protocol" in fields else Protocol.TCP
    protocol = chosen if isinstance(chosen, Protocol) else None
    port = cursor.integer(fields.get("port"), 0 if protocol is None else 1, MAX_PORT)
    if protocol is not None and "port" not in fields:
        cursor.missing(node, "port")
    if kind is None or source is None or to is None or chosen is None or (port is None and protocol is not None):
        return None
    if (":" in source) != (":" in to):
        cursor.report("SVC107", f"{source} and {to} are of different families", node)
        return None
    return Probe(kind, source, to, port or 0, protocol)
