"""Write a slice that was made of Pods as the endpoint slice controller would.

    EndpointSlice(shop/cart-pods-0-ipv4,       apiVersion: discovery.k8s.io/v1, kind: EndpointSlice
      http 8080, 10.128.7.21 ready)       ->   metadata: {name: cart-pods-0-ipv4, namespace: shop, labels: {kubernetes.io/service-name: cart, …}}
                                               addressType: IPv4
                                               ports: [{name: http, protocol: TCP, port: 8080}]
                                               endpoints: [{addresses: [10.128.7.21], conditions: {ready: true, …}, targetRef: {…}}]

Its labels are those of the Service and three of its own. `managed-by` is the controller's, so that in a cluster the controller replaces
the slice: nobody else would ever remove it. Zones are facts of Nodes, application protocols stand in the Service, and the origin of an
endpoint is that of its Pod.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from svcc.diag import Span
from svcc.model.endpoints import Endpoint, EndpointSlice
from svcc.model.fields import SERVICE_NAME_LABEL
from svcc.model.kinds import DISCOVERY
from svcc.model.manifests import Manifests
from svcc.model.pod import Pod
from svcc.model.service_draft import HEADLESS

Object = dict[str, Any]

_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_CONTROLLER = "endpointslice-controller.k8s.io"
_HEADLESS_LABEL = "service.kubernetes.io/headless"
_RESERVED = frozenset({SERVICE_NAME_LABEL, _MANAGED_BY, _HEADLESS_LABEL})


@dataclass(frozen=True, slots=True)
class SliceWriter:
    """What a slice does not say itself: the Pod of each endpoint, by its place, and the zone of each Node."""

    pods: Mapping[Span | None, Pod]
    zones: Mapping[str, str | None]

    @classmethod
    def of(cls, manifests: Manifests) -> "SliceWriter":
        """Index an input."""
        return cls({one.span: one for one in manifests.pods}, {one.name: one.zone for one in manifests.nodes})

    def is_of_pods(self, one: EndpointSlice) -> bool:
        """Tell whether a slice was made of Pods; none of those is empty."""
        return one.derived and bool(one.endpoints) and one.endpoints[0].span in self.pods

    def written(self, one: EndpointSlice, service: Object) -> Object:
        """Return a slice as a manifest; `service` is the manifest of its Service, filled in."""
        assert one.family is not None
        return {
            "apiVersion": DISCOVERY,
            "kind": "EndpointSlice",
            "metadata": {"name": one.name.name, "namespace": one.name.namespace, "labels": _labels(service)},
            "addressType": one.family.value,
            "ports": _ports(one, service),
            "endpoints": [self._endpoint(endpoint) for endpoint in one.endpoints],
        }

    def _endpoint(self, one: Endpoint) -> Object:
        pod = self.pods[one.span].name
        zone = self.zones.get(one.node_name or "")
        hints = {
            **({"forZones": [{"name": name} for name in one.hint_zones]} if one.hint_zones else {}),
            **({"forNodes": [{"name": name} for name in one.hint_nodes]} if one.hint_nodes else {}),
        }
        return {
            "addresses": [one.address],
            "conditions": {"ready": one.ready, "serving": one.serving, "terminating": one.terminating},
            **({"hostname": one.hostname} if one.hostname else {}),
            **({"nodeName": one.node_name} if one.node_name else {}),
            "targetRef": {"kind": "Pod", "namespace": pod.namespace, "name": pod.name},
            **({"zone": zone} if zone else {}),
            **({"hints": hints} if hints else {}),
        }


def _labels(service: Object) -> dict[str, str]:
    meta = service["metadata"]
    labels = {key: value for key, value in (meta.get("labels") or {}).items() if key not in _RESERVED}
    headless = {_HEADLESS_LABEL: ""} if service["spec"].get("clusterIP") == HEADLESS else {}
    return {**labels, **headless, SERVICE_NAME_LABEL: meta["name"], _MANAGED_BY: _CONTROLLER}


def _ports(one: EndpointSlice, service: Object) -> list[Object]:
    given = {(port.get("name") or "", port["protocol"]): port for port in service["spec"].get("ports") or ()}
    return [
        {
            "name": port.name,
            "protocol": port.protocol.value,
            "port": port.port,
            **({"appProtocol": word} if (word := given[port.name, port.protocol.value].get("appProtocol")) else {}),
        }
        for port in one.ports
    ]
