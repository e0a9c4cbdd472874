"""Say what is wrong with the user's files, where, and how to mend it.

    sink = Diagnostics()
    sink.add("SVC106", "must be between 1 and 65535", span=span, object="Service/shop/cart", field="spec.ports[0].port")
    sink.errors  ->  1

    sink = Diagnostics(strict=True, ignore={"SVC221"})       # warnings are errors, and nothing is said of deprecated fields
    sink.ignore("Service/shop/cart", {"SVC218"})             # the annotation svcc.dev/ignore of that Service

A diagnostic is a value: stages append to one sink and go on, so that one run shows every mistake. Its severity comes from
the code (`codes/`); its place is a span, one-based line and column in a source.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

from svcc.codes import CODES, Severity

__all__ = ["Diagnostic", "Diagnostics", "Full", "Reason", "Related", "Severity", "Source", "Span", "Stopped"]


@dataclass(frozen=True, slots=True)
class Source:
    """A named text that the user gave: a file, or standard input as `<stdin>`."""

    name: str
    text: str = field(compare=False, repr=False, default="")


class Span(NamedTuple):
    """A place in a source: `line` and `column` count from 1, in characters; `length` 0 runs to the end of the line."""

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
    NOT_FOUND = "NotFound"
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
    def place(self) -> tuple[str, int, int, str, str, str, str, str, str]:
        """What diagnostics are sorted by: file, line and column first; the rest makes the order total."""
        others = " ".join(f"{one.span} {one.message}" for one in self.related)
        rest = (self.code, self.message, self.object, self.field, self.hint, others)
        if self.span is None:
            return ("", 0, 0, *rest)
        return (self.span.source.name, self.span.line, self.span.column, *rest)


LONGEST = 600
"""Characters of one word of a diagnostic: a name of a megabyte, repeated ten thousand times, must not be printed."""


def on_one_line(text: str) -> str:
    r"""Return a text with what cannot be printed as an escape: a line break is `\n`, a bidirectional control `\u202e`."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


class Stopped(Exception):  # noqa: N818 - the input stopped it; nothing of ours failed
    """The input has errors; they are in the sink."""


class Full(Stopped):
    """The sink holds as many errors as anybody can mend; the rest of the input is not read."""


class Diagnostics:
    """The sink of one run. Stages append; the pipeline asks `errors` where it has to stop.

    A strict sink makes errors of warnings. What the user ignores, everywhere or of one object, is neither counted nor shown;
    an error is never ignored.
    """

    MOST = 10_000
    """Errors that it takes; what has more is garbage, and would need time and memory without bound."""

    __slots__ = ("_counts", "_errors", "_found", "_ignored", "_ignored_of", "_strict")

    def __init__(self, *, strict: bool = False, ignore: Iterable[str] = ()) -> None:
        self._strict = strict
        self._ignored = frozenset(ignore)
        self._ignored_of: dict[str, frozenset[str]] = {}
        self._found: dict[Diagnostic, None] = {}
        self._errors = 0
        self._counts: Counter[Severity | None] | None = Counter()
        """Of what was found until now; None for what is silenced."""

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
        """Append one diagnostic; its severity is the code's.

        Raises:
            Full: there are too many errors already.
        """
        severity = CODES[code].severity
        message, hint, object, field = map(on_one_line, (message, hint, object, field))
        others = tuple(Related(one.span, on_one_line(one.message)) for one in related)
        self._append(Diagnostic(code, severity, message, span, object, field, reason, hint, others))

    def extend(self, more: Iterable[Diagnostic]) -> None:
        """Append what another stage collected."""
        for one in more:
            self._append(one)

    def _append(self, one: Diagnostic) -> None:
        if self._strict and one.severity is Severity.WARNING:
            one = replace(one, severity=Severity.ERROR)
        if one not in self._found:
            self._found[one] = None
            shown = self._shown_as(one)
            if self._counts is not None:
                self._counts[shown] += 1
            if shown is Severity.ERROR:
                self._bound(one)

    def _bound(self, one: Diagnostic) -> None:
        self._errors += 1
        if self._errors == self.MOST:
            self.add("SVC009", f"more than {self.MOST:,} errors: the rest is not read", span=one.span)
        if self._errors > self.MOST:
            raise Full

    def ignore(self, object: str, codes: Iterable[str]) -> None:
        """Silence notes and warnings about one object, those too that are here already."""
        self._ignored_of[object] = self._ignored_of.get(object, frozenset()) | frozenset(codes)
        self._counts = None

    def ignores(self, code: str, object: str) -> bool:
        """Tell whether the user wants to hear nothing of this kind about an object."""
        return CODES[code].severity is not Severity.ERROR and (
            code in self._ignored or code in self._ignored_of.get(object, ())
        )

    def holds(self, codes: Collection[str]) -> bool:
        """Tell whether one of these codes was found."""
        return any(one.code in codes for one in self._found)

    def fresh(self) -> "Diagnostics":
        """Return an empty sink that is as strict and ignores the same codes."""
        return Diagnostics(strict=self._strict, ignore=self._ignored)

    def _shown_as(self, one: Diagnostic) -> Severity | None:
        return None if self.ignores(one.code, one.object) else one.severity

    def __iter__(self) -> Iterator[Diagnostic]:
        """Yield every distinct diagnostic by file and position, without those that are ignored."""
        return iter(sorted((one for one in self._found if self._shown_as(one)), key=lambda one: one.place))

    def _count(self, severity: Severity | None) -> int:
        if self._counts is None:
            self._counts = Counter(self._shown_as(one) for one in self._found)
        return self._counts[severity]

    @property
    def errors(self) -> int:
        """How many distinct errors were found."""
        return self._count(Severity.ERROR)

    @property
    def warnings(self) -> int:
        """How many distinct warnings were found."""
        return self._count(Severity.WARNING)

    @property
    def silenced(self) -> int:
        """How many distinct notes and warnings the user does not want to see."""
        return self._count(None)
