"""Print diagnostics: for people with the line and a caret under the value, for machines as JSON or GitHub annotations.

    web.yaml:9:11: error[SVC104]: name is required
      field  spec.ports[0] of Service lab/probe
           9 |   - port: 80
             |     ^^^^
      hint   a Service with more than one port names each of them

Of one code at most twenty are printed for people, and then their number: ten thousand notes help nobody. Machines get all.
"""

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from svcc.cli.render import echo, printable
from svcc.diag import Diagnostic, Diagnostics, Severity, Span

if TYPE_CHECKING:
    from svcc.cli.options import Input

SHOWN = 20
STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
Styled = tuple[tuple[str, str], ...]


def report(given: "Input") -> None:
    """Print the diagnostics of a run in the asked shape: to stderr, or as JSON to stdout where they are the result."""
    if given.shape == "json":
        if given.results or any(True for _ in given.sink):
            click.echo(json.dumps(as_json(given.sink), indent=2), err=not given.results)
        return
    if given.shape == "github":
        for one in given.sink:
            click.echo(printable(github(one)), err=True)
        return
    _for_people([one for one in given.sink if _visible(one, given)], given)


def _for_people(shown: list[Diagnostic], given: "Input") -> None:
    seen: Counter[str] = Counter()
    for one in shown:
        seen[one.code] += 1
        if seen[one.code] <= SHOWN or given.verbose:
            for line in human(one):
                echo(line, given.color, err=True)
    for code, count in sorted(seen.items()):
        if count > SHOWN and not given.verbose:
            echo((("", f"… and {count - SHOWN} more {code}; -v shows all"),), given.color, err=True)


def _visible(one: Diagnostic, given: "Input") -> bool:
    """Tell whether people want to see it: notes only when asked for, but always what was left out of the input."""
    if one.severity is Severity.ERROR:
        return True
    if given.quiet:
        return False
    return one.severity is Severity.WARNING or given.verbose or given.results or one.code == "SVC006"


def human(one: Diagnostic) -> Iterator[Styled]:
    """Yield the lines of one diagnostic, as pairs of style and text."""
    where = f"{place(one.span)}: " if one.span else ""
    yield (("bold", where), (STYLES[one.severity], f"{one.severity.value}[{one.code}]"), ("", f": {one.message}"))
    if one.field or one.object:
        words = " of ".join(word for word in (one.field, one.object.replace("/", " ", 1)) if word)
        yield (("dim", "  field  "), ("", words))
    if one.span:
        yield from _excerpt(one.span, STYLES[one.severity])
    if one.hint:
        yield (("dim", "  hint   "), ("", one.hint))
    for related in one.related:
        yield (("dim", "  note   "), ("", f"{place(related.span)}: {related.message}"))


def place(span: Span) -> str:
    """Return `file:line:column`."""
    return f"{span.source.name}:{span.line}:{span.column}"


def _excerpt(span: Span, style: str) -> Iterator[Styled]:
    lines = _lines(span.source.text)
    if not 1 <= span.line <= len(lines):
        return
    text = lines[span.line - 1].replace("\t", " ")
    start = max(0, span.column - 80)
    shown = text[start : start + 150]
    yield (("dim", f"    {span.line:>4} | "), ("", shown))
    length = max(1, min(span.length, len(shown) - (span.column - 1 - start)))
    yield (("dim", "         | "), (style, " " * (span.column - 1 - start) + "^" * length))


@cache
def _lines(text: str) -> list[str]:
    return text.splitlines()


def as_json(sink: Diagnostics) -> dict[str, Any]:
    """Return every diagnostic in the shape of `svcc check --format json`."""
    return {"errors": sink.errors, "warnings": sink.warnings, "diagnostics": [_one_json(one) for one in sink]}


def _one_json(one: Diagnostic) -> dict[str, Any]:
    return {
        "code": one.code,
        "severity": one.severity.value,
        **_place_json(one.span),
        "object": one.object,
        "field": one.field,
        "reason": one.reason.value if one.reason else None,
        "message": one.message,
        "hint": one.hint,
        "related": [{**_place_json(other.span), "message": other.message} for other in one.related],
    }


def _place_json(span: Span | None) -> dict[str, Any]:
    if span is None:
        return {"file": None, "line": None, "column": None}
    return {"file": span.source.name, "line": span.line, "column": span.column}


def github(one: Diagnostic) -> str:
    """Return one diagnostic as a GitHub workflow command."""
    level = "notice" if one.severity is Severity.NOTE else one.severity.value
    where = ""
    if one.span:
        where = f" file={_property(one.span.source.name)},line={one.span.line},col={one.span.column},title={one.code}"
    message = one.message + (f" ({one.hint})" if one.hint else "")
    return f"::{level}{where}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
