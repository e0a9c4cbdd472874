"""What every check asks of the input, indexed once; and how places are ordered.

    Known.of(manifests, config).slices[ObjectName("shop", "cart")]   ->   [EndpointSlice(shop/cart-x1), EndpointSlice(shop/cart-x2)]

Of two objects that want the same, the one that stands first by file and line has it: the order of the input never matters.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from svcc.config import NodeConfig
from svcc.diag import Related, Span
from svcc.model.endpoints import EndpointSlice
from svcc.model.manifests import Manifests
from svcc.model.service import ObjectName, Service

K = TypeVar("K")
T = TypeVar("T")


class Placed(Protocol):
    """What stands in a file."""

    @property
    def span(self) -> Span | None:
        """Where."""


P = TypeVar("P", bound=Placed)


@dataclass(frozen=True, slots=True)
class Known:
    """The input of the checks."""

    manifests: Manifests
    config: NodeConfig
    services: Mapping[ObjectName, Service]
    slices: Mapping[ObjectName, list[EndpointSlice]]
    """Of each Service that has any, whether or not it is in the input."""
    broken: Mapping[str, frozenset[ObjectName]]
    """Names of objects with mistakes, by kind; `endpoints` are Services of whose endpoints a part is broken."""

    @classmethod
    def of(cls, manifests: Manifests, config: NodeConfig) -> "Known":
        """Index an input."""
        services = {one.name: one for one in manifests.services}
        if len(services) != len(manifests.services):
            services = {one.name: one for one in reversed(by_place(manifests.services))}
        slices: dict[ObjectName, list[EndpointSlice]] = {}
        for one in manifests.slices:
            if one.service is not None:
                slices.setdefault(one.service, []).append(one)
        return cls(manifests, config, services, slices, _broken(manifests))

    def is_broken(self, kind: str, name: ObjectName) -> bool:
        """Tell whether an object is in the input, but with mistakes."""
        return name in self.broken.get(kind, ())


def _broken(manifests: Manifests) -> dict[str, frozenset[ObjectName]]:
    found: dict[str, set[ObjectName]] = {}
    for one in manifests.broken:
        found.setdefault(one.kind, set()).add(one.name)
        owner = one.name if one.kind == "Endpoints" else one.service
        if owner is not None:
            found.setdefault("endpoints", set()).add(owner)
    return {kind: frozenset(names) for kind, names in found.items()}


def clashes(claims: Iterable[tuple[K, T]]) -> Mapping[K, list[T]]:
    """Return every key that more than one claim, with all that do; the same claimant twice is no clash."""
    first: dict[K, T] = {}
    several: dict[K, list[T]] = {}
    for key, claimant in claims:
        held = first.setdefault(key, claimant)
        if held is not claimant:
            several.setdefault(key, [held]).append(claimant)
    return several


def place(span: Span | None) -> tuple[str, int, int]:
    """Return what places are ordered by."""
    return ("", 0, 0) if span is None else (span.source.name, span.line, span.column)


def by_place(objects: Iterable[P]) -> list[P]:
    """Order objects by their places."""
    return sorted(objects, key=lambda one: place(one.span))


def related(span: Span | None, message: str) -> tuple[Related, ...]:
    """Return the one related place of a diagnostic, none where it is not known."""
    return (Related(span, message),) if span is not None else ()
