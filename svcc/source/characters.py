r"""Leave out of a text the documents that hold what YAML cannot: bytes that are not UTF-8, control characters, stray byte order marks.

    a: 1\n---\nb: \0\n---\nc: 3     ->   a: 1\n---\n\n---\nc: 3     and SVC007 at line 3, column 4

Lines stay where they are, so that every position stays true. YAML 1.2 allows a byte order mark at the start of each document, where
files have been put one behind another; the parser does not know that, so they are taken away here, as the one at the start of a file is.
"""

import re
from collections.abc import Iterator

from svcc.diag import Diagnostics, Source, Span

_BOM = "\ufeff"
_PUT_TOGETHER = "(?<=[\r\n])\ufeff"
_TROUBLE = re.compile(f"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|{_PUT_TOGETHER}")
_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_NO_BREAK = re.compile("[^\r\n\x85\u2028\u2029]+")
_MARKER = re.compile(r"(?:^|(?<=[\r\n]\ufeff))---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_START = re.compile(r"---(?=[ \t\r\n]|\Z)")
_NOTHING = re.compile(r"(?:[ \t]*+(?:#[^\r\n]*+)?+[\r\n]++)*+")
_SOMETHING = re.compile(r"[^\s-]")
_STRAY_BYTE = re.compile("[\udc80-\udcff]")
"""What `surrogateescape` makes of a byte that is not UTF-8."""


def readable(source: Source, sink: Diagnostics) -> Source | None:
    """Return a source without the documents that cannot be read, None when there is no other; each is reported as SVC007."""
    if _TROUBLE.search(source.text) is None:
        return source
    kept = "".join(_Reading(source, sink).kept())
    return Source(source.name, kept) if _SOMETHING.search(kept) else None


class _Reading:
    """One walk over a text, from trouble to trouble."""

    def __init__(self, source: Source, sink: Diagnostics) -> None:
        self.text = source.text
        self.shown = Source(source.name, _STRAY_BYTE.sub("\ufffd", source.text))
        self.sink = sink
        self.document = 0
        """Where the present document begins, behind its marker."""
        self.looked, self.counted = 0, 0
        """Up to where markers have been looked for, and lines counted."""
        self.line, self.line_start = 1, 0

    def kept(self) -> Iterator[str]:
        """Yield the text piece by piece, without byte order marks, and line breaks alone in place of broken documents."""
        at = 0
        while found := _TROUBLE.search(self.text, at):
            self._go_to(found.start())
            if found[0] == _BOM and self._is_at_start(found.start()):
                yield self.text[at : found.start()]
                at = self.document = found.end()
                continue
            self._report(found[0], found.start())
            marker = _MARKER.search(self.text, found.end())
            end = marker.start() if marker else len(self.text)
            yield self.text[at : max(at, self.document)]
            yield _NO_BREAK.sub("", self.text[max(at, self.document) : end])
            at = self.document = self.looked = end
        yield self.text[at:]

    def _go_to(self, place: int) -> None:
        """Find the document and the line of a place."""
        for found in _MARKER.finditer(self.text, self.looked, place):
            self.document = found.end()
        for found in _LINE_BREAK.finditer(self.text, self.counted, place):
            self.line, self.line_start = self.line + 1, found.end()
        self.looked = self.counted = place

    def _is_at_start(self, place: int) -> bool:
        """Tell whether a byte order mark stands where a document begins: nothing but comments before it, or a marker behind it."""
        nothing = _NOTHING.fullmatch(self.text, self.document, place) is not None
        return nothing or _START.match(self.text, place + 1) is not None

    def _report(self, character: str, place: int) -> None:
        code = ord(character)
        if character == _BOM:
            message = "a byte order mark inside of a document: another file begins here"
            hint = "put a line --- before it"
        elif _STRAY_BYTE.match(character):
            message, hint = f"byte 0x{code - 0xDC00:02x} is not UTF-8", "save the file as UTF-8"
        else:
            message = f"the control character U+{code:04X} is not allowed in YAML"
            hint = "remove it, or write it as an escape in a quoted string"
        span = Span(self.shown, self.line, place - self.line_start + 1)
        self.sink.add("SVC007", message, span=span, hint=hint)
