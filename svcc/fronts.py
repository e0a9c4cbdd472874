"""Say of every frontend of UDP and SCTP where its flows may lead, from what one input means on one node.

    Frontend 10.96.0.53:53/UDP of shop/dns:dns            10.96.0.53:53/UDP  →  Served("shop/dns:dns", {10.128.7.21:5353,
    endpoints 10.128.7.21, and terminating 10.128.7.22 ->                                              10.128.7.22:5353})

The graph knows where new flows are sent; flows that are there may lead to every endpoint that is usable, whoever the client is.
"""

from svcc.config import Mode
from svcc.graph.nodes import MASQ, AddressPort, NodePort, PortName
from svcc.pipeline import Compiled
from svcc.plan.conntrack import PROTOCOLS, Fronts, Served
from svcc.resolve.cluster import PortBinding


def fronts_of(compiled: Compiled, mode: Mode) -> Fronts:
    """Return the frontends of a mode."""
    graph, by_ipvs = compiled.graph, mode is Mode.IPVS
    served = {
        (one.service.name.namespace, one.service.name.name, one.port.name, one.port.protocol, one.family): _served(
            one, by_ipvs=by_ipvs
        )
        for one in compiled.cluster.bindings
        if one.port.protocol in PROTOCOLS
    }
    frontends: dict[AddressPort | NodePort, Served] = {
        one.at: served[*one.service, one.at.protocol, one.family]
        for one in graph.frontends
        if one.at.protocol in PROTOCOLS
    }
    return Fronts(frontends, graph.host, by_ipvs)


def _served(binding: PortBinding, *, by_ipvs: bool) -> Served:
    usable = [(one.address, one.port) for one in (*binding.cluster.endpoints, *binding.local.endpoints)]
    usable += [(one.address, one.port) for one in binding.excluded if one.usable]
    name = PortName(binding.service.name.namespace, binding.service.name.name, binding.port.name)
    return Served(str(name), frozenset(usable), direct=by_ipvs and binding.service.forwarding != MASQ)
