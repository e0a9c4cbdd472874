"""The rules for the ports of containers.

    ports: [{name: http, containerPort: 0}]                  SVC104 …ports[0].containerPort: 0 counts as absent
    hostNetwork: true, ports: [{containerPort: 80, hostPort: 81}]   SVC150 …ports[0].hostPort

On the host's network a container port is a host port of the same number. A host port is taken by its protocol and host address, among
all regular containers, and within each init container alone, since those run one by one.
"""

from svcc.diag import Reason, Related
from svcc.model.decode_ports import PROTOCOLS, decode_protocol, is_port_name
from svcc.model.pod import PortName
from svcc.model.pod_draft import INIT, REGULAR, Container, Draft, found_in, number_of, text_of
from svcc.model.pod_names import SHOWN, check_unused
from svcc.net import MAX_PORT
from svcc.source.cursor import Cursor, Fields, Node

_HINT = "lower-case letters, digits and single - inside, at most 15, a letter among them"
_Taken = dict[tuple[str, str, int], Node]


def check_ports(cursor: Cursor, container: Container) -> None:
    """Report names, numbers and protocols of one container's ports that cannot be."""
    first: dict[str, Node] = {}
    for node, found in found_in(cursor, container.found.get("ports")):
        name = text_of(found.get("name"))
        if name and is_port_name(name):
            check_unused(cursor, name, found["name"], first)
        elif name:
            message = f'"{name[:SHOWN]}" is not the name of a port'
            cursor.report("SVC103", message, found["name"], reason=Reason.INVALID, hint=_HINT)
        if number_of(found.get("containerPort")) == 0:
            where = found.get("containerPort", node)
            below = "" if "containerPort" in found else "containerPort"
            cursor.report("SVC104", "containerPort is required", where, below=below, reason=Reason.REQUIRED)
        else:
            _check_number(cursor, found.get("containerPort"))
        if number_of(found.get("hostPort")):
            _check_number(cursor, found.get("hostPort"))
        decode_protocol(cursor, found)


def _check_number(cursor: Cursor, node: Node | None) -> None:
    if number_of(node) is not None:
        cursor.port(node)


def check_host_ports(draft: Draft) -> None:
    """SVC150 and SVC119: host ports that are not the container's, and those that are taken."""
    taken: _Taken = {}
    for container in draft.containers:
        if container.kind not in (REGULAR, INIT):
            continue
        own = taken if container.kind == REGULAR else {}
        for node, found in found_in(draft.cursor, container.found.get("ports")):
            if draft.host_network and container.kind == REGULAR:
                _check_same(draft.cursor, found)
            _check_free(draft, node, found, own)


def _check_same(cursor: Cursor, found: Fields) -> None:
    ours, theirs = number_of(found.get("hostPort")), number_of(found.get("containerPort"))
    if ours and theirs is not None and ours != theirs:
        message = f"with hostNetwork the host port of {theirs} is {theirs}"
        cursor.report("SVC150", message, found["hostPort"], reason=Reason.INVALID, hint="leave hostPort out")


def _check_free(draft: Draft, node: Node, found: Fields, taken: _Taken) -> None:
    port = number_of(found.get("hostPort"))
    if port == 0 and draft.host_network:
        port = number_of(found.get("containerPort"))
    protocol, address = text_of(found.get("protocol")), text_of(found.get("hostIP"))
    if not port or protocol is None or address is None:
        return
    where = found.get("hostPort", node)
    key = protocol or "TCP", address, port
    other = taken.get(key)
    if other is None:
        taken[key] = where
    else:
        related = (Related(draft.cursor.span(other), "first used here"),)
        message = f"host port {port}/{protocol or 'TCP'} is already used by this Pod"
        below = "" if "hostPort" in found else "hostPort"
        draft.cursor.report("SVC119", message, where, below=below, reason=Reason.DUPLICATE, related=related)


def named_ports(draft: Draft) -> dict[PortName, int]:
    """Return the ports with a name of the containers that keep running; of one name and protocol, the first."""
    ports: dict[PortName, int] = {}
    for container in draft.containers:
        for _, found in found_in(draft.cursor, container.found.get("ports")) if container.keeps_running else ():
            name, number = text_of(found.get("name")), number_of(found.get("containerPort"))
            if name and number is not None and 0 < number <= MAX_PORT:
                ports.setdefault((name, PROTOCOLS[text_of(found.get("protocol")) or "TCP"]), number)
    return ports
