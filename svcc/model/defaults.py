"""Fill a manifest in as the API server would hold it: its defaults, and what was allocated.

    spec:                               metadata: {name: cart, namespace: default}
      ports: [{port: 80}]       ->      spec:
                                          ports: [{port: 80, protocol: TCP, targetPort: 80}]
                                          type: ClusterIP
                                          clusterIP: 10.96.201.7, clusterIPs: [10.96.201.7], ipFamilies: [IPv4], …

Works on plain values (see `source.plain`) and keeps everything that svcc does not look at. What only a cluster knows (uid,
resourceVersion, …) is not made up. Filling in twice is filling in once. The defaults are those of pkg/apis/core/v1/defaults.go and
pkg/apis/discovery/v1/defaults.go of Kubernetes 1.34.
"""

from collections.abc import Callable
from typing import Any

from svcc.model.pod_defaults import fill_pod
from svcc.model.service import Service, ServicePort, ServiceType, TrafficPolicy
from svcc.model.service_draft import HEADLESS

Object = dict[str, Any]

_TYPES_WITH_POLICY = (ServiceType.CLUSTER_IP, ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER)


def fill_in(kind: str, held: Object, service: Service | None) -> Object:
    """Return a manifest with its defaults; of a Service, `service` is what it was compiled to, allocations included."""
    if kind == "Node":
        return held
    filled = {**held, "metadata": _metadata(held.get("metadata") or {})}
    if kind == "Service" and service is not None:
        return _service(filled, service)
    fill = _FILL.get(kind)
    return filled if fill is None else fill(filled)


def _metadata(held: Object) -> Object:
    if held.get("namespace"):
        return held
    return {"name": held.get("name"), "namespace": "default", **{k: v for k, v in held.items() if v != ""}}


def _service(held: Object, service: Service) -> Object:
    spec = _without_empty(held.get("spec") or {})
    ports = {(one.protocol.value, one.port): one for one in service.ports}
    if "ports" in spec:
        spec["ports"] = [_service_port(port, ports) for port in spec["ports"]]
    spec["type"] = service.type.value
    spec.update(_affinity(service))
    if service.affinity_seconds is None:
        spec.pop("sessionAffinityConfig", None)
    spec.update(_addresses(service))
    if service.type in _TYPES_WITH_POLICY:
        spec["internalTrafficPolicy"] = service.internal_policy.value
    if service.type in (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER) or (
        service.type is ServiceType.CLUSTER_IP and spec.get("externalIPs")
    ):
        spec["externalTrafficPolicy"] = service.external_policy.value
    if service.type is ServiceType.LOAD_BALANCER:
        spec["allocateLoadBalancerNodePorts"] = service.allocate_node_ports
        if service.external_policy is TrafficPolicy.LOCAL:
            spec["healthCheckNodePort"] = service.health_check_node_port
    return {**held, "spec": spec, "status": _status(held.get("status") or {}, service)}


def _service_port(held: Object, ports: dict[tuple[str, int], ServicePort]) -> Object:
    port = _without_empty(held)
    port.setdefault("protocol", "TCP")
    if port.get("targetPort") in (None, 0):
        port["targetPort"] = port["port"]
    port.pop("nodePort", None)
    known = ports[port["protocol"], port["port"]]
    return port if known.node_port is None else {**port, "nodePort": known.node_port}


def _affinity(service: Service) -> Object:
    if service.affinity_seconds is None:
        return {"sessionAffinity": "None"}
    config = {"clientIP": {"timeoutSeconds": service.affinity_seconds}}
    return {"sessionAffinity": "ClientIP", "sessionAffinityConfig": config}


def _addresses(service: Service) -> Object:
    if service.type is ServiceType.EXTERNAL_NAME:
        return {}
    addresses = [HEADLESS] if service.headless else list(service.cluster_ips)
    policy = service.ip_family_policy
    return {
        "clusterIP": addresses[0],
        "clusterIPs": addresses,
        "ipFamilies": [one.value for one in service.ip_families],
        **({"ipFamilyPolicy": policy.value} if policy is not None else {}),
    }


def _status(held: Object, service: Service) -> Object:
    """Return the status; of a Service that is no load balancer the API server keeps no ingress."""
    ingress = (held.get("loadBalancer") or {}).get("ingress")
    if service.type is not ServiceType.LOAD_BALANCER or not ingress:
        return {"loadBalancer": {}}
    filled = [{**one, "ipMode": one.get("ipMode", "VIP")} if one.get("ip") else one for one in ingress]
    return {**held, "loadBalancer": {"ingress": filled}}


def _endpoint_slice(held: Object) -> Object:
    ports = [{"name": "", "protocol": "TCP", **_without_empty(one)} for one in held.get("ports") or ()]
    return {**held, "ports": ports} if "ports" in held else held


def _endpoints(held: Object) -> Object:
    subsets = [
        {**one, "ports": [{**port, "protocol": port.get("protocol") or "TCP"} for port in one["ports"]]}
        if one.get("ports")
        else one
        for one in held.get("subsets") or ()
    ]
    return {**held, "subsets": subsets} if "subsets" in held else held


def _without_empty(held: Object) -> Object:
    """Leave out the empty strings: to the API server they are absent fields."""
    return {key: value for key, value in held.items() if value != ""}


_FILL: dict[str, Callable[[Object], Object]] = {
    "EndpointSlice": _endpoint_slice,
    "Endpoints": _endpoints,
    "Pod": fill_pod,
}
