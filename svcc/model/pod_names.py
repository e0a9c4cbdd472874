"""Names, words and required fields, as the rules for Pods ask for them.

require(cursor, node, found, "image")          SVC104 at the mapping, or at the empty value
check_label(cursor, found.get("hostname"))     SVC103, Invalid
"""

from collections.abc import Iterable
from typing import NamedTuple

from svcc.diag import Reason, Related
from svcc.model import decode_meta
from svcc.model.pod_draft import text_of
from svcc.source.cursor import Cursor, Fields, Node, SequenceNode, did_you_mean

SHOWN = 60

_MAX_GUESSES = 10


def is_label(text: str) -> bool:
    """Tell whether a text is a DNS label."""
    return len(text) <= decode_meta.MAX_LABEL and decode_meta.DNS_LABEL.match(text) is not None


class Place(NamedTuple):
    """A field path that is not a value's own: a node's, and the words behind that. It is worked out only to be told."""

    node: Node
    words: str

    def below(self, name: str) -> "Place":
        """Return the place of a field here."""
        return Place(self.node, f"{self.words}.{name}")


def path_of(cursor: Cursor, at: Place | None) -> str:
    """Return a field path, "" for a value's own."""
    return "" if at is None else f"{cursor.path(at.node)}{at.words}"


def require(
    cursor: Cursor, mapping: Node, found: Fields, name: str, hint: str = "", *, at: Place | None = None
) -> bool:
    """SVC104: a field that is absent or empty; tell whether it is there. `at` is where the API server sees the mapping."""
    node = found.get(name)
    empty = text_of(node) == "" or (isinstance(node, SequenceNode) and not node.value)
    there = node is not None and not empty
    if not there:
        field = path_of(cursor, at.below(name) if at else None)
        below = "" if at or node is not None else name
        message = f"{name} is required"
        cursor.report("SVC104", message, node or mapping, below=below, at=field, reason=Reason.REQUIRED, hint=hint)
    return there


def check_label(cursor: Cursor, node: Node | None) -> None:
    """SVC103: a name that is not a DNS label; absent and empty names are nobody's concern here."""
    name = text_of(node)
    if name and node is not None:
        decode_meta.check_label(cursor, name, node)


def check_subdomain(cursor: Cursor, node: Node | None, *, ignore_case: bool = False, at: Place | None = None) -> None:
    """SVC103: a name that is not a DNS name."""
    name = text_of(node)
    name = name.lower() if name and ignore_case else name
    if name and node is not None and at is None:
        decode_meta.check_subdomain(cursor, name, node)
    elif name and node is not None and not is_subdomain(name):
        message = f'"{name[:SHOWN]}" is not a DNS name'
        cursor.report("SVC103", message, node, at=path_of(cursor, at), reason=Reason.INVALID)


def is_subdomain(text: str) -> bool:
    """Tell whether a text is a DNS name."""
    return len(text) <= decode_meta.MAX_SUBDOMAIN and decode_meta.SUBDOMAIN.match(text) is not None


def check_word(cursor: Cursor, node: Node | None, words: Iterable[str]) -> None:
    """SVC105: a word that is none of the supported ones; "" stands for the default."""
    if text_of(node):
        cursor.choice(node, {word: word for word in words})


def check_unused(
    cursor: Cursor,
    name: str,
    node: Node,
    first: dict[str, Node],
    reason: Reason = Reason.DUPLICATE,
    at: Place | None = None,
) -> None:
    """SVC119: a name that was used before; remember it when not."""
    # Not by the identity of its node: that of an alias is the same.
    if name not in first:
        first[name] = node
        return
    related = (Related(cursor.span(first[name]), "first used here"),)
    message = f'"{name[:SHOWN]}" is used twice'
    cursor.report("SVC119", message, node, at=path_of(cursor, at), reason=reason, related=related)


def check_object_name(cursor: Cursor, mapping: Node, found: Fields, name: str) -> None:
    """SVC103: not the name of an object; one that is absent is as wrong as any other, and not called missing by the API server."""
    if name not in found:
        cursor.report("SVC103", f"{name} is the name of an object", mapping, below=name, reason=Reason.INVALID)
    elif text_of(found[name]) == "":
        cursor.report("SVC103", f"{name} is the name of an object", found[name], reason=Reason.INVALID)
    check_subdomain(cursor, found.get(name))


def check_object_prefix(cursor: Cursor, node: Node) -> None:
    """SVC103: neither the name of an object nor the beginning of one, which may end with a hyphen."""
    name = text_of(node)
    if name:
        decode_meta.check_subdomain(cursor, f"{name[:-1]}a" if len(name) > 1 and name[-1] == "-" else name, node)


def there_is_no(cursor: Cursor, node: Node, what: str, names: Iterable[str], at: Place | None = None) -> None:
    """SVC151: a name of nothing in this Pod."""
    # Comparing words is slow: what has many mistakes needs no guess for the last of them.
    guess = did_you_mean(node.value, tuple(sorted(names))) if cursor.errors < _MAX_GUESSES else ""
    message = f'there is no {what} "{node.value[:SHOWN]}" in this Pod'
    hint = guess.removeprefix("; ")
    cursor.report("SVC151", message, node, at=path_of(cursor, at), reason=Reason.NOT_FOUND, hint=hint)
