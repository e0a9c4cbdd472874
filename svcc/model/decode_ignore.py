"""Decode which notes and warnings an object does not want to hear: the annotation `svcc.dev/ignore`.

    svcc.dev/ignore: "SVC221, svc218"   ->   sink.ignore("Service/shop/cart", {"SVC221", "SVC218"})

An error cannot be ignored, and a code that does not exist is a mistake: a silence that nobody asked for helps nobody.
"""

from svcc.codes import CODES, Severity
from svcc.guess import closest_code
from svcc.source.cursor import Cursor, Node


def decode_ignore(cursor: Cursor, node: Node) -> None:
    """Tell the sink what this object wants to hear nothing of."""
    words = [word.strip().upper() for word in (cursor.text(node) or "").split(",")]
    wanted = frozenset(word for word in words if word)
    for word in sorted(wanted):
        if word not in CODES:
            close = closest_code(word, tuple(CODES))
            guess = f"did you mean {close}?" if close else "`svcc explain --all` lists them"
            cursor.report("SVC105", f'there is no diagnostic "{word[:60]}"', node, hint=guess)
        elif CODES[word].severity is Severity.ERROR:
            cursor.report("SVC105", f"{word} is an error: it cannot be ignored", node)
    cursor.sink.ignore(cursor.object, wanted & CODES.keys())
