"""The environment variables of a Service, as the kubelet gives them to containers.

    Service shop/cart                    CART_SERVICE_HOST=10.96.0.10            CART_PORT=tcp://10.96.0.10:80
      clusterIP 10.96.0.10         ->    CART_SERVICE_PORT=80                    CART_PORT_80_TCP=tcp://10.96.0.10:80
      port http 80/TCP                   CART_SERVICE_PORT_HTTP=80               CART_PORT_80_TCP_PROTO=tcp   … _PORT=80   … _ADDR=10.96.0.10

Only the first cluster IP counts. An IPv6 address is bracketed where a port follows it, and nowhere else (Kubernetes 1.34,
pkg/kubelet/envvars).
"""

from collections.abc import Iterator
from functools import lru_cache

from svcc.model.service import ObjectName, Service
from svcc.net import Address, endpoint_text

EVERYWHERE = ObjectName("default", "kubernetes")
"""Its variables are in the pods of every namespace, unless the namespace has a Service of that name."""

Variable = tuple[str, str]
"""Name and value."""


def variables(service: Service) -> Iterator[Variable]:
    """Yield every variable of a Service that has cluster IPs, in the kubelet's order; before they are given, addresses are empty."""
    own = word(service.name.name)
    address = service.cluster_ips[0] if service.cluster_ips else Address("")
    for port in service.ports[:1]:
        yield f"{own}_SERVICE_HOST", address
        yield f"{own}_SERVICE_PORT", str(port.port)
    for port in service.ports:
        if port.name:
            yield f"{own}_SERVICE_PORT_{word(port.name)}", str(port.port)
    for index, port in enumerate(service.ports):
        proto = port.protocol.word
        url = f"{proto}://{endpoint_text(address, port.port)}"
        if not index:
            yield f"{own}_PORT", url
        base = f"{own}_PORT_{port.port}_{port.protocol.value}"
        yield base, url
        yield f"{base}_PROTO", proto
        yield f"{base}_PORT", str(port.port)
        yield f"{base}_ADDR", address


@lru_cache(maxsize=8192)
def word(name: str) -> str:
    """Return a name as it stands in a variable."""
    return name.upper().replace("-", "_")
