"""Answer "where does this packet go, and why?" for probes, from the graph or from emitted rules.

    - {from: {kind: pod, ip: 10.128.7.40}, to: 10.96.0.10, port: 80, protocol: TCP}
      ->  dnat, shop/cart:http, 10.128.7.21:8080 with probability 1/2, …, excluded: 10.128.9.22:8080 "not ready" (cart.yaml:31)

A probe's kind chooses only where the packet meets the rules: pods and external clients come in through an interface,
`node` and `localhost` are processes of the node. Who the client *is* the rules decide from its address and interface.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from typing import Any

from svcc.emit.iptables import walk as iptables_walk
from svcc.emit.iptables.ruleset import IptablesRuleset
from svcc.emit.ipvs import walk as ipvs_walk
from svcc.emit.ipvs.lower import Ipvs
from svcc.emit.nftables import walk as nftables_walk
from svcc.emit.nftables.ruleset import NftTable
from svcc.graph.nodes import FrontendKind, Host, Origin, Pods, Scope
from svcc.graph.packet import Dnat, Fate, Hook, Outcome, Outcomes, Packet
from svcc.graph.walk import Walked, Walker
from svcc.model.service import Service, TrafficPolicy
from svcc.net import Address, Family, Protocol, number
from svcc.pipeline import Compiled
from svcc.resolve.cluster import Excluded, PortBinding

EXTERNAL_INTERFACE = "eth0"
POD_INTERFACE = "pod0"


class Kind(Enum):
    """Where a probe starts."""

    POD = "pod"
    NODE = "node"
    EXTERNAL = "external"
    LOCALHOST = "localhost"


@dataclass(frozen=True, slots=True)
class Probe:
    """A packet as a user describes it. `protocol` None is any other than TCP, UDP and SCTP."""

    kind: Kind
    source: Address
    to: Address
    port: int
    protocol: Protocol | None

    def packet(self, pods: Pods) -> Packet:
        """Return the packet that the rules would see."""
        if self.kind in {Kind.NODE, Kind.LOCALHOST}:
            return Packet(Hook.OUTPUT, None, self.source, self.to, self.protocol, self.port)
        iface = EXTERNAL_INTERFACE
        if self.kind is Kind.POD:
            iface = POD_INTERFACE if pods.interface is None else pods.interface + ("0" if pods.prefix else "")
        return Packet(Hook.PREROUTING, iface, self.source, self.to, self.protocol, self.port)


@dataclass(frozen=True, slots=True)
class Result:
    """Where a probe goes: outcomes with exact shares, the Service port, affinity in seconds, and the way there."""

    probe: Probe
    outcomes: Mapping[Outcome, Fraction]
    service: str | None
    affinity: int | None
    path: tuple[tuple[str, str | None], ...]
    """Steps with the manifest line that asked for each, or None."""
    excluded: tuple[Excluded, ...] = ()

    @property
    def verdict(self) -> str:
        """`dnat`, `reject`, `drop` or `accept`."""
        first = next(iter(self.outcomes))
        return first.value if isinstance(first, Fate) else "dnat"

    @property
    def backends(self) -> tuple[tuple[Dnat, Fraction], ...]:
        """The backends with their shares, sorted by address and port."""
        held = [(one, share) for one, share in self.outcomes.items() if isinstance(one, Dnat)]
        return tuple(sorted(held, key=lambda one: (number(one[0].address), one[0].port)))


class GraphTracer:
    """Traces probes through the graph's own meaning."""

    def __init__(self, compiled: Compiled) -> None:
        self._walker = Walker(compiled.graph)
        self._pods = compiled.graph.host.pods
        self._explain = Explainer(compiled)

    def trace(self, probe: Probe) -> Result:
        """Return where a probe goes."""
        walked = self._walker.walk(probe.packet(self._pods))
        frontend = walked.frontend
        service = str(frontend.service) if frontend else None
        excluded = self._explain.excluded(walked, walked.outcomes)
        return Result(probe, walked.outcomes, service, walked.affinity, _graph_path(walked), excluded)


def _graph_path(walked: Walked) -> tuple[tuple[str, str | None], ...]:
    frontend = walked.frontend
    if frontend is None:
        return ((walked.why, None),)
    origin = _place(frontend.origin)
    steps: list[tuple[str, str | None]] = [(f"frontend {frontend.at}", origin)]
    if frontend.gate is not None:
        steps.append(("gate " + " ".join(str(one) for one in frontend.gate.allow), origin))
    if walked.pool is None:
        return (*steps, (walked.why, origin))
    return (*steps, (walked.why, None), (f"pool {walked.pool.id}", _place(walked.pool.origin)))


def _place(origin: object) -> str | None:
    return None if origin is None else str(origin)


class _RulesTracer:
    """Traces probes through rules, and explains what it finds by the graph where that is known."""

    def __init__(self, host: Host, compiled: Compiled | None) -> None:
        self._pods = host.pods
        self._graph = Walker(compiled.graph) if compiled else None
        self._explain = Explainer(compiled) if compiled else None

    def _result(self, packet: Packet, found: Result) -> Result:
        """Return what was found with what only the graph knows: whose it is, and who was left out."""
        if self._graph is None or self._explain is None:
            return found
        walked = self._graph.walk(packet)
        service = found.service
        if walked.frontend is not None and Fate.UNTOUCHED not in found.outcomes:
            service = service or str(walked.frontend.service)
        return replace(found, service=service, excluded=self._explain.excluded(walked, found.outcomes))


class IptablesTracer(_RulesTracer):
    """Traces probes through iptables rules: emitted ones parsed back, or what a kernel holds."""

    def __init__(
        self,
        rulesets: Mapping[Family, IptablesRuleset],
        host: Host,
        compiled: Compiled | None = None,
    ) -> None:
        super().__init__(host, compiled)
        self._walker = iptables_walk.Walker(rulesets, host.addresses)

    def trace(self, probe: Probe) -> Result:
        """Return where a probe goes.

        Raises:
            UnknownRule: the rules on the way are not all svcc's.
        """
        packet = probe.packet(self._pods)
        trace = self._walker.walk(packet)
        path = tuple((f"{one.table} {one.chain} {one.rule}", _place(one.origin)) for one in trace.steps)
        found = Result(probe, trace.outcomes, trace.comment or None, trace.affinity, path)
        return self._result(packet, found)


class NftablesTracer(_RulesTracer):
    """Traces probes through nftables tables: emitted ones parsed back, or what a kernel holds."""

    def __init__(self, tables: Mapping[Family, NftTable], host: Host, compiled: Compiled | None = None) -> None:
        super().__init__(host, compiled)
        self._walker: nftables_walk.Walker | ipvs_walk.Walker = nftables_walk.Walker(tables, host.addresses)

    def trace(self, probe: Probe) -> Result:
        """Return where a probe goes.

        Raises:
            UnknownRule: the rules on the way are not all svcc's.
        """
        packet = probe.packet(self._pods)
        trace = self._walker.walk(packet)
        path = tuple((f"{one.chain} {one.rule}", _place(one.origin)) for one in trace.steps)
        return self._result(packet, Result(probe, trace.outcomes, trace.service or None, trace.affinity, path))


class IpvsTracer(NftablesTracer):
    """Traces probes through IPVS and its companion tables: emitted ones parsed back, or what a kernel holds."""

    def __init__(self, held: Ipvs, host: Host, compiled: Compiled | None = None) -> None:
        super().__init__(held.companions, host, compiled)
        self._walker = ipvs_walk.Walker(held.state, held.companions, host.addresses)


class Explainer:
    """Knows of every Service port which endpoints get no packets, and why."""

    def __init__(self, compiled: Compiled) -> None:
        self._bindings: dict[tuple[str, str, str, Protocol, Family], PortBinding] = {
            (one.service.name.namespace, one.service.name.name, one.port.name, one.port.protocol, one.family): one
            for one in compiled.cluster.bindings
        }

    def excluded(self, walked: Walked, outcomes: Outcomes) -> tuple[Excluded, ...]:
        """Return the endpoints that are not among the outcomes, sorted, each with the reason that the graph knows."""
        frontend = walked.frontend
        if frontend is None:
            return ()
        binding = self._bindings.get((*frontend.service, frontend.at.protocol, frontend.family))
        if binding is None:
            return ()
        used = {(one.address, one.port) for one in outcomes if isinstance(one, Dnat)}
        left_out = [one for one in binding.excluded if (one.address, one.port) not in used]
        known = used | {(one.address, one.port) for one in left_out}
        why = walked.why
        if _is_local(walked, binding.service):
            why = "not on this node, and the traffic policy is Local"
        left_out.extend(
            Excluded(one.address, one.port, why, one.origin)
            for one in binding.cluster.endpoints
            if (one.address, one.port) not in known
        )
        return tuple(sorted(left_out, key=lambda one: (number(one.address), one.port)))


def _is_local(walked: Walked, service: Service) -> bool:
    """Tell whether a Local policy decided: it kept the packet to this node's endpoints, or found none that takes it."""
    if walked.pool is not None:
        return walked.pool.id.scope == Scope.LOCAL.value
    if walked.origin is None or walked.frontend is None:
        return False
    if walked.frontend.kind is FrontendKind.CLUSTER_IP:
        return service.internal_policy is TrafficPolicy.LOCAL
    return service.external_policy is TrafficPolicy.LOCAL and walked.origin is Origin.EXTERNAL


def as_json(result: Result) -> dict[str, Any]:
    """Return one result in the shape that `svcc trace --format json` prints."""
    probe = result.probe
    return {
        "from": {"kind": probe.kind.value, "ip": probe.source},
        "to": probe.to,
        "port": probe.port,
        "protocol": probe.protocol.value if probe.protocol else "OTHER",
        "verdict": result.verdict,
        "service": result.service,
        "affinity": None if result.affinity is None else {"type": "ClientIP", "timeoutSeconds": result.affinity},
        "backends": [
            {"address": to.address, "port": to.port, "probability": str(share), "masquerade": to.masquerade}
            for to, share in result.backends
        ],
        "path": [{"step": step, "origin": origin} for step, origin in result.path],
        "excluded": [
            {"address": one.address, "port": one.port, "why": one.why, "origin": _place(one.origin)}
            for one in result.excluded
        ],
    }
