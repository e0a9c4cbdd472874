"""Numbers, words and paths inside a Pod, as its rules ask for them.

check_range(cursor, found.get("weight"), 1, 100)            SVC106
check_word_given(cursor, found.get("procMount"), …)         SVC105, also for ""
check_local_path(cursor, found.get("path"))                 SVC171 for /etc, ../etc and ..etc

`at` is where the API server sees a value, if not at its own field path.
"""

from collections.abc import Iterable

from svcc.diag import Reason
from svcc.model.pod_draft import number_of, text_of
from svcc.model.pod_names import SHOWN, Place, path_of
from svcc.model.quantities import amount
from svcc.source.cursor import Cursor, Node, ScalarNode, did_you_mean

MAX_INT32 = 2**31 - 1
MAX_MODE = 0o777


def check_range(cursor: Cursor, node: Node | None, low: int, high: int, *, at: Place | None = None) -> None:
    """SVC106: a number out of its range; what is absent, or no number, is nobody's concern here."""
    number = number_of(node)
    if node is not None and number is not None and not low <= number <= high:
        message = f"must be between {low} and {high}, not {number}"
        cursor.report("SVC106", message, node, at=path_of(cursor, at), reason=Reason.INVALID)


def is_negative(node: Node | None) -> bool:
    """Tell whether a quantity is less than nothing."""
    value = amount(node.value) if isinstance(node, ScalarNode) else None
    return value is not None and value < 0


def check_mode(cursor: Cursor, node: Node | None, *, at: Place | None = None) -> None:
    """SVC106: not the mode of a file."""
    number = number_of(node)
    if node is not None and number is not None and not 0 <= number <= MAX_MODE:
        hint = "octal numbers begin with 0" if not str(node.value).startswith("0") else ""
        message = (
            f"a mode is between 0 and 0777, not {number} (0{number:o})" if number > 0 else "a mode is not negative"
        )
        cursor.report("SVC106", message, node, at=path_of(cursor, at), reason=Reason.INVALID, hint=hint)


def check_word_given(
    cursor: Cursor,
    node: Node | None,
    words: Iterable[str],
    *,
    at: Place | None = None,
    reason: Reason = Reason.NOT_SUPPORTED,
) -> None:
    """SVC105: a word that is none of the supported ones; "" is a word as well."""
    word, words = text_of(node), tuple(words)
    if node is not None and word is not None and word not in words:
        hint = f"one of {', '.join(words)}{did_you_mean(word, words)}"
        message = f'"{word[:SHOWN]}" is not supported'
        cursor.report("SVC105", message, node, at=path_of(cursor, at), reason=reason, hint=hint)


def check_no_way_up(cursor: Cursor, node: Node | None, *, at: Place | None = None) -> None:
    """SVC171: a path with `..` in it."""
    path = text_of(node)
    if node is not None and path and ".." in path.split("/"):
        cursor.report("SVC171", "a path has no .. here", node, at=path_of(cursor, at), reason=Reason.INVALID)


def check_relative_path(cursor: Cursor, node: Node | None, *, at: Place | None = None) -> None:
    """SVC171: a path that is absolute, or has `..` in it."""
    path = text_of(node)
    if node is not None and path and path.startswith("/"):
        message = f'"{path[:SHOWN]}" must be relative, without / at its beginning'
        cursor.report("SVC171", message, node, at=path_of(cursor, at), reason=Reason.INVALID)
    check_no_way_up(cursor, node, at=at)


def check_local_path(cursor: Cursor, node: Node | None, *, at: Place | None = None) -> None:
    """SVC171: the path of a file in a volume; names that begin with two dots belong to the kubelet."""
    check_relative_path(cursor, node, at=at)
    path = text_of(node)
    if node is not None and path and path.startswith("..") and ".." not in path.split("/"):
        cursor.report("SVC171", "a path does not begin with ..", node, at=path_of(cursor, at), reason=Reason.INVALID)
