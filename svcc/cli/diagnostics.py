"""Print diagnostics: for people with the line and a caret under the value, for machines as JSON or GitHub annotations.

    web.yaml:9:11: error[SVC104]: name is required
      field  spec.ports[0] of Service lab/probe
           9 |   - port: 80
             |     ^^^^
      hint   a Service with more than one port names each of them

Of one code at most twenty are printed for people, and then their number: ten thousand notes help nobody. Machines get all, one
at a time: a hundred thousand take no more memory to print than one.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from svcc.cli.excerpt import excerpt
from svcc.cli.render import Styled, echo_lines
from svcc.diag import Diagnostic, Diagnostics, Severity, Span

if TYPE_CHECKING:
    from svcc.cli.options import Input

SHOWN = 20
STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}


def report(given: "Input") -> None:
    """Print the diagnostics of a run in the asked shape: to stderr, or as JSON to stdout where they are the result."""
    sink = given.sink
    if given.shape == "json":
        if given.results or any(True for _ in sink):
            echo_lines(_plain(as_json(sink)), "never", err=not given.results)
    elif given.shape == "github":
        echo_lines(_plain(github(one) for one in sink), "never", err=True)
    else:
        echo_lines(_for_people((one for one in sink if _visible(one, given)), given), given.color, err=True)


def _plain(lines: Iterable[str]) -> Iterator[Styled]:
    return ((("", line),) for line in lines)


def _for_people(shown: Iterable[Diagnostic], given: "Input") -> Iterator[Styled]:
    seen: Counter[str] = Counter()
    for one in shown:
        seen[one.code] += 1
        if seen[one.code] <= SHOWN or given.verbose:
            yield from human(one)
    for code, count in sorted(seen.items()):
        if count > SHOWN and not given.verbose:
            yield (("", f"… and {count - SHOWN} more {code}; -v shows all"),)


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
    shown = excerpt(one.span) if one.span else None
    if shown and one.span:
        yield (("dim", f"    {one.span.line:>4} | "), ("", shown.text))
        yield (("dim", "         | "), (STYLES[one.severity], shown.carets))
    if one.hint:
        yield (("dim", "  hint   "), ("", one.hint))
    for related in one.related:
        yield (("dim", "  note   "), ("", f"{place(related.span)}: {related.message}"))


def place(span: Span) -> str:
    """Return `file:line:column`."""
    return f"{span.source.name}:{span.line}:{span.column}"


def as_json(sink: Diagnostics) -> Iterator[str]:
    """Yield the lines of every diagnostic in the shape of `svcc check --format json`, one diagnostic a line."""
    yield f'{{"errors": {sink.errors}, "warnings": {sink.warnings}, "diagnostics": ['
    before: Diagnostic | None = None
    for one in chain(sink, (None,)):
        if before is not None:
            yield f"  {json.dumps(_one_json(before))}{',' if one is not None else ''}"
        before = one
    yield "]}"


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
