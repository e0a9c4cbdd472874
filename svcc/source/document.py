"""Turn a source into a stream of composed documents, one at a time.

    a: 1                  Document(node=<mapping a: 1>, first_line=0)
    ---              ->
    b: [1                 SVC001 at the place where the parser gave up
    ---
    c: 3                  Document(node=<mapping c: 3>, first_line=3)

Every node carries its line and column. After a syntax error reading goes on at the next line that starts with `---`. JSON is read as
YAML after the tabs between its words became spaces and its surrogate pairs one escape.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from yaml.error import Mark, YAMLError

from svcc.diag import Diagnostics, Related, Source, Span
from svcc.source.aliases import Aliases
from svcc.source.composer import LINE, MAX_OBJECT, MISSING, NULL, PIECE, Composer
from svcc.source.nodes import MAX_DEPTH, BeyondBounds, CollectionNode, MappingNode, Node, ScalarNode

__all__ = ["MAX_OBJECT", "NULL", "Document", "documents"]

_MAX_DIRECTIVES = 100
"""libyaml compares each %TAG with all before it."""
_JSON_START = re.compile(r"\s*[\[{]")
_MARKER = re.compile(r"(?:^|(?<=\r))---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_TAG_DIRECTIVE = re.compile(r"^%TAG", re.MULTILINE)
_ALIAS = re.compile(r"(?:[\s\[{,:]|\A)\*[^\s*]")
_ALIAS_NAME = re.compile(r"\*[^\s\[\]{},]{1,100}")
_TOO_DEEP = "exceeded maximum nesting depth"
"""What libyaml says from 0.2.6 on, which counts open brackets before we do."""
_NO_ANCHOR = "found undefined alias"
# Possessive: a string of megabytes would otherwise leave a state for each of its letters.
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_TAB_OR_STRING = re.compile(r'\t|"(?:[^"\\]|\\.)*+"', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)", re.IGNORECASE | re.DOTALL)


class Document(NamedTuple):
    """One composed document; its nodes count lines from `first_line` of the source."""

    source: Source
    node: Node
    first_line: int = 0
    dense: bool = False
    """It holds more words than one object may, so that its objects have to be counted."""
    shared: bool = False
    """Aliases may stand in several places of it for one node."""

    def span(self, node: Node) -> Span:
        """Return where a node stands; of a block over several lines, its first word."""
        start = node.start_mark
        if isinstance(node, ScalarNode):
            length = node.length
        elif not isinstance(node, CollectionNode):
            length = 1
        elif node.width is not None:
            length = max(1, node.width)
        elif node.flow_style:
            length = 0
        else:
            first = node.value[0][0] if isinstance(node, MappingNode) and node.value else None
            length = first.length if isinstance(first, ScalarNode) else 1
        return Span(self.source, self.first_line + start.line + 1, start.column + 1, length)


def documents(source: Source, sink: Diagnostics) -> Iterator[Document]:
    """Yield every document that can be composed; report the others as SVC001.

    Raises:
        ImportError: PyYAML was built without libyaml.
    """
    if MISSING:
        raise ImportError(MISSING)
    stream = _Stream(source, sink)
    while stream.position is not None:
        yield from stream.until_broken()


class _Stream:
    """The documents of one source across its syntax errors; `position` is where the next parser starts."""

    def __init__(self, source: Source, sink: Diagnostics) -> None:
        self.source = source
        self.sink = sink
        self.json = source.name.endswith(".json") or _JSON_START.match(source.text) is not None
        self.text = _json_as_yaml(source.text) if self.json else source.text
        self.aliases = Aliases() if "&" in self.text and _ALIAS.search(self.text) else None
        self.position: int | None = 0
        self.first_line = 0
        if self.text.count("%TAG") > _MAX_DIRECTIVES and self._has_many_directives():
            self.position = None

    def _has_many_directives(self) -> bool:
        last = next(islice(_TAG_DIRECTIVE.finditer(self.text), _MAX_DIRECTIVES, None), None)
        if last is None:
            return False
        line = _line_breaks(self.text, 0, last.start()) + 1
        self.sink.add("SVC008", f"more than {_MAX_DIRECTIVES} %TAG directives", span=Span(self.source, line, 1))
        return True

    def until_broken(self) -> Iterator[Document]:
        assert self.position is not None
        parser = Composer(self.text, self.position, LINE if self.json else PIECE)
        try:
            for node, dense in parser.documents():
                if self._is_bounded(node):
                    yield Document(self.source, node, self.first_line, dense, self.aliases is not None)
        except YAMLError as error:
            self._go_on_after(error)
        else:
            self.position = None

    def _is_bounded(self, node: Node) -> bool:
        if node.tag is NULL:
            return False
        problem = self.aliases.problem(node) if self.aliases else ""
        if problem:
            span = Document(self.source, node, self.first_line).span(node)
            self.sink.add("SVC008", problem, span=span)
        return not problem

    def _go_on_after(self, error: YAMLError) -> None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        started, self.position = self.position, None
        assert started is not None
        if mark is None:
            self.sink.add("SVC001", str(error), span=Span(self.source, self.first_line + 1, 1))
            return
        broken = started + mark.index
        if self.json and self._restart(broken, mark, started):
            return
        self._report(error, mark, broken)
        search = broken if mark.column == 0 and broken > started else broken + 1
        marker = _MARKER.search(self.text, search)
        if marker is not None:
            self.position = marker.start()
            self.first_line += mark.line + _line_breaks(self.text, broken, marker.start())

    def _restart(self, broken: int, mark: Mark, started: int) -> bool:
        """JSON texts may follow each other line by line, without any `---`."""
        if mark.column or broken <= started or self.text[broken : broken + 1] not in ("{", "["):
            return False
        self.position = broken
        self.first_line += mark.line
        return True

    def _report(self, error: YAMLError, mark: Mark, broken: int) -> None:
        parts = (getattr(error, "problem", None), getattr(error, "context", None))
        message = " ".join(part for part in parts if part) or str(error)
        hint = ""
        if self.text[broken : broken + 1] == "\t":
            message, hint = "a tab where YAML wants spaces", "indent with spaces"
        elif parts[0] == _NO_ANCHOR and (alias := _ALIAS_NAME.match(self.text, broken)):
            message = f"there is no anchor for the alias {alias[0]}"
            hint = f"anchors end at ---, each document has its own: put &{alias[0][1:]} before it in this one"
        span = self._span(mark)
        began = getattr(error, "context_mark", None)
        related = (
            [Related(self._span(began), parts[1] or "it began here")] if began and began.index < mark.index else []
        )
        beyond = isinstance(error, BeyondBounds)
        if _TOO_DEEP in message:
            beyond, message = True, f"nested deeper than {MAX_DEPTH} levels"
        code = "SVC008" if beyond else "SVC001"
        self.sink.add(code, message, span=span, hint=hint, related=related)

    def _span(self, mark: Mark) -> Span:
        return Span(self.source, self.first_line + mark.line + 1, mark.column + 1)


def _line_breaks(text: str, start: int, end: int) -> int:
    # What follows the marker keeps the last line from being lost; text[start:end] ends behind a line break.
    return len(f"{text[start:end]}-".splitlines()) - 1


def _json_as_yaml(text: str) -> str:
    if "\t" in text:
        text = _TAB_OR_STRING.sub(lambda match: " " if match[0] == "\t" else match[0], text)
    if "\\ud" not in text and "\\uD" not in text:
        return text
    return _JSON_STRING.sub(_without_surrogates, text)


def _without_surrogates(match: re.Match[str]) -> str:
    """Write pairs as one escape, and blanks behind the string so that later columns stay true."""
    text = match[0]
    shorter = _ESCAPE.sub(_one_escape, text)
    return shorter + " " * (len(text) - len(shorter))


def _one_escape(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[0]
    point = 0x10000 + ((int(match[1], 16) - 0xD800) << 10) + int(match[2], 16) - 0xDC00
    return f"\\U{point:08x}"
