"""Check names that are no DNS names: qualified names, as of labels and protocols, and the values of labels.

    check_qualified_name(cursor, "example.org/h2c", node)     nothing
    check_qualified_name(cursor, "h2c!", node)                SVC135 at the node

The rules are those of Kubernetes: an optional DNS subdomain and a slash, then at most 63 letters, digits, `-`, `_` and `.`.
"""

import re
from functools import lru_cache

from svcc.source.cursor import Cursor, Node, ScalarNode

_MAX_PREFIX = 253
_WORD = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\Z")
_PREFIX = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\Z")
_SHOWN = 60


@lru_cache(maxsize=8192)
def is_qualified_name(text: str) -> bool:
    """Tell whether a text is `name` or `prefix/name`."""
    prefix, slash, name = text.rpartition("/")
    if slash and (len(prefix) > _MAX_PREFIX or not _PREFIX.match(prefix)):
        return False
    return _WORD.match(name) is not None


@lru_cache(maxsize=8192)
def is_label_value(text: str) -> bool:
    """Tell whether a text can be the value of a label; it may be empty."""
    return not text or _WORD.match(text) is not None


def check_qualified_name(cursor: Cursor, text: str, node: Node, *, at: str = "") -> None:
    """SVC135: not a qualified name; `at` is the field path where that is not the node's own."""
    if not is_qualified_name(text):
        hint = (
            "at most 63 letters, digits, - _ . with a letter or digit at both ends, after an optional DNS prefix and /"
        )
        cursor.report("SVC135", f'"{text[:_SHOWN]}" is not a qualified name', node, at=at, hint=hint)


def check_label_value(cursor: Cursor, text: str, node: Node, *, at: str = "") -> None:
    """SVC136: not the value of a label; `at` is the field path where that is not the node's own."""
    if not is_label_value(text):
        hint = "at most 63 letters, digits, - _ . with a letter or digit at both ends"
        cursor.report("SVC136", f'"{text[:_SHOWN]}" is not the value of a label', node, at=at, hint=hint)


def check_labels(cursor: Cursor, node: Node | None) -> dict[str, str]:
    """Return labels, or a selector; report keys and values that cannot be.

    The API server gives both the path of the whole field.
    """
    found = cursor.texts(node)
    wrong = {key: value for key, value in found.items() if not (is_qualified_name(key) and is_label_value(value))}
    if wrong and node is not None:
        held, keys, path = cursor.fields(node, None), key_nodes(node), cursor.path(node)
        for key, value in wrong.items():
            check_qualified_name(cursor, key, keys.get(key, held[key]), at=path)
            check_label_value(cursor, value, held[key], at=path)
    return found


def key_nodes(node: Node) -> dict[str, Node]:
    """Return where the keys of a mapping stand, without those that a merge key brings in."""
    return {one.value: one for one, _ in reversed(node.value) if isinstance(one, ScalarNode)}
