"""Fill a Pod in as the API server would hold it.

    containers: [{name: web, image: web}]   ->   containers: [{name: web, image: web, imagePullPolicy: Always, resources: {}, …}]
                                                 restartPolicy: Always, dnsPolicy: ClusterFirst, enableServiceLinks: true, …

Of volumes, only what every volume gets is filled in: none of it matters to packets or names.
"""

from typing import Any

Object = dict[str, Any]

_SPEC = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
    "enableServiceLinks": True,
}
_CONTAINER = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


def fill_pod(held: Object) -> Object:
    """Return a Pod with its defaults."""
    spec = held.get("spec") or {}
    filled = {**spec, **{key: value for key, value in _SPEC.items() if spec.get(key) in (None, "")}}
    for name in _CONTAINERS:
        if spec.get(name):
            filled[name] = [_container(one, host=bool(spec.get("hostNetwork"))) for one in spec[name]]
    return {**held, "spec": filled}


def _container(held: Object, *, host: bool) -> Object:
    filled = {**held, **{key: value for key, value in _CONTAINER.items() if held.get(key) in (None, "")}}
    if not held.get("imagePullPolicy"):
        filled["imagePullPolicy"] = "Always" if _is_latest(held.get("image") or "") else "IfNotPresent"
    if held.get("ports"):
        filled["ports"] = [_port(one, host=host) for one in held["ports"]]
    for name in _PROBES:
        if held.get(name):
            filled[name] = _probe(held[name])
    return filled


def _port(held: Object, *, host: bool) -> Object:
    filled = {**held, "protocol": held.get("protocol") or "TCP"}
    if host and not held.get("hostPort"):
        filled["hostPort"] = held["containerPort"]
    return filled


def _probe(held: Object) -> Object:
    filled = {**held, **{key: value for key, value in _PROBE.items() if not held.get(key)}}
    request = held.get("httpGet")
    if request:
        filled["httpGet"] = {**request, "path": request.get("path") or "/", "scheme": request.get("scheme") or "HTTP"}
    if held.get("grpc"):
        filled["grpc"] = {**held["grpc"], "service": held["grpc"].get("service", "")}
    return filled


def _is_latest(image: str) -> bool:
    """Tell whether an image has the tag `latest`, or neither tag nor digest."""
    last = image.rpartition("/")[2]
    if "@" in last:
        return False
    _, colon, tag = last.rpartition(":")
    return not colon or tag == "latest"
