"""Decode the status of a Pod: its addresses, its phase, whether it is ready.

    podIP: 10.128.7.21, phase: Running        ->   Status(addresses=("10.128.7.21",), phase="Running", ready=True)
    conditions: [{type: Ready, status: "True"}]

Facts (Kubernetes 1.34): where `podIP` and the first of `podIPs` differ, `podIP` is right and the list is not looked at; the field paths of
addresses stop at the index, `status.podIPs[0]`, whichever of the two fields holds them. Nobody judges the phase.
"""

from typing import NamedTuple

from svcc.diag import Reason
from svcc.model.pod_draft import fields_of, found_in, text_of
from svcc.model.pod_names import SHOWN, check_unused
from svcc.net import Address, family_of, parse_address
from svcc.source.cursor import Cursor, Node, did_you_mean

PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")

_Given = list[tuple[Node | None, Node]]
"""The node of each address, None where it is missing, and of the mapping or field that holds it."""


class Status(NamedTuple):
    """What a Pod's status says of names and endpoints."""

    addresses: tuple[Address, ...] = ()
    phase: str = ""
    ready: bool = False


def decode_status(cursor: Cursor, node: Node | None) -> Status:
    """Return the status of a Pod, empty where there is none, and report addresses that it cannot have."""
    status = fields_of(cursor, node)
    addresses = _addresses(cursor, "status.podIPs", _pod_ips(cursor, status.get("podIP"), status.get("podIPs")))
    hosts = [(found.get("ip"), one) for one, found in found_in(cursor, status.get("hostIPs"))]
    _check_first_host(cursor, status.get("hostIP"), hosts)
    _addresses(cursor, "status.hostIPs", hosts)
    phase = text_of(status.get("phase")) or ""
    _check_phase(cursor, status.get("phase"), phase)
    conditions = [found for _, found in found_in(cursor, status.get("conditions"))]
    ready = any(text_of(one.get("type")) == "Ready" and text_of(one.get("status")) == "True" for one in conditions)
    return Status(addresses, phase, ready)


def _pod_ips(cursor: Cursor, single: Node | None, several: Node | None) -> _Given:
    given: _Given = [(found.get("ip"), one) for one, found in found_in(cursor, several)]
    word = text_of(single)
    if word and single is not None and (not given or text_of(given[0][0]) != word):
        return [(single, single)]
    return given


def _addresses(cursor: Cursor, field: str, given: _Given) -> tuple[Address, ...]:
    found: list[Address] = []
    first: dict[str, Node] = {}
    for index, (node, holder) in enumerate(given):
        address = _address(cursor, f"{field}[{index}]", node, holder)
        if address is not None:
            found.append(address)
            check_unused(cursor, address, holder, first)
    families = {family_of(one) for one in found}
    if len(families) < len(found) == len(given):
        where = given[len(families)][1] if len(given) > 1 else given[0][1]
        cursor.report("SVC152", "at most one address of each family", where, at=field, reason=Reason.INVALID)
    return tuple(found)


def _address(cursor: Cursor, field: str, node: Node | None, holder: Node) -> Address | None:
    """SVC107: not an address; the path is the API server's."""
    word = text_of(node)
    if word is None:
        return None
    try:
        return parse_address(word)
    except ValueError as error:
        cursor.report("SVC107", str(error)[:120], node or holder, at=field, reason=Reason.INVALID)
        return None


def _check_first_host(cursor: Cursor, single: Node | None, given: _Given) -> None:
    if given and text_of(single) != text_of(given[0][0]):
        where = given[0][0] or given[0][1]
        message = "the first of hostIPs is hostIP"
        cursor.report("SVC152", message, where, at="status.hostIPs[0].ip", reason=Reason.INVALID)


def _check_phase(cursor: Cursor, node: Node | None, phase: str) -> None:
    """SVC153: a phase that no Pod has."""
    if phase and phase not in PHASES and node is not None:
        hint = f"one of {', '.join(PHASES)}{did_you_mean(phase, PHASES)}"
        cursor.report("SVC153", f'"{phase[:SHOWN]}" is no phase of a Pod', node, hint=hint)
