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
hooks; those and the resolver as plain functions make composing a third faster than with `CSafeLoader`. Aliases share nodes, so
composing them is cheap and walking them is not: what they would expand to is counted before a document is handed on.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from yaml.error import Mark, MarkedYAMLError, YAMLError
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from svcc.diag import Diagnostics, Related, Source, Span
from svcc.source.scalars import NULL_WORDS

try:
    from yaml._yaml import CParser

    _MISSING = ""
except ImportError:  # pragma: no cover - depends on how PyYAML was built
    CParser = object  # type: ignore[assignment, misc]
    _MISSING = "svcc needs PyYAML with libyaml: install the wheel from PyPI, or libyaml-dev before building PyYAML"

NULL = "tag:yaml.org,2002:null"
MAX_DEPTH = 200
MAX_EXPANSION = 1_000_000

_JSON_START = re.compile(r"\s*[\[{]")
_MARKER = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_ALIAS = re.compile(r"[\s\[{,]\*[^\s*]")
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)", re.IGNORECASE | re.DOTALL)


class Document(NamedTuple):
    """One composed document; its nodes count lines from `first_line` of the source."""

    source: Source
    node: Node
    first_line: int = 0

    def span(self, node: Node) -> Span:
        """Return where a node stands; of a block over several lines, its first word."""
        start, end = node.start_mark, node.end_mark
        if start.line != end.line and isinstance(node, CollectionNode) and not node.flow_style:
            end = node.value[0][0].end_mark if isinstance(node, MappingNode) and node.value else start
        length = max(1, end.column - start.column) if start.line == end.line else 0
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


class _Composer(CParser):
    """libyaml's composer without PyYAML's resolver: marks null, bounds the depth."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        depth = 0

        def descend(parent: Node | None, _index: object) -> None:
            nonlocal depth
            depth += 1
            if depth > MAX_DEPTH:
                mark = parent.start_mark if parent is not None else None
                raise MarkedYAMLError(problem=f"nested deeper than {MAX_DEPTH} levels", problem_mark=mark)

        def ascend() -> None:
            nonlocal depth
            depth -= 1

        def resolve(_node: type, value: str | None, implicit: tuple[bool, bool]) -> str | None:
            return NULL if value in NULL_WORDS and implicit[0] else None

        hooks: dict[str, Callable[..., Any]] = {
            "descend_resolver": descend,
            "ascend_resolver": ascend,
            "resolve": resolve,
        }
        self.__dict__.update(hooks)


class _Tail:
    """The rest of a text from a position on, read in pieces, so that going on after an error copies nothing."""

    __slots__ = ("_position", "_text")

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self._position = position

    def read(self, size: int) -> str:
        start = self._position
        self._position = start + size
        return self._text[start : self._position]


class _Stream:
    """The documents of one source across its syntax errors; `position` is where the next parser starts."""

    def __init__(self, source: Source, sink: Diagnostics) -> None:
        self.source = source
        self.sink = sink
        self.json = source.name.endswith(".json") or _JSON_START.match(source.text) is not None
        self.text = _json_as_yaml(source.text) if self.json else source.text
        self.aliases = _Aliases() if "&" in self.text and _ALIAS.search(self.text) else None
        self.position: int | None = 0
        self.first_line = 0

    def until_broken(self) -> Iterator[Document]:
        assert self.position is not None
        parser = _Composer(_Tail(self.text, self.position))
        try:
            while parser.check_node():
                node = parser.get_node()
                if node is not None and self._is_bounded(node):
                    yield Document(self.source, node, self.first_line)
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
            self.sink.add("SVC001", problem, span=span)
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
        self.sink.add("SVC001", message, span=span, hint=hint, related=related)

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


class _Aliases:
    """How much the aliases of one source may still expand to."""

    def __init__(self) -> None:
        self.left = MAX_EXPANSION

    def problem(self, root: Node) -> str:
        """Return why a document must not be walked, "" when it may."""
        sizes: dict[int, tuple[int, int] | None] = {}
        stack = [root]
        while stack:
            node = stack[-1]
            known = sizes.get(id(node), ())
            if known or isinstance(node, ScalarNode):
                sizes.setdefault(id(node), (1, 1))
                stack.pop()
            elif known is None:
                sizes[id(node)] = _expanded(node, sizes)
                stack.pop()
            else:
                sizes[id(node)] = None
                below = [child for child in _children(node) if not sizes.get(id(child))]
                if any(id(child) in sizes for child in below):
                    return "an alias stands inside the node that it repeats"
                stack.extend(below)
        size, depth = sizes[id(root)] or (0, 0)
        self.left -= size - len(sizes)
        if self.left < 0:
            return f"aliases repeat too much: more than {MAX_EXPANSION} nodes of this file"
        return f"nested deeper than {MAX_DEPTH} levels by aliases" if depth > MAX_DEPTH else ""


def _expanded(node: Node, sizes: dict[int, tuple[int, int] | None]) -> tuple[int, int]:
    below = [sizes[id(child)] or (0, 0) for child in _children(node)]
    return 1 + sum(size for size, _ in below), 1 + max((depth for _, depth in below), default=0)


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, CollectionNode) else []
