"""Say what is wrong with the user's files, where, and how to mend it.

    sink = Diagnostics()
    sink.add("SVC106", "must be between 1 and 65535", span=span, object="Service/shop/cart", field="spec.ports[0].port")
    sink.errors  ->  1

A diagnostic is a value: stages append to one sink and go on, so that one run shows every mistake. Its severity comes from
the code (`codes/`); its place is a span, one-based line and column in a source.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from svcc.codes import CODES, Severity

__all__ = ["Diagnostic", "Diagnostics", "Reason", "Related", "Severity", "Source", "Span"]


@dataclass(frozen=True, slots=True)
class Source:
    """A named text that the user gave: a file, or standard input as `<stdin>`."""

    name: str
    text: str = field(compare=False, repr=False, default="")

    def line(self, number: int) -> str:
        """Return line `number` (from 1) without its end, or "" when there is none."""
        lines = self.text.splitlines()
        return lines[number - 1] if 1 <= number <= len(lines) else ""


class Span(NamedTuple):
    """A place in a source: `line` and `column` count from 1, `length` is in characters on that line."""

    source: Source
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}"


class Reason(Enum):
    """The API server's own word for why a value is refused."""

    REQUIRED = "Required"
    INVALID = "Invalid"
    DUPLICATE = "Duplicate"
    NOT_SUPPORTED = "NotSupported"
    FORBIDDEN = "Forbidden"
    TOO_LONG = "TooLong"
    TOO_MANY = "TooMany"


class Related(NamedTuple):
    """Another place that a diagnostic is about, with what is there."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake or remark: what, where, and what to do about it."""

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    object: str = ""
    field: str = ""
    reason: Reason | None = None
    hint: str = ""
    related: tuple[Related, ...] = ()

    @property
    def place(self) -> tuple[str, int, int, str, str]:
        """What diagnostics are sorted by: file, line, column, code, message."""
        if self.span is None:
            return ("", 0, 0, self.code, self.message)
        return (self.span.source.name, self.span.line, self.span.column, self.code, self.message)


class Diagnostics:
    """The sink of one run. Stages append; the pipeline asks `errors` where it has to stop."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: list[Diagnostic] = []

    def add(
        self,
        code: str,
        message: str,
        *,
        span: Span | None = None,
        object: str = "",
        field: str = "",
        reason: Reason | None = None,
        hint: str = "",
        related: Iterable[Related] = (),
    ) -> None:
        """Append one diagnostic; its severity is the code's."""
        severity = CODES[code].severity
        self._seen.append(Diagnostic(code, severity, message, span, object, field, reason, hint, tuple(related)))

    def extend(self, more: Iterable[Diagnostic]) -> None:
        """Append what another stage collected."""
        self._seen.extend(more)

    def __iter__(self) -> Iterator[Diagnostic]:
        """Yield every distinct diagnostic by file and position."""
        return iter(sorted(dict.fromkeys(self._seen), key=lambda one: one.place))

    @property
    def errors(self) -> int:
        """How many distinct errors were found."""
        return sum(one.severity is Severity.ERROR for one in self)

    @property
    def warnings(self) -> int:
        """How many distinct warnings were found."""
        return sum(one.severity is Severity.WARNING for one in self)
