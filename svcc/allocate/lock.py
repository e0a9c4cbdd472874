"""The facts that outlive a run: which Service was given which address and port; written to `svcc.lock`.

    Lock(cluster_ips={Key(shop/cart, word="IPv4"): "10.96.199.48"},       clusterIPs:
         node_ports={Key(shop/cart, 80, "TCP"): 31573},             ->     shop/cart IPv4: 10.96.199.48
         health_check_node_ports={Key(shop/front): 32523},               nodePorts:
         serials={"cluster.local": Serial(7, "3f2a9c…")})                  shop/cart 80/TCP: 31573
                                                                         healthCheckNodePorts:
                                                                           shop/front: 32523
                                                                         serials:
                                                                           cluster.local: 7 3f2a9c…

One line holds one whole fact, sorted by key, and the lines that are no facts never change: two branches that each add Services
merge by keeping the lines of both. `decode_lock` is the inverse of `render`. A further section is one more field here and one
more reader there. Serials are facts of zones, not of Services, and their section is there only where zones were made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from svcc.allocate.serials import Serial
from svcc.diag import Span
from svcc.model.service import ObjectName
from svcc.net import Address, Family

LOCK_VERSION = "svcc.dev/v1alpha1"
LOCK_KIND = "Lock"

SERIALS = "serials"
_CLUSTER_IPS, _NODE_PORTS, _HEALTH_CHECKS = "clusterIPs", "nodePorts", "healthCheckNodePorts"
_HEADER = f"""\
# Addresses and ports that svcc has chosen for Services. Keep this file in version control beside the manifests: as long as
# a line is here, its Service keeps the value. After a merge keep the lines of both sides; svcc puts the rest right and says so.
# To choose a value yourself, state it in the manifest.
apiVersion: {LOCK_VERSION}
kind: {LOCK_KIND}
"""


class Key(NamedTuple):
    """What a fact is about: a Service and one of its families, or one of its ports, or (neither) its health check."""

    service: ObjectName
    port: int = 0
    word: str = ""

    @property
    def owner(self) -> tuple[ObjectName, int]:
        """Who may share one value: the protocols of one port number of one Service."""
        return self.service, self.port

    @property
    def path(self) -> str:
        """The field path of the fact in the lock."""
        section = _NODE_PORTS if self.port else _CLUSTER_IPS if self.word else _HEALTH_CHECKS
        return f"{section}[{self}]"

    def __str__(self) -> str:
        part = f"{self.port}/{self.word}" if self.port else self.word
        return f"{self.service} {part}" if part else str(self.service)


def cluster_ip_key(service: ObjectName, family: Family) -> Key:
    """Return the key of a Service's cluster IP of one family."""
    return Key(service, word=family.value)


class Surplus(NamedTuple):
    """A line whose key has another line: its value, the one of the line that counts, and where it stands."""

    key: Key
    value: str
    kept: str
    span: Span


@dataclass(frozen=True, slots=True)
class Lock:
    """All facts, one mapping a section; `spans` and `serial_spans` are where those that were read stand."""

    cluster_ips: Mapping[Key, Address] = field(default_factory=dict)
    node_ports: Mapping[Key, int] = field(default_factory=dict)
    health_check_node_ports: Mapping[Key, int] = field(default_factory=dict)
    serials: Mapping[str, Serial] = field(default_factory=dict)
    """By zone."""
    spans: Mapping[Key, Span] = field(default_factory=dict, compare=False, repr=False)
    serial_spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)
    surplus: tuple[Surplus, ...] = field(default=(), compare=False, repr=False)
    """What a merge has left over, by section and key."""

    def sections(self) -> Iterator[tuple[str, Mapping[Key, Address] | Mapping[Key, int]]]:
        """Yield the name of each section that is about Services, as the file has it, with its facts."""
        yield _CLUSTER_IPS, self.cluster_ips
        yield _NODE_PORTS, self.node_ports
        yield _HEALTH_CHECKS, self.health_check_node_ports


def render(lock: Lock) -> str:
    """Return the text of `svcc.lock`."""
    lines = [_HEADER]
    for name, facts in lock.sections():
        lines.append(f"{name}:\n")
        lines += [f"  {key}: {_scalar(str(value))}\n" for key, value in sorted(facts.items())]
    if lock.serials:
        lines.append(f"{SERIALS}:\n")
        lines += [f"  {zone}: {serial}\n" for zone, serial in sorted(lock.serials.items())]
    return "".join(lines)


def _scalar(text: str) -> str:
    """Put an IPv6 address in quotes that YAML would misread: as a mapping, or as a number in base 60."""
    if ":" in text and (text.startswith(":") or text.endswith(":") or text.replace(":", "").isdigit()):
        return f'"{text}"'
    return text
