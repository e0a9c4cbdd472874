"""Names, words and required fields, as the rules for Pods ask for them.

require(cursor, node, found, "image")          SVC104 at the mapping, or at the empty value
check_label(cursor, found.get("hostname"))     SVC103, Invalid
"""

from collections.abc import Iterable

from svcc.diag import Reason, Related
from svcc.model import decode_meta
from svcc.model.pod_draft import text_of
from svcc.source.cursor import Cursor, Fields, Node

SHOWN = 60


def require(cursor: Cursor, mapping: Node, found: Fields, name: str, hint: str = "") -> bool:
    """SVC104: a field that is absent or empty; tell whether it is there."""
    node = found.get(name)
    if node is None:
        cursor.missing(mapping, name, hint)
    elif text_of(node) == "":
        cursor.report("SVC104", f"{name} is required", node, reason=Reason.REQUIRED, hint=hint)
    return node is not None and text_of(node) != ""


def check_label(cursor: Cursor, node: Node | None) -> None:
    """SVC103: a name that is not a DNS label; absent and empty names are nobody's concern here."""
    name = text_of(node)
    if name and node is not None:
        decode_meta.check_label(cursor, name, node)


def check_subdomain(cursor: Cursor, node: Node | None) -> None:
    """SVC103: a name that is not a DNS name."""
    name = text_of(node)
    if name and node is not None:
        decode_meta.check_subdomain(cursor, name, node)


def check_word(cursor: Cursor, node: Node | None, words: Iterable[str]) -> None:
    """SVC105: a word that is none of the supported ones; "" stands for the default."""
    if text_of(node):
        cursor.choice(node, {word: word for word in words})


def check_unused(
    cursor: Cursor, name: str, node: Node, first: dict[str, Node], reason: Reason = Reason.DUPLICATE
) -> None:
    """SVC119: a name that was used before; remember it when not."""
    # Not by the identity of its node: that of an alias is the same.
    if name not in first:
        first[name] = node
        return
    related = (Related(cursor.span(first[name]), "first used here"),)
    cursor.report("SVC119", f'"{name[:SHOWN]}" is used twice', node, reason=reason, related=related)
