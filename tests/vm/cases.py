"""Services for what the flow table does not tell: each scheduler, connections that stay, session affinity that ends.

    balanced("wrr", {"svcc.dev/scheduler": "wrr", "svcc.dev/weights": weights(3, 1, 1)})
        ->  a Service lab/wrr at VIPS["wrr"], 10.96.1.2 and fd00:96::102, and slices with its endpoints of both families

Every Service has the port 80 for TCP and UDP; connections to its endpoints (port 9090) stay until the client ends them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.lab.servers import Listen

Document = dict[str, Any]

ENDPOINTS = {
    "l1": ("10.128.7.21", "fd00:10:0:7::21"),
    "l2": ("10.128.7.22", "fd00:10:0:7::22"),
    "r1": ("10.128.9.31", "fd00:10:0:9::31"),
}
"""The endpoints of every Service, by the hosts of the lab that they are."""
HOSTS = {address: name for name, addresses in ENDPOINTS.items() for address in addresses}
NODES = {"l1": "worker-1", "l2": "worker-1", "r1": "worker-2"}
KEPT = 9090
LISTENERS = tuple(Listen(name, KEPT, keep=True) for name in ENDPOINTS)
_FAMILIES = ("IPv4", "IPv6")


def weights(*numbers: int) -> str:
    """Return the annotation that gives the endpoints weights, in their order."""
    each = zip(ENDPOINTS.values(), numbers, strict=True)
    return ", ".join(f"{address}={number}" for addresses, number in each for address in addresses)


def balanced(name: str, annotations: Mapping[str, str], **spec: Any) -> Iterator[Document]:
    """Yield a Service and its slices; `spec` is what the Service has beside the usual."""
    ports = [{"name": one.lower(), "protocol": one, "port": 80, "targetPort": KEPT} for one in ("TCP", "UDP")]
    addresses = VIPS[name]
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "lab", "annotations": dict(annotations)},
        "spec": {
            "ipFamilyPolicy": "RequireDualStack",
            "ipFamilies": list(_FAMILIES),
            "clusterIP": addresses[0],
            "clusterIPs": list(addresses),
            "ports": ports,
            **spec,
        },
    }
    for index, family in enumerate(_FAMILIES):
        yield {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": f"{name}-{family.lower()}",
                "namespace": "lab",
                "labels": {"kubernetes.io/service-name": name},
            },
            "addressType": family,
            "ports": [{"name": one["name"], "protocol": one["protocol"], "port": KEPT} for one in ports],
            "endpoints": [{"addresses": [held[index]], "nodeName": NODES[host]} for host, held in ENDPOINTS.items()],
        }


_EQUAL = weights(1, 1, 1)
_SCHEDULED = {
    "rr": _EQUAL,
    "wrr": weights(3, 1, 0),
    "lc": _EQUAL,
    "wlc": weights(2, 1, 1),
    "sh": _EQUAL,
    "sh, sh-port": _EQUAL,
    "dh": _EQUAL,
    "sed": weights(3, 1, 0),
    "nq": weights(3, 1, 0),
    "mh": _EQUAL,
    "mh, mh-port": _EQUAL,
    "lblc": _EQUAL,
    "lblcr": _EQUAL,
    "fo": weights(1, 3, 2),
    "ovf": weights(2, 1, 0),
    "rr, ops": _EQUAL,
}
"""Each scheduler with its flags, and the weights that it gets."""
STICKY_SECONDS = 4
_STICKY = {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": STICKY_SECONDS}}}
OUTER = ("192.0.2.210", "2001:db8::210")
"""External addresses of the Service `local`, whose external traffic policy is Local."""
_LOCAL = {"externalIPs": list(OUTER), "externalTrafficPolicy": "Local"}


def _name(scheduler: str) -> str:
    return scheduler.replace(", ", "-")


_NAMES = (*map(_name, _SCHEDULED), "limited", "sticky", "drain", "local")
VIPS = {name: (f"10.96.1.{number}", f"fd00:96::1{number:02x}") for number, name in enumerate(_NAMES, 1)}
"""The cluster IPs of each Service, by its name."""


def services() -> list[Document]:
    """Return every Service and slice."""
    found = []
    for scheduler, weighed in _SCHEDULED.items():
        found += balanced(_name(scheduler), {"svcc.dev/scheduler": scheduler, "svcc.dev/weights": weighed})
    found += balanced("limited", {"svcc.dev/connection-limits": "*=1:2"})
    found += balanced("sticky", {}, **_STICKY)
    found += balanced("drain", {})
    found += balanced("local", {}, **_LOCAL)
    return found
