"""Decode the section `serials` of `svcc.lock`.

    cluster.local: 7 3f2a9c01d2e4b5a6    ->   {"cluster.local": Serial(7, "3f2a9c01d2e4b5a6")}
    cluster.local: seven                 ->   SVC230: not the serial of a zone

A zone twice, as after a merge, is one fact: the later serial. Unless both lines are equal it stands for no records, so that the
next compile counts on and every secondary server takes over what it makes.
"""

import re

from svcc.allocate.serials import CIRCLE, Serial, merged
from svcc.diag import Reason, Span
from svcc.model.decode_meta import check_subdomain
from svcc.source.cursor import Cursor, MappingNode, Node, ScalarNode

_SERIAL = re.compile(r"(0|[1-9][0-9]{0,9})(?: ([0-9a-f]{16}))?\Z")
_FORM = "as in cluster.local: 7 3f2a9c01d2e4b5a6"
_SHOWN = 80


def decode_serials(cursor: Cursor, node: Node | None, spans: dict[str, Span]) -> dict[str, Serial]:
    """Return the serial of every zone; where they stand is added to `spans`."""
    if not isinstance(node, MappingNode):
        cursor.fields(node, None)
        return {}
    lines: dict[str, list[Serial]] = {}
    for key, value in node.value:
        zone = cursor.word(key)
        if zone is None:
            continue
        check_subdomain(cursor, zone, key)
        serial = _serial(cursor, value)
        if serial is not None:
            lines.setdefault(zone, []).append(serial)
            spans.setdefault(zone, cursor.word_span(value))
    return {zone: merged(found) for zone, found in sorted(lines.items())}


def _serial(cursor: Cursor, node: Node) -> Serial | None:
    text = node.value if isinstance(node, ScalarNode) else ""
    match = _SERIAL.match(text)
    if match is None or int(match[1]) >= CIRCLE:
        message = f'"{text[:_SHOWN]}" is not the serial of a zone' if text else "this is not the serial of a zone"
        cursor.report("SVC230", message, node, reason=Reason.INVALID, hint=_FORM)
        return None
    return Serial(int(match[1]), match[2] or "")
