"""Builders for allocation: Services as YAML, locks as lines, and what came of them."""

from typing import NamedTuple

from svcc.allocate import Lock, allocate
from svcc.allocate.decode_lock import decode_lock
from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode
from svcc.net import parse_network

PORT = "ports: [{port: 80}]"


class Outcome(NamedTuple):
    """Services by name, the facts by the text of their key, and the diagnostics."""

    services: dict
    facts: dict
    sink: Diagnostics
    lock: Lock

    @property
    def codes(self):
        return [one.code for one in self.sink]

    @property
    def messages(self):
        return [one.message for one in self.sink]


def service(name, spec=PORT, namespace="shop"):
    return f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{spec}}}\n"


def node(*networks, ports=(30000, 32767)):
    return NodeConfig(service_cidrs=tuple(map(parse_network, networks or ("10.96.0.0/24",))), node_port_range=ports)


def lock_text(*facts):
    """Return the text of a lock from lines as `shop/cart IPv4: 10.96.0.40`; the form of a key tells its section."""
    sections = {"clusterIPs": [], "nodePorts": [], "healthCheckNodePorts": []}
    for fact in facts:
        key = fact.partition(": ")[0]
        name = "nodePorts" if key.count("/") > 1 else "clusterIPs" if " " in key else "healthCheckNodePorts"
        sections[name].append(f"  {fact}\n")
    body = "".join(f"{name}:\n{''.join(lines)}" for name, lines in sections.items())
    return f"apiVersion: svcc.dev/v1alpha1\nkind: Lock\n{body}"


def lock(*facts):
    sink = Diagnostics()
    found = decode_lock(Source("svcc.lock", lock_text(*facts)), sink)
    assert [] == list(sink)
    return found


def manifests(*texts, config):
    sink = Diagnostics()
    found = decode([Source("shop.yaml", "".join(texts))] if texts else [], config, sink)
    assert [] == [one for one in sink if one.severity.value == "error" and one.code != "SVC005"]
    return found


def allocated(*texts, held=None, config=None):
    """Allocate for Services given as YAML; `held` is the lock before, as a Lock or as an Outcome."""
    config = config or node()
    sink = Diagnostics()
    before = held.lock if isinstance(held, Outcome) else held or Lock()
    found, after = allocate(manifests(*texts, config=config), config, before, sink)
    facts = {str(key): value for _, section in after.sections() for key, value in section.items()}
    return Outcome({one.name.name: one for one in found.services}, facts, sink, after)
