"""The flow table's cluster without the slices of Services that have a selector: Pods say the same.

    slice web-v4: 8080, 10.128.7.21 ready on worker-1       Pod web-0 {app: web} on worker-1, ready, 10.128.7.21 and fd00:10:0:7::21,
    slice web-v6: 8080, fd00:10:0:7::21 ready on worker-1   ->  its port p0 is 8080; and port http of Service web has targetPort p0

What an endpoint of no Pod can say is left out (FQDN), or stays as it is: a Service whose slices have hints, since those of Pods come
from Nodes. An endpoint that is served to nobody is a Pod that is not ready.
"""

from collections.abc import Iterator
from typing import Any

import yaml

from svcc.diag import Source
from tests.flow.table import CLUSTER

Object = dict[str, Any]

_OWNER = "kubernetes.io/service-name"
_WEIGHTS = "svcc.dev/weights"


def pods_only() -> tuple[list[Source], set[str]]:
    """Return the manifests of the cluster as one List, and the names of the Services whose endpoints are Pods."""
    held = [
        one for path in sorted(CLUSTER.glob("*.yaml")) for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]
    slices: dict[str, list[Object]] = {}
    for one in held:
        if one["kind"] == "EndpointSlice":
            slices.setdefault(_service_of(one), []).append(one)
    services = {_name(one): one for one in held if one["kind"] == "Service"}
    chosen = {
        name for name, one in services.items() if one["spec"].get("selector") and _is_of_pods(slices.get(name, []))
    }
    kept = [one for one in held if one["kind"] != "EndpointSlice" or _service_of(one) not in chosen]
    pods = [pod for name in sorted(chosen) for pod in _pods(services[name], slices[name])]
    text = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": [*kept, *pods]})
    return [Source("cluster.yaml", text)], chosen


def _name(held: Object) -> str:
    return f"{held['metadata']['namespace']}/{held['metadata']['name']}"


def _service_of(held: Object) -> str:
    """Return the Service of a slice, its namespace alone where it is bound to none."""
    return f"{held['metadata']['namespace']}/{held['metadata'].get('labels', {}).get(_OWNER, '')}"


def _is_of_pods(slices: list[Object]) -> bool:
    return bool(slices) and not any("hints" in one for held in slices for one in held.get("endpoints") or ())


def _pods(service: Object, slices: list[Object]) -> Iterator[Object]:
    """Yield a Pod for each endpoint, for those of both families that are alike one Pod; name the targets of the Service's ports."""
    ports = service["spec"].get("ports") or []
    for at, port in enumerate(ports):
        port["targetPort"] = f"p{at}"
    weights = [
        held["metadata"]["annotations"][_WEIGHTS]
        for held in slices
        if _WEIGHTS in held["metadata"].get("annotations", {})
    ]
    if weights:
        service["metadata"].setdefault("annotations", {})[_WEIGHTS] = ", ".join(weights)
    made: dict[str, Object] = {}
    for held in slices:
        if held["addressType"] == "FQDN":
            continue
        for index, endpoint in enumerate(held["endpoints"] or ()):
            pod = _pod(service, endpoint, _container_ports(ports, held["ports"]))
            # The n-th endpoint of the other family belongs to the same Pod if that is the same in all else.
            key = f"{index} {pod}"
            if held["addressType"] in {one["family"] for one in made.get(key, {}).get("addresses", ())}:
                key += f" {held['metadata']['name']}"
            made.setdefault(key, {"pod": pod, "addresses": []})["addresses"].append(
                {"family": held["addressType"], "ip": endpoint["addresses"][0]}
            )
    for number, one in enumerate(made.values()):
        pod, addresses = one["pod"], [{"ip": at["ip"]} for at in one["addresses"]]
        pod["metadata"]["name"] += f"-{number}"
        yield {**pod, "status": {**pod["status"], "podIP": addresses[0]["ip"], "podIPs": addresses}}


def _container_ports(ports: list[Object], offered: list[Object] | None) -> list[Object]:
    numbers = {(one.get("name") or "", one.get("protocol") or "TCP"): one.get("port") for one in offered or ()}
    found = [
        (f"p{at}", port.get("protocol") or "TCP", numbers.get((port.get("name") or "", port.get("protocol") or "TCP")))
        for at, port in enumerate(ports)
    ]
    return [{"name": name, "protocol": protocol, "containerPort": number} for name, protocol, number in found if number]


def _pod(service: Object, endpoint: Object, ports: list[Object]) -> Object:
    states = endpoint.get("conditions") or {}
    ready = states.get("ready", True)
    ending = not ready and states.get("terminating", False)
    available = ready or (ending and states.get("serving", True))
    meta = {
        "name": service["metadata"]["name"],
        "namespace": service["metadata"]["namespace"],
        "labels": service["spec"]["selector"],
    }
    node = {"nodeName": endpoint["nodeName"]} if "nodeName" in endpoint else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**meta, **({"deletionTimestamp": "2024-03-01T10:00:00Z"} if ending else {})},
        "spec": {**node, "containers": [{"name": "a", "image": "a", "ports": ports}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": str(available)}]},
    }
