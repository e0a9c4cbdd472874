"""What both kinds of configuration say in the same words: detectors of local traffic, networks, node port addresses."""

import re
from collections.abc import Iterable

from svcc.config import DetectLocal
from svcc.diag import Reason, Related, Span
from svcc.net import Network, collapse
from svcc.source.cursor import Cursor, Fields, Node

DETECTORS = {one.value: one for one in DetectLocal}
PRIMARY = "primary"

_DETECT_LOCAL = frozenset({"bridgeInterface", "interfaceNamePrefix"})
_INTERFACE_FIELDS = {
    DetectLocal.BRIDGE_INTERFACE: "bridgeInterface",
    DetectLocal.INTERFACE_PREFIX: "interfaceNamePrefix",
}
_MAX_INTERFACE = 15
"""IFNAMSIZ less its end; iptables writes a prefix with one character more, `cali+`."""
_INTERFACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*\Z")


def list_spans(cursor: Cursor, found: Fields, names: Iterable[str]) -> dict[str, Span]:
    """Return the place of each value of some lists: `serviceCIDRs[0]` -> span."""
    return {
        f"{name}[{index}]": cursor.span(node)
        for name in names
        for index, node in enumerate(cursor.sequence(found.get(name)))
    }


def spans_of(cursor: Cursor, found: Fields, names: Iterable[str]) -> dict[str, Span]:
    """Return the place of some values."""
    return {name: cursor.span(found[name]) for name in names if name in found}


def networks(cursor: Cursor, node: Node | None) -> tuple[Network, ...]:
    """Return the networks of a list."""
    found = [cursor.network(one) for one in cursor.sequence(node)]
    return tuple(one for one in found if one is not None)


def distinguishing(cursor: Cursor, node: Node | None) -> tuple[Network, ...]:
    """Return the networks of a list that says who is who."""
    return told_apart(cursor, node, networks(cursor, node))


def told_apart(cursor: Cursor, node: Node | None, found: tuple[Network, ...]) -> tuple[Network, ...]:
    """Return networks that leave somebody outside; report those that are every address together."""
    if node is not None and any(one.prefixlen == 0 for one in collapse(found)):
        cursor.report("SVC108", "these are all addresses there are", node, hint="name the range itself")
        return ()
    return found


def check_differ(cursor: Cursor, node: Node | None) -> None:
    """SVC119: one word twice in a list."""
    first: dict[str, Node] = {}
    for one in cursor.sequence(node):
        word = cursor.word(one)
        if word is None:
            continue
        if word in first:
            related = (Related(cursor.span(first[word]), "first given here"),)
            cursor.report("SVC119", f"{word[:60]} is given twice", one, related=related)
        first.setdefault(word, one)


def node_port_addresses(cursor: Cursor, found: Fields, *, has_node_ips: bool) -> tuple[bool, tuple[Network, ...]]:
    """Return whether node ports are on the primary addresses only, and else the networks they are limited to."""
    nodes = cursor.sequence(found.get("nodePortAddresses"))
    primary = next((node for node in nodes if cursor.word(node) == PRIMARY), None)
    if primary is None:
        return False, networks(cursor, found.get("nodePortAddresses"))
    if len(nodes) > 1:
        for node in nodes[: nodes.index(primary)]:
            cursor.network(node)
        cursor.report("SVC112", "primary stands alone, without networks", primary, reason=Reason.INVALID)
    elif not has_node_ips:
        hint = "set nodeIPs in a NodeConfig"
        cursor.report("SVC113", "primary needs the addresses of this node", primary, hint=hint)
    return True, ()


def local_interface(cursor: Cursor, found: Fields, detect: DetectLocal) -> str | None:
    """Return the name, or the start of names, of the interfaces that pods are behind."""
    options = cursor.fields(found.get("detectLocal"), _DETECT_LOCAL)
    names = {name: cursor.text(node) for name, node in options.items()}
    for name, word in names.items():
        most = _MAX_INTERFACE if name == "bridgeInterface" else _MAX_INTERFACE - 1
        if word and not (len(word) <= most and _INTERFACE.match(word)):
            message = f'"{word[:40]}" cannot be used here: 1 to {most} letters, digits, `.`, `_`, `@` or `-`'
            cursor.report("SVC103", message, options[name], hint="no `+` or `*`: a prefix is one without them")
    return names.get(_INTERFACE_FIELDS.get(detect, "")) or None


def check_detector(cursor: Cursor, found: Fields, detect: DetectLocal, *, has_fact: bool) -> None:
    """Report a detector that lacks what it detects by; by ClusterCIDR, the default, it simply detects nothing."""
    node = found.get("detectLocalMode")
    if node is None or has_fact or detect in (DetectLocal.CLUSTER_CIDR, DetectLocal.NONE):
        return
    field = _INTERFACE_FIELDS.get(detect)
    at = f"detectLocal.{field}" if field else ""
    needed = at or "podCIDRs, which a NodeConfig can hold"
    cursor.report("SVC113", f"detectLocalMode {detect.value} needs {needed}", node, at=at, reason=Reason.INVALID)
