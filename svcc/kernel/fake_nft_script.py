"""Read a script of nft into commands, each with the line that asks for it: the whole grammar of the scripts that svcc writes.

    delete element ip svcc slots {             Command("delete", "element", "ip svcc", "slots", "581f:22e0 . 1", Line(2, …), Line(1, …))
    581f:22e0 . 1                       ->
    }

A block of a table is taken apart as nft does: the table, its chains, its sets with their elements, at last all rules. So within a block
everything may be named before it stands there. Anything else than what svcc writes is refused as a mistake of grammar.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Line(NamedTuple):
    """A line of a script, its number from 1."""

    number: int
    text: str


class Refused(Exception):  # noqa: N818 - one of the house's words
    """Why a command is refused, and the word that is to blame; by nft itself, or by the kernel."""

    def __init__(self, words: str, blamed: str = "", *, by_kernel: bool = True) -> None:
        super().__init__(words)
        self.words = words
        self.blamed = blamed
        self.by_kernel = by_kernel


class BadScript(Exception):  # noqa: N818 - one of the house's words
    """A line that is not one of svcc's scripts."""

    def __init__(self, line: Line) -> None:
        super().__init__(f"syntax error, unexpected {line.text.strip() or 'end of file'}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Command:
    """One change; `text` is a table's comment, a chain's base, a rule or an element."""

    verb: str
    kind: str
    """`table`, `chain`, `set`, `map`, `rule`, `element`."""
    place: str
    """The table: `ip svcc`."""
    name: str
    """The chain, set or map."""
    text: str
    line: Line
    statement: Line
    """Where the statement begins that the line is in."""
    head: tuple[str, ...] = ()
    """Of a set or map: what stands before its elements."""


Lines = Iterator[Line]

_STATEMENT = re.compile(
    r"(?:(?P<verb>add|flush|delete) (?P<kind>chain) (?P<place>\S+ \S+) (?P<name>[^\s{]+)"
    r"|(?P<add>add) (?P<rule>rule) (?P<in>\S+ \S+) (?P<chain>\S+) (?P<text>.+)"
    r"|(?P<delete>delete) (?P<table>table) (?P<whole>\S+ \S+))\Z"
)
_ELEMENTS = re.compile(r"(add|delete) element (\S+ \S+) (\S+) \{(.*)\Z")
_BLOCK = re.compile(r"table (\S+ \S+) \{\Z")
_OBJECT = re.compile(r"(chain|set|map) (\S+) \{\Z")
_COMMENT = re.compile(r'comment "([^"]*)"\Z')
_FILLED = "elements = {"
_SEVERAL = re.compile(r'(?:[^,"]|"[^"]*")+')


def read(script: str) -> Iterator[Command]:
    """Yield the commands of a script.

    Raises:
        BadScript: a line is none of those that svcc writes.
    """
    lines = map(Line, range(1, script.count("\n") + 2), script.splitlines())
    for line in lines:
        if block := _BLOCK.match(line.text):
            yield from _block(block[1], line, lines)
        elif found := _ELEMENTS.match(line.text):
            verb, place, name, rest = found.groups()
            for where, text in _elements(rest, line, lines):
                yield Command(verb, "element", place, name, text, where, line)
        elif line.text:
            yield _statement(line)


def _statement(line: Line) -> Command:
    found = _STATEMENT.match(line.text)
    if found is None:
        raise BadScript(line)
    verb, kind, place, name, text = (
        next((found[one] for one in names if found[one]), "")
        for names in (("verb", "add", "delete"), ("kind", "rule", "table"), ("place", "in", "whole"), ("name", "chain"), ("text",))
    )  # fmt: skip
    return Command(verb, kind, place, name, text, line, line)


def _elements(rest: str, line: Line, lines: Lines) -> Iterator[tuple[Line, str]]:
    """Yield each element up to the closing brace, with its line; `rest` is what of the first line belongs to them."""
    ended, any_yet = True, False
    while True:
        body, brace, after = rest.partition("}")
        for one in filter(None, map(str.strip, _SEVERAL.findall(body))):
            if not ended:
                raise BadScript(line)
            any_yet = True
            yield line, one
        ended = body.rstrip().endswith(",") or (ended and not body.strip())
        if brace:
            if after.strip() or not any_yet:
                raise BadScript(line)
            return
        line = _next(line, lines)
        rest = line.text


def _next(line: Line, lines: Lines) -> Line:
    following = next(lines, None)
    if following is None:
        raise BadScript(Line(line.number + 1, ""))
    return following


def _block(place: str, start: Line, lines: Lines) -> Iterator[Command]:
    chains: list[Command] = []
    sets: list[Command] = []
    rules: list[Command] = []
    comment, line = "", start
    while (line := _next(line, lines)).text.strip() != "}":
        told = line.text.strip()
        if found := _OBJECT.match(told):
            if found[1] == "chain":
                made, *some = _chain(place, found[2], line, lines)
                chains.append(made)
                rules += some
            else:
                sets += _set(place, found[1], found[2], (line, lines))
        elif about := _COMMENT.match(told):
            comment = about[1]
        elif told:
            raise BadScript(line)
    yield Command("add", "table", place, "", comment, start, start)
    yield from (*chains, *sets, *rules)


def _chain(place: str, name: str, start: Line, lines: Lines) -> Iterator[Command]:
    """Yield the chain, then its rules."""
    base, line = "", start
    rules = []
    while (line := _next(line, lines)).text.strip() != "}":
        told = line.text.strip()
        if told.startswith("type "):
            base = told
        elif told:
            rules.append(Command("add", "rule", place, name, told, line, line))
    yield Command("add", "chain", place, name, base, start, start)
    yield from rules


def _set(place: str, kind: str, name: str, at: tuple[Line, Lines]) -> Iterator[Command]:
    """Yield the set or map, then its elements."""
    start, lines = at
    head: list[str] = []
    elements: list[tuple[Line, str]] = []
    line = start
    while (line := _next(line, lines)).text.strip() != "}":
        told = line.text.strip()
        if told.startswith(_FILLED):
            elements += _elements(told.removeprefix(_FILLED), line, lines)
        elif told:
            head.append(told)
    yield Command("add", kind, place, name, "", start, start, tuple(head))
    for where, text in elements:
        yield Command("add", "element", place, name, text, where, start)
