"""Report mistakes in one object: with its name, the field path, the span, and the API server's word for the reason.

reporter.report("SVC106", "must be between 1 and 65535, not 0", <node of the port>)

->  SVC106 web.yaml:9:13 Service/shop/cart spec.ports[0].port Invalid: must be between 1 and 65535, not 0
"""

from collections.abc import Iterable

from svcc.codes import CODES, Severity
from svcc.diag import Diagnostics, Reason, Related, Span
from svcc.source.document import Document
from svcc.source.nodes import Node, ScalarNode
from svcc.source.paths import FieldPaths

MAX_SHOWN = 60
_MAX_TOLD = 360
"""Longer than any two names; a text of megabytes is not told whole."""

_REASONS = {
    "SVC002": Reason.DUPLICATE,
    "SVC104": Reason.REQUIRED,
    "SVC105": Reason.NOT_SUPPORTED,
    "SVC109": Reason.REQUIRED,
    "SVC112": Reason.FORBIDDEN,
    "SVC117": Reason.FORBIDDEN,
    "SVC119": Reason.DUPLICATE,
    **dict.fromkeys(("SVC101", "SVC103", "SVC106", "SVC107", "SVC108", "SVC111"), Reason.INVALID),
    **dict.fromkeys(("SVC118", "SVC120", "SVC121", "SVC122", "SVC123", "SVC135", "SVC136"), Reason.INVALID),
    **dict.fromkeys(("SVC137", "SVC140", "SVC160"), Reason.INVALID),
    "SVC138": Reason.TOO_MANY,
    "SVC139": Reason.TOO_LONG,
}


class Reporter:
    """One object of a document: its root, its name once that is known, and how many errors it has."""

    __slots__ = ("_paths", "document", "errors", "object", "root", "sink")

    def __init__(self, document: Document, root: Node, sink: Diagnostics, name: str = "") -> None:
        self.document = document
        self.root = root
        self.sink = sink
        self.object = name
        self.errors = 0
        self._paths: FieldPaths | None = None

    def span(self, node: Node) -> Span:
        """Return where a node stands."""
        return self.document.span(node)

    def word_span(self, node: Node) -> Span:
        """Return where a word stands: the quick form of `span`."""
        start = node.start_mark
        document = self.document
        # A plain word is as long as its value; reading this here spares a call for every endpoint.
        length = len(node.value) if isinstance(node, ScalarNode) and not node.style else self.span(node).length
        return Span(document.source, document.first_line + start.line + 1, start.column + 1, length)

    def path(self, node: Node) -> str:
        """Return the field path of a node of this object."""
        if self._paths is None:
            self._paths = FieldPaths(self.root)
        return self._paths.of(node)

    def report(
        self,
        code: str,
        message: str,
        node: Node,
        *,
        below: str = "",
        at: str = "",
        hint: str = "",
        reason: Reason | None = None,
        related: Iterable[Related] = (),
    ) -> None:
        """Report a mistake at a node; `below` names a field that is missing in it, `at` is another field path than its own."""
        field = at or self.path(node)
        if below:
            field = f"{field}.{below}" if field else below
        self.errors += CODES[code].severity is Severity.ERROR
        self.sink.add(
            code,
            short(message, _MAX_TOLD),
            span=self.span(node),
            object=short(self.object, _MAX_TOLD),
            field=field,
            reason=reason or _REASONS.get(code),
            hint=hint,
            related=related,
        )

    def missing(self, node: Node, name: str, hint: str = "") -> None:
        """Report that the mapping `node` lacks the field `name`."""
        self.report("SVC104", f"{name} is required", node, below=name, hint=hint)


def short(text: str, room: int = MAX_SHOWN) -> str:
    """Return a text as far as it has room."""
    return text if len(text) <= room else f"{text[:room]}…"
