"""What a Service says, read once and not yet judged: the rules for Services look at this.

    spec: {type: NodePort, clusterIP: 10.96.0.10}   ->   Draft(type=ServiceType.NODE_PORT, headless=False,
                                                           words=(("10.96.0.10", <node>),), …)

`words` are the cluster IPs as the API server sees them: `clusterIPs`, or `clusterIP` alone where there is no list. A field that
is "" counts as absent where the API server fills in a default for it.
"""

from dataclasses import dataclass

from svcc.config import NodeConfig
from svcc.model import fields
from svcc.model.decode_meta import Meta
from svcc.model.service import ServiceType
from svcc.source.cursor import Cursor, Fields, Node

HEADLESS = "None"
_PLAIN = frozenset({"type", "clusterIP", "ports", "selector"})
TYPES = {one.value: one for one in ServiceType}


@dataclass(frozen=True, slots=True)
class Draft:
    """One Service as it is written; `type` is None where it is none of the four, and no rule about types is asked then."""

    cursor: Cursor
    config: NodeConfig
    meta: Meta
    top: Fields
    node: Node
    """Of `spec`; of the whole object where there is no spec."""
    spec: Fields
    type: ServiceType | None
    words: tuple[tuple[str, Node], ...]
    headless: bool
    """Whether its only cluster IP is `None`."""
    plain: bool
    """Whether it has nothing but a type, a cluster IP, ports and a selector, as most have: few rules are about that."""

    @property
    def externally_accessible(self) -> bool:
        """Whether it has traffic that comes from outside the cluster."""
        if self.type is ServiceType.CLUSTER_IP:
            return "externalIPs" in self.spec and bool(self.spec["externalIPs"].value)
        return self.type in (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER)

    def given(self, name: str) -> Node | None:
        """Return the node of a field of `spec`; None also for the empty string."""
        node = self.spec.get(name)
        return None if node is None or node.value == "" else node


def read_draft(cursor: Cursor, config: NodeConfig, meta: Meta, top: Fields) -> Draft:
    """Read the spec of a Service as far as all of its rules need it."""
    node = top.get("spec", cursor.root)
    spec = cursor.fields(top.get("spec"), fields.SERVICE_SPEC)
    kind = spec.get("type")
    chosen = ServiceType.CLUSTER_IP if kind is None or kind.value == "" else cursor.choice(kind, TYPES)
    words = _words(cursor, spec)
    headless = len(words) == 1 and words[0][0] == HEADLESS
    plain = spec.keys() <= _PLAIN and chosen is not ServiceType.EXTERNAL_NAME and "status" not in top
    return Draft(cursor, config, meta, top, node, spec, chosen, words, headless, plain)


def _words(cursor: Cursor, spec: Fields) -> tuple[tuple[str, Node], ...]:
    several = spec.get("clusterIPs")
    if several is not None:
        nodes = cursor.sequence(several)
        if nodes:
            return tuple((word, node) for node in nodes if (word := cursor.word(node)) is not None)
    single = spec.get("clusterIP")
    word = cursor.word(single)
    return ((word, single),) if word and single is not None else ()
