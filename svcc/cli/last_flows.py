"""Write down where flows of UDP and SCTP may lead, so that whoever goes back to that knows which are stale.

write(Fronts({10.96.0.53:53/UDP: Served("shop/dns:dns", {10.128.7.21:5353})}, host))
    ->  {"frontends": [["10.96.0.53", "UDP", 53, "shop/dns:dns", [["10.128.7.21", 5353]], false]], "addresses": […], …}
read(…)  ->  the same Fronts; of the host, only what decides which addresses carry node ports
"""

from collections.abc import Mapping
from typing import Any

from svcc.graph.nodes import AddressPort, Host, NodePort
from svcc.net import Address, Family, Protocol, parse_network
from svcc.plan.conntrack import Fronts, Served


def write(fronts: Fronts) -> dict[str, Any]:
    """Return the fronts as JSON can hold them."""
    host = fronts.host
    return {
        "frontends": [_written(at, served) for at, served in fronts.frontends.items()],
        "addresses": list(host.addresses),
        "nodePortsOn": list(map(str, host.node_ports_on)),
        "localhostPorts": host.localhost_ports,
        "ipvs": fronts.by_ipvs,
    }


def read(held: Mapping[str, Any]) -> Fronts:
    """Return the fronts that were written.

    Raises:
        ValueError, KeyError, TypeError: they are damaged.
    """
    on = tuple(map(parse_network, held["nodePortsOn"]))
    addresses = tuple(map(Address, held["addresses"]))
    host = Host(addresses, on, localhost_ports=bool(held["localhostPorts"]))
    return Fronts(dict(map(_read, held["frontends"])), host, by_ipvs=bool(held["ipvs"]))


def _written(at: AddressPort | NodePort, served: Served) -> list[Any]:
    where = at.address if isinstance(at, AddressPort) else at.family.value
    backends = [list(one) for one in sorted(served.backends)]
    return [where, at.protocol.value, at.port, served.service, backends, served.direct]


def _read(one: list[Any]) -> tuple[AddressPort | NodePort, Served]:
    where, protocol, port, service, backends, direct = one
    served = Served(str(service), frozenset((Address(to), int(number)) for to, number in backends), bool(direct))
    if where in (Family.IPV4.value, Family.IPV6.value):
        return NodePort(Family(where), Protocol(protocol), int(port)), served
    return AddressPort(Address(where), Protocol(protocol), int(port)), served
