"""Show the line of a diagnostic with carets under the value, whatever stands in the line.

    {name: "日本", port: 0}        the value is the 20th character of the line
                         ^      and stands in its 22nd cell

Positions count characters, terminals count cells: a wide character takes two, a combining one none. Of a long line only the
surroundings of the value are shown.
"""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

from svcc.cli.render import printable
from svcc.diag import Span

SHOWN = 140
"""Characters of a line; where the value stands further right than `KEPT_LEFT`, the line is cut before it."""
KEPT_LEFT = 90
LEAD = 40
CUT = "…"


class Excerpt(NamedTuple):
    """What to print of a line, and the carets below it."""

    text: str
    carets: str


def excerpt(span: Span) -> Excerpt | None:
    """Return the line of a span with its carets; None when the source has no such line."""
    lines = _lines(span.source.text)
    if not 1 <= span.line <= len(lines):
        return None
    line = printable(lines[span.line - 1].replace("\t", " "))
    first = span.column - 1
    last = min(first + span.length, len(line)) if span.length else len(line.rstrip())
    start = 0 if first <= KEPT_LEFT else first - LEAD
    stop = start + SHOWN
    head = CUT if start else ""
    tail = CUT if stop < len(line) else ""
    indent = width(head + line[start:first]) + max(0, first - len(line))
    marked = max(1, width(line[first : min(last, stop)]))
    return Excerpt(head + line[start:stop] + tail, " " * indent + "^" * marked)


def width(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    return len(text) if text.isascii() else sum(_cells(one) for one in text)


def _cells(one: str) -> int:
    if unicodedata.category(one) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(one) in ("W", "F") else 1


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    """Return the lines of a source; diagnostics come sorted by source, so that few are kept."""
    return text.splitlines()
