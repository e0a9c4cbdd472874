"""All decoded objects of one input, sorted by namespace and name, so that input order never matters later."""

from dataclasses import dataclass

from svcc.model.endpoints import Endpoints, EndpointSlice
from svcc.model.service import Service


@dataclass(frozen=True, slots=True)
class Manifests:
    """What the user gave, as values."""

    services: tuple[Service, ...] = ()
    slices: tuple[EndpointSlice, ...] = ()
    endpoints: tuple[Endpoints, ...] = ()
