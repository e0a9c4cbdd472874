"""Services for what the flow table does not tell: each scheduler, connections that stay, session affinity that ends.

    balanced("wrr", 2, {"svcc.dev/scheduler": "wrr", "svcc.dev/weights": weights(3, 1)})
        ->  a Service lab/wrr at 10.96.1.2 and fd00:96::102, and slices with its endpoints of both families

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
KEPT = 9090
LISTENERS = tuple(Listen(name, KEPT, keep=True) for name in ENDPOINTS)
_FAMILIES = ("IPv4", "IPv6")


def weights(*numbers: int) -> str:
    """Return the annotation that gives the endpoints weights, in their order."""
    each = zip(ENDPOINTS.values(), numbers, strict=True)
    return ", ".join(f"{address}={number}" for addresses, number in each for address in addresses)


def balanced(name: str, number: int, annotations: Mapping[str, str], **spec: Any) -> Iterator[Document]:
    """Yield a Service and its slices."""
    ports = [{"name": one.lower(), "protocol": one, "port": 80, "targetPort": KEPT} for one in ("TCP", "UDP")]
    addresses = vip(number)
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
            "endpoints": [{"addresses": [held[index]]} for held in ENDPOINTS.values()],
        }


def vip(number: int) -> tuple[str, str]:
    """Return the cluster IPs of a Service, one of each family."""
    return f"10.96.1.{number}", f"fd00:96::1{number:02x}"


_SCHEDULED = {
    "rr": (1, weights(1, 1, 1)),
    "wrr": (2, weights(3, 1, 0)),
    "lc": (3, weights(1, 1, 1)),
    "wlc": (4, weights(2, 1, 1)),
    "sh": (5, weights(1, 1, 1)),
    "dh": (6, weights(1, 1, 1)),
    "sed": (7, weights(3, 1, 0)),
    "nq": (8, weights(3, 1, 0)),
    "mh": (9, weights(1, 1, 1)),
    "lblc": (10, weights(1, 1, 1)),
    "lblcr": (11, weights(1, 1, 1)),
    "fo": (12, weights(1, 3, 2)),
    "ovf": (13, weights(2, 1, 0)),
}
STICKY_SECONDS = 4
_STICKY = {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": STICKY_SECONDS}}}
VIPS = {**{name: vip(number) for name, (number, _) in _SCHEDULED.items()}, "sticky": vip(20), "drain": vip(21)}
"""The cluster IPs of each Service, by its name."""


def services() -> list[Document]:
    """Return every Service and slice."""
    found = [
        document
        for name, (number, weighed) in _SCHEDULED.items()
        for document in balanced(name, number, {"svcc.dev/scheduler": name, "svcc.dev/weights": weighed})
    ]
    return [*found, *balanced("sticky", 20, {}, **_STICKY), *balanced("drain", 21, {})]
