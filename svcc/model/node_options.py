"""What both kinds of configuration say in the same words: detectors of local traffic, networks, node port addresses."""

from svcc.config import DetectLocal
from svcc.net import Network
from svcc.source.cursor import Cursor, Fields, Node

DETECTORS = {one.value: one for one in DetectLocal}
PRIMARY = "primary"

_DETECT_LOCAL = frozenset({"bridgeInterface", "interfaceNamePrefix"})
_INTERFACE_FIELDS = {
    DetectLocal.BRIDGE_INTERFACE: "bridgeInterface",
    DetectLocal.INTERFACE_PREFIX: "interfaceNamePrefix",
}
_MAX_INTERFACE = 15


def networks(cursor: Cursor, node: Node | None) -> tuple[Network, ...]:
    """Return the networks of a list."""
    found = [cursor.network(one) for one in cursor.sequence(node)]
    return tuple(one for one in found if one is not None)


def node_port_addresses(cursor: Cursor, found: Fields, *, has_node_ips: bool) -> tuple[bool, tuple[Network, ...]]:
    """Return whether node ports are on the primary addresses only, and else the networks they are limited to."""
    nodes = cursor.sequence(found.get("nodePortAddresses"))
    primary = [node for node in nodes if cursor.word(node) == PRIMARY]
    if not primary:
        return False, networks(cursor, found.get("nodePortAddresses"))
    if len(nodes) > 1:
        cursor.report("SVC112", "primary stands alone, without networks", primary[0])
    elif not has_node_ips:
        hint = "set nodeIPs in a NodeConfig"
        cursor.report("SVC113", "primary needs the addresses of this node", primary[0], hint=hint)
    return True, ()


def local_interface(cursor: Cursor, found: Fields, detect: DetectLocal) -> str | None:
    """Return the name, or the start of names, of the interfaces that pods are behind."""
    options = cursor.fields(found.get("detectLocal"), _DETECT_LOCAL)
    names = {name: cursor.text(node) for name, node in options.items()}
    for name, word in names.items():
        if word and (len(word) > _MAX_INTERFACE or "/" in word or any(letter.isspace() for letter in word)):
            message = f'"{word[:40]}" cannot be an interface: 1 to {_MAX_INTERFACE} characters, no blanks, no /'
            cursor.report("SVC103", message, options[name])
    return names.get(_INTERFACE_FIELDS.get(detect, "")) or None


def check_detector(cursor: Cursor, found: Fields, detect: DetectLocal, *, has_fact: bool) -> None:
    """Report a detector that lacks what it detects by; by ClusterCIDR, the default, it simply detects nothing."""
    node = found.get("detectLocalMode")
    if node is None or has_fact or detect in (DetectLocal.CLUSTER_CIDR, DetectLocal.NONE):
        return
    field = _INTERFACE_FIELDS.get(detect)
    needed = f"detectLocal.{field}" if field else "podCIDRs, which a NodeConfig can hold"
    cursor.report("SVC113", f"detectLocalMode {detect.value} needs {needed}", node)
