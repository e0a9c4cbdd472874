"""Fill a Pod in as the API server would hold it.

    containers: [{name: web, image: web}]   ->   containers: [{name: web, image: web, imagePullPolicy: Always, resources: {}, …}]
                                                 restartPolicy: Always, dnsPolicy: ClusterFirst, enableServiceLinks: true, …

The defaults are those of pkg/apis/core/v1/defaults.go and of the types' own markers (Kubernetes 1.34). Quantities stay as they are
written, and resources of the Pod as a whole are not summed up. What admission adds in a cluster (service account, tolerations,
priority) is not made up.
"""

from typing import Any

from svcc.model.pod_draft import EPHEMERAL, LISTS
from svcc.model.pod_fields import TYPES, Shape

Object = dict[str, Any]

_MODE = {"defaultMode": 0o644}
_CONTAINER = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_DEFAULTS: dict[str, Object] = {
    "PodSpec": {
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "securityContext": {},
        "schedulerName": "default-scheduler",
        "enableServiceLinks": True,
    },
    "Container": _CONTAINER,
    "EphemeralContainer": _CONTAINER,
    "ContainerPort": {"protocol": "TCP"},
    "Probe": {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
    "HTTPGetAction": {"path": "/", "scheme": "HTTP"},
    "GRPCAction": {"service": ""},
    "ObjectFieldSelector": {"apiVersion": "v1"},
    "ResourceFieldSelector": {"divisor": "0"},
    "SecretVolume": _MODE,
    "ConfigMapVolume": _MODE,
    "DownwardAPIVolume": _MODE,
    "ProjectedVolume": _MODE,
    "ServiceAccountTokenProjection": {"expirationSeconds": 3600},
    "HostPathVolume": {"type": ""},
    "PersistentVolumeClaimSpec": {"volumeMode": "Filesystem"},
    "ISCSIVolume": {"iscsiInterface": "default"},
    "RBDVolume": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
    "ScaleIOVolume": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
    "AzureDiskVolume": {"cachingMode": "ReadWrite", "fsType": "ext4", "kind": "Shared", "readOnly": False},
}


def fill_pod(held: Object) -> Object:
    """Return a Pod with its defaults."""
    spec = _filled(held.get("spec") or {}, "PodSpec")
    for name in LISTS:
        if spec.get(name):
            host = bool(spec.get("hostNetwork")) and name != EPHEMERAL
            spec[name] = [_container(one, host=host) for one in spec[name]]
    if spec.get("volumes"):
        spec["volumes"] = [_volume(one) for one in spec["volumes"]]
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec |= {"serviceAccountName": account, "serviceAccount": account}
    status = {"status": _status(held["status"])} if held.get("status") else {}
    return {**held, "spec": spec, **status}


def _filled(held: Any, of: str) -> Any:
    """Return a value of a type of the table, with the defaults of everything inside."""
    if of not in TYPES or not isinstance(held, dict):
        return held
    found = {}
    for name, value in held.items():
        shape, inside = TYPES[of].fields[name]
        found[name] = [_filled(one, inside) for one in value] if shape is Shape.LIST else _filled(value, inside)
    defaults = _DEFAULTS.get(of, {})
    return {**found, **{name: value for name, value in defaults.items() if _is_absent(found.get(name), of)}}


def _is_absent(value: Any, of: str) -> bool:
    """Tell whether a default takes the place of a value; numbers of a probe are absent when they are 0, others may be 0."""
    return value is None or value == "" or (of == "Probe" and value == 0)


def _container(held: Object, *, host: bool) -> Object:
    filled = _with_policy(held, "imagePullPolicy", held.get("image"))
    limits = held["resources"].get("limits")
    if limits:
        requests = {**limits, **(held["resources"].get("requests") or {})}
        filled["resources"] = {**held["resources"], "requests": requests}
    if host and held.get("ports"):
        filled["ports"] = [{**one, "hostPort": one.get("hostPort") or one["containerPort"]} for one in held["ports"]]
    return filled


def _volume(held: Object) -> Object:
    if held.keys() == {"name"}:
        return {**held, "emptyDir": {}}
    image = held.get("image")
    if not image:
        return held
    return {**held, "image": _with_policy(image, "pullPolicy", image.get("reference"))}


def _status(held: Object) -> Object:
    """Return the status, where `podIP` and the first of `podIPs` are one."""
    several = held.get("podIPs") or []
    single = held.get("podIP") or (several[0].get("ip") if several else None)
    if not single:
        return held
    same = several and several[0].get("ip") == single
    return {**held, "podIP": single, "podIPs": several if same else [{"ip": single}]}


def _with_policy(held: Object, name: str, image: str | None) -> Object:
    return {**held, name: held.get(name) or _pull_policy(image or "")}


def _pull_policy(image: str) -> str:
    """Return when an image is pulled: always with the tag `latest`, which is also the tag of one without tag and digest."""
    name, digest, _ = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2] or ("" if digest else "latest")
    return "Always" if tag == "latest" else "IfNotPresent"
