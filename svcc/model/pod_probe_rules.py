"""The rules for probes and hooks of containers, and for fields of which there is exactly one.

livenessProbe: {exec: {command: [a]}, tcpSocket: {port: 80}}   SVC159 …livenessProbe.tcpSocket
readinessProbe: {httpGet: {port: 0}}                            SVC106 …readinessProbe.httpGet.port
"""

import re

from svcc.diag import Reason
from svcc.model.decode_ports import is_port_name
from svcc.model.pod_draft import Container, fields_of, found_in, list_of, number_of, text_of
from svcc.model.pod_names import SHOWN, check_word, require
from svcc.source.cursor import Cursor, Fields, Node, kind_of
from svcc.source.scalars import Kind

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_HOOKS = ("postStart", "preStop")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_SECONDS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_LARGEST = 2**31 - 1
_HEADER = re.compile(r"[-A-Za-z0-9]+\Z")


def check_one_of(cursor: Cursor, node: Node, names: tuple[str, ...], whole: Node | None = None) -> None:
    """SVC159: none or several of some fields; the API server points at the mapping, or at the `whole` list of them."""
    found = fields_of(cursor, node)
    given = [name for name in names if name in found]
    if cursor.is_mapping(node) and len(given) != 1:
        message = f"needs one of {', '.join(names)}" if not given else f"has both {given[0]} and {given[1]}"
        at = cursor.path(whole) if whole is not None else ""
        cursor.report("SVC159", message, node, at=at, reason=Reason.INVALID)


def check_handlers(cursor: Cursor, container: Container, grace: int | None) -> None:
    """Report what is wrong with the probes and hooks of a container that may take `grace` seconds to end."""
    for name in _PROBES:
        node = container.found.get(name)
        if node is not None and cursor.is_mapping(node):
            _check_handler(cursor, node)
            _check_probe(cursor, name, node)
    lifecycle = fields_of(cursor, container.found.get("lifecycle"))
    for hook in (lifecycle[name] for name in _HOOKS if name in lifecycle):
        if cursor.is_mapping(hook):
            _check_handler(cursor, hook)
            _check_sleep(cursor, fields_of(cursor, hook), grace)


def _check_probe(cursor: Cursor, name: str, node: Node) -> None:
    found = fields_of(cursor, node)
    for field in _SECONDS:
        if number_of(found.get(field)) is not None:
            cursor.integer(found.get(field), 0, _LARGEST)
    threshold = number_of(found.get("successThreshold"))
    if name != "readinessProbe" and threshold is not None and threshold > 1:
        cursor.report("SVC106", f"must be 1 in a {name}", found["successThreshold"], reason=Reason.INVALID)
    grace = found.get("terminationGracePeriodSeconds")
    if grace is not None and name == "readinessProbe":
        cursor.report("SVC112", "a readinessProbe ends nothing", grace, reason=Reason.INVALID, hint="remove it")
    elif grace is not None and number_of(grace) is not None:
        cursor.integer(grace, 1, 2**63 - 1)


def _check_handler(cursor: Cursor, node: Node) -> None:
    """SVC159: a probe or a hook that does nothing, or two things."""
    found = fields_of(cursor, node)
    given = [name for name in _HANDLERS if name in found]
    for name in given[1:]:
        cursor.report("SVC159", f"there is {given[0]} already", found[name], reason=Reason.FORBIDDEN)
    if not given:
        message = f"needs one of {', '.join(_HANDLERS[:4])}"
        cursor.report("SVC159", message, node, reason=Reason.REQUIRED)
        return
    action = found[given[0]]
    inside = fields_of(cursor, action)
    if given[0] == "exec" and not list_of(inside.get("command")):
        require(cursor, action, {}, "command")
    if given[0] in ("httpGet", "tcpSocket", "grpc"):
        _check_port(cursor, action, inside.get("port"))
    check_word(cursor, inside.get("scheme"), ("HTTP", "HTTPS"))
    _check_headers(cursor, inside.get("httpHeaders"))


def _check_headers(cursor: Cursor, node: Node | None) -> None:
    """SVC103: not the name of a header; the API server points at the list of them."""
    for one, found in found_in(cursor, node):
        name = text_of(found.get("name"))
        if node is not None and name is not None and not _HEADER.match(name):
            message = f'"{name[:SHOWN]}" is not the name of a header'
            where = found.get("name", one)
            cursor.report("SVC103", message, where, at=cursor.path(node), hint="letters, digits and -")


def _check_sleep(cursor: Cursor, hook: Fields, grace: int | None) -> None:
    """SVC106: a hook that sleeps for longer than the Pod may take to end."""
    if not {"exec", "httpGet", "tcpSocket"}.isdisjoint(hook) or "sleep" not in hook:
        return
    found = fields_of(cursor, hook["sleep"])
    seconds = number_of(found.get("seconds"))
    if grace is not None and seconds is not None and not 0 <= seconds <= grace:
        message = f"must be between 0 and terminationGracePeriodSeconds, {grace}"
        at = cursor.path(hook["sleep"])
        cursor.report("SVC106", message, found.get("seconds", hook["sleep"]), at=at, reason=Reason.INVALID)


def _check_port(cursor: Cursor, action: Node, node: Node | None) -> None:
    if node is None:
        cursor.report("SVC104", "port is required", action, below="port", reason=Reason.INVALID)
    elif kind_of(node) is Kind.INTEGER:
        cursor.port(node)
    else:
        name = text_of(node)
        if name is not None and not is_port_name(name):
            message = f'"{name[:SHOWN]}" is not the name of a port'
            cursor.report("SVC103", message, node, reason=Reason.INVALID)
