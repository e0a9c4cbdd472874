"""Tell that a Service is missing, and guess which one was meant.

    shop/crat is missing, shop/cart is there   ->   SVC212: there is no Service shop/crat; hint: did you mean cart?

Nothing is told where a part of the input could not be read at all: the Service may stand there.
"""

from svcc.check.known import Known
from svcc.diag import Diagnostics, Span
from svcc.guess import closest
from svcc.model.service import ObjectName

UNREAD = frozenset({"SVC001", "SVC003", "SVC004", "SVC007", "SVC008", "SVC009"})
MAX_GUESSES = 50
"""Comparing names is slow, and nobody reads more."""


class Missing:
    """The reports of one check; names are sorted only when there is something to report."""

    __slots__ = ("_guesses", "_names", "_unread", "known", "sink")

    def __init__(self, known: Known, sink: Diagnostics) -> None:
        self.known = known
        self.sink = sink
        self._names: dict[str, list[str]] | None = None
        self._unread: bool | None = None
        self._guesses = 0

    def report(self, service: ObjectName, object_: str, field: str, span: Span | None) -> None:
        """Report that a Service is missing, unless it is there with mistakes or may stand in what could not be read."""
        if self._unread is None:
            self._unread = self.sink.holds(UNREAD)
        if self._unread or self.known.is_broken("Service", service):
            return
        message = f"there is no Service {service}: nothing uses these endpoints"
        self.sink.add("SVC212", message, span=span, object=object_, field=field, hint=self._hint(service))

    def _hint(self, service: ObjectName) -> str:
        self._guesses += 1
        if self._guesses > MAX_GUESSES:
            return ""
        names = self._by_namespace()
        close = closest(service.name, names.get(service.namespace, ()))
        if close:
            return f"did you mean {close}?"
        elsewhere = next((one for one in names if ObjectName(one, service.name) in self.known.services), None)
        return f"there is one in the namespace {elsewhere}" if elsewhere else ""

    def _by_namespace(self) -> dict[str, list[str]]:
        if self._names is None:
            self._names = {}
            for one in sorted(self.known.services):
                self._names.setdefault(one.namespace, []).append(one.name)
        return self._names
