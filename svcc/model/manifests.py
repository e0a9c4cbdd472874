"""All decoded objects of one input, sorted by namespace and name, so that input order never matters later."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from svcc.diag import Span
from svcc.model.endpoints import Endpoints, EndpointSlice
from svcc.model.node import Node
from svcc.model.pod import Pod
from svcc.model.service import ObjectName, Service


@dataclass(frozen=True, slots=True)
class Broken:
    """An object with a mistake: only its name counts, so that nothing that refers to it is told that it is missing."""

    kind: str
    name: ObjectName
    service: ObjectName | None = None
    """Of an EndpointSlice: the Service whose endpoints it holds."""
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Workloads:
    """Objects that a cluster makes Pods of, and that have no addresses themselves: how many of each kind, and the first place."""

    counts: Mapping[str, int]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Manifests:
    """What the user gave, as values."""

    services: tuple[Service, ...] = ()
    slices: tuple[EndpointSlice, ...] = ()
    endpoints: tuple[Endpoints, ...] = ()
    broken: tuple[Broken, ...] = ()
    pods: tuple[Pod, ...] = ()
    nodes: tuple[Node, ...] = ()
    workloads: Workloads | None = None
    selected: Mapping[ObjectName, tuple[Pod, ...]] = field(default_factory=dict)
    """The Pods that the selector of each Service matches, where it matches any; Services of one selector share one tuple."""
