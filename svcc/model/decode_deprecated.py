"""Find what a Service uses that Kubernetes discourages (1.34), with its places.

    spec: {externalIPs: [192.0.2.1]}   ->   {"spec.externalIPs": <span of the list>}

What is ignored anyway is left out: it is told for that. `check/deprecated.py` counts the uses and makes one note of them.
"""

from svcc.diag import Span
from svcc.model.fields import TOPOLOGY_HINTS
from svcc.model.service import ServiceType
from svcc.model.service_draft import Draft
from svcc.source.cursor import Node


def decode_deprecated(draft: Draft) -> dict[str, Span]:
    """Return the place of each deprecated field and annotation by its field path."""
    found: dict[str, Node] = {}
    spec = draft.spec
    external = spec.get("externalIPs")
    if external is not None and external.value and draft.type is not ServiceType.EXTERNAL_NAME and not draft.headless:
        found["spec.externalIPs"] = external
    requested = draft.given("loadBalancerIP")
    if requested is not None and draft.type is ServiceType.LOAD_BALANCER:
        found["spec.loadBalancerIP"] = requested
    distribution = spec.get("trafficDistribution")
    if distribution is not None and distribution.value == "PreferClose":
        found["spec.trafficDistribution"] = distribution
    if TOPOLOGY_HINTS in draft.meta.annotations:
        found[f"metadata.annotations[{TOPOLOGY_HINTS}]"] = draft.meta.annotations[TOPOLOGY_HINTS]
    return {path: draft.cursor.span(node) for path, node in found.items()}
