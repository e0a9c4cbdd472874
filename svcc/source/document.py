"""Turn a source into a stream of composed documents, one at a time.

    a: 1                  Document(node=<mapping a: 1>, first_line=0)
    ---              ->
    b: [1                 SVC001 at the place where the parser gave up
    ---
    c: 3                  Document(node=<mapping c: 3>, first_line=4)

libyaml composes; every node carries its line and column. Types of scalars are not resolved here (see `scalars`), only null is
marked by the tag `NULL`. After a syntax error reading goes on at the next line that starts with `---`. JSON is read as YAML
after its tabs became spaces and its surrogate pairs one escape.

Facts (libyaml 0.2.5, PyYAML 6.0.3): composing recurses on the C stack without a bound, so the depth is counted in the resolver's
hooks, and with it the nodes: a node takes some 200 bytes, which a text of single letters would multiply beyond any memory. Hooks
and resolver as plain functions make composing a third faster than with `CSafeLoader`.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from sys import intern
from typing import Any, NamedTuple

from yaml.error import Mark, MarkedYAMLError, YAMLError

from svcc.diag import Diagnostics, Related, Source, Span
from svcc.source.aliases import MAX_DEPTH, Aliases
from svcc.source.nodes import CollectionNode, MappingNode, Node, ScalarNode, own_nodes
from svcc.source.scalars import NULL_WORDS

try:
    from yaml._yaml import CParser

    _MISSING = ""
except ImportError:  # pragma: no cover - depends on how PyYAML was built
    CParser = object  # type: ignore[assignment, misc]
    _MISSING = "svcc needs PyYAML with libyaml: install the wheel from PyPI, or libyaml-dev before building PyYAML"

NULL = intern("tag:yaml.org,2002:null")
SPARE_NODES, CHARACTERS_A_NODE = 20_000, 5
"""Besides the first twenty thousand, a document may have one word for so many characters of its source."""

MAX_OBJECT = 100_000
"""Words in one object: the API server takes 3 MiB, and a slice of 1000 endpoints has 20,000."""

_ROOM_OF_A_WORD = 2
"""A list or mapping takes half as much again."""
_MAX_DIRECTIVES = 100
"""libyaml compares each %TAG with all before it."""
_TOO_DENSE = f"more values than a manifest has: above {SPARE_NODES}, one for {CHARACTERS_A_NODE} characters"
_PIECE = 4096
"""Of what is read ahead in one go: after an error all of it is read again."""

_JSON_START = re.compile(r"\s*[\[{]")
_MARKER = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_TAG_DIRECTIVE = re.compile(r"^%TAG", re.MULTILINE)
_ALIAS = re.compile(r"[\s\[{,]\*[^\s*]")
# Possessive: a string of megabytes would otherwise leave a state for each of its letters.
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)", re.IGNORECASE | re.DOTALL)


class Document(NamedTuple):
    """One composed document; its nodes count lines from `first_line` of the source."""

    source: Source
    node: Node
    first_line: int = 0
    dense: bool = False
    """It holds more words than one object may, so that its objects have to be counted."""

    def span(self, node: Node) -> Span:
        """Return where a node stands; of a block over several lines, its first word."""
        start = node.start_mark
        if isinstance(node, ScalarNode):
            length = node.length
        elif not isinstance(node, CollectionNode):
            length = 1
        elif node.end_mark.line == start.line:
            length = max(1, node.end_mark.column - start.column)
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
    if _MISSING:
        raise ImportError(_MISSING)
    stream = _Stream(source, sink)
    while stream.position is not None:
        yield from stream.until_broken()


class _BeyondBounds(MarkedYAMLError):  # noqa: N818 - the input's, as all of them
    """The document is deeper or denser than a manifest can be."""


class _Composer(CParser):
    """libyaml's composer without PyYAML's resolver: marks null, bounds depth and number of nodes."""

    def __init__(self, stream: Any, characters: int) -> None:
        super().__init__(stream)
        depth = used = 0
        # Hooks that knew this parser would keep it, and its buffers, for ever: the collector is paused.
        self.used = last = [0]
        room = _ROOM_OF_A_WORD * (SPARE_NODES + characters // CHARACTERS_A_NODE)

        def descend(parent: Node | None, _index: object) -> None:
            nonlocal depth, used
            depth += 1
            used += _ROOM_OF_A_WORD
            if depth > MAX_DEPTH or used > room:
                problem = f"nested deeper than {MAX_DEPTH} levels" if depth > MAX_DEPTH else _TOO_DENSE
                raise _BeyondBounds(problem=problem, problem_mark=parent.start_mark if parent is not None else None)

        def ascend() -> None:
            nonlocal depth, used
            depth -= 1
            if not depth:
                last[0] = used
                used = 0

        def resolve(_node: type, value: str | None, implicit: tuple[bool, bool]) -> str | None:
            nonlocal used
            if value is None:
                used += 1
                return None
            # Neither is implied where nothing stands but a tag.
            return NULL if value in NULL_WORDS and (implicit[0] or not implicit[1]) else None

        hooks: dict[str, Callable[..., Any]] = {
            "descend_resolver": descend,
            "ascend_resolver": ascend,
            "resolve": resolve,
        }
        self.__dict__.update(hooks)

    def documents(self) -> Iterator[tuple[Node, bool]]:
        """Yield the root of each document, and whether it holds more words than one object may."""
        while self.check_node():
            with own_nodes():
                node: Any = self.get_node()
            if node is not None:
                yield node, self.used[0] > _ROOM_OF_A_WORD * MAX_OBJECT


class _Tail:
    """The rest of a text from a position on, read in pieces, so that going on after an error copies nothing."""

    __slots__ = ("_position", "_text")

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self._position = position

    def read(self, size: int) -> str:
        start = self._position
        self._position = start + min(size, _PIECE)
        return self._text[start : self._position]


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
        parser = _Composer(_Tail(self.text, self.position), len(self.text) - self.position)
        try:
            for node, dense in parser.documents():
                if self._is_bounded(node):
                    yield Document(self.source, node, self.first_line, dense)
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
        span = self._span(mark)
        began = getattr(error, "context_mark", None)
        related = (
            [Related(self._span(began), parts[1] or "it began here")] if began and began.index < mark.index else []
        )
        code = "SVC008" if isinstance(error, _BeyondBounds) else "SVC001"
        self.sink.add(code, message, span=span, hint=hint, related=related)

    def _span(self, mark: Mark) -> Span:
        return Span(self.source, self.first_line + mark.line + 1, mark.column + 1)


def _line_breaks(text: str, start: int, end: int) -> int:
    # What follows the marker keeps the last line from being lost; text[start:end] ends behind a line break.
    return len(f"{text[start:end]}-".splitlines()) - 1


def _json_as_yaml(text: str) -> str:
    text = text.replace("\t", " ")
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
