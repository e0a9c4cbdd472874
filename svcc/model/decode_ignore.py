"""Decode which notes and warnings an object does not want to hear: the annotation `svcc.dev/ignore`.

    svcc.dev/ignore: "SVC221, svc218"   ->   sink.ignore("Service/shop/cart", {"SVC221", "SVC218"})

An error cannot be ignored, and a code that does not exist is a mistake: a silence that nobody asked for helps nobody.
"""

from svcc.codes import CODES, Severity
from svcc.guess import closest_code
from svcc.source.cursor import Cursor, Node


def decode_ignore(cursor: Cursor, node: Node) -> None:
    """Tell the sink what this object wants to hear nothing of."""
    typed = [word.strip() for word in (cursor.text(node) or "").split(",")]
    wanted = {word.upper(): word for word in typed if word}
    for code, word in sorted(wanted.items()):
        if code not in CODES:
            close = closest_code(code, tuple(CODES))
            guess = f"did you mean {close}?" if close else "`svcc explain --all` lists them"
            cursor.report("SVC105", f'there is no diagnostic "{word[:60]}"', node, hint=guess)
        elif CODES[code].severity is Severity.ERROR:
            cursor.report("SVC105", f"{code} is an error: it cannot be ignored", node)
    cursor.sink.ignore(cursor.object, wanted.keys() & CODES.keys())
