"""The rules for what containers see of volumes: `volumeMounts` and `volumeDevices`.

    volumeMounts: [{name: config, mountPath: /etc/a, subPath: ../b}]     SVC171 …volumeMounts.subPath
    volumeDevices: [{name: config, devicePath: /dev/a}]                  SVC112 …volumeDevices[0].name: a ConfigMap is no device

Facts (Kubernetes 1.34): mistakes in subPath, subPathExpr, mountPropagation and recursiveReadOnly are told by the path of the list,
without the index.
"""

from collections.abc import Mapping

from svcc.diag import Reason
from svcc.model.pod_draft import EPHEMERAL, Container, fields_of, flag_of, found_in, text_of
from svcc.model.pod_names import Place, check_unused, path_of, require, there_is_no
from svcc.model.pod_values import check_no_way_up, check_relative_path, check_word_given
from svcc.source.cursor import Cursor, Fields, Node

Volumes = Mapping[str, Fields]

_PROPAGATIONS = ("None", "HostToContainer", "Bidirectional")
_RECURSIVE = ("Disabled", "IfPossible", "Enabled")
_DEVICES = ("persistentVolumeClaim", "ephemeral")
_SUBPATHS = ("subPath", "subPathExpr")


def check_mounts(cursor: Cursor, one: Container, volumes: Volumes | None) -> None:
    """Report what is wrong with the mounts and devices of a container; None where the volumes of the Pod are unknown."""
    mounts, devices = one.found.get("volumeMounts"), one.found.get("volumeDevices")
    _check_mounted(cursor, mounts, "mountPath", volumes)
    _check_mounted(cursor, devices, "devicePath", volumes)
    if mounts is not None and devices is not None:
        _check_apart(cursor, mounts, devices)
    privileged = flag_of(fields_of(cursor, one.found.get("securityContext")).get("privileged"))
    at = Place(one.node, ".volumeMounts")
    for _, found in found_in(cursor, mounts):
        volume = (volumes or {}).get(text_of(found.get("name")) or "", {})
        _check_subpaths(cursor, found, at, of_image="image" in volume)
        _check_propagation(cursor, found, at, privileged=privileged)
        for name in _SUBPATHS if one.kind == EPHEMERAL else ():
            if text_of(found.get(name)):
                message = f"an ephemeral container has no {name}"
                cursor.report("SVC158", message, found[name], reason=Reason.FORBIDDEN)
    _check_devices(cursor, devices, volumes or {})


def _check_mounted(cursor: Cursor, node: Node | None, path: str, volumes: Volumes | None) -> None:
    """SVC151: a mount of a volume that is not there; SVC119: two mounts at one path."""
    first: dict[str, Node] = {}
    for one, found in found_in(cursor, node):
        volume = text_of(found.get("name"))
        if require(cursor, one, found, "name") and volume and volumes is not None and volume not in volumes:
            there_is_no(cursor, found["name"], "volume", volumes)
        where = text_of(found.get(path))
        if require(cursor, one, found, path) and where:
            check_unused(cursor, where, found[path], first, Reason.INVALID)


def _check_apart(cursor: Cursor, mounts: Node, devices: Node) -> None:
    """SVC112: one volume, or one path, both as a directory and as a device."""
    sides = (("mountPath", found_in(cursor, mounts)), ("devicePath", found_in(cursor, devices)))
    for (path, ours), (other, theirs) in (sides, sides[::-1]):
        names = {text_of(found.get("name")) for _, found in theirs} - {"", None}
        paths = {text_of(found.get(other)) for _, found in theirs} - {"", None}
        for _, found in ours:
            for name, taken in (("name", names), (path, paths)):
                if text_of(found.get(name)) in taken:
                    message = "volumeMounts and volumeDevices share neither names nor paths"
                    cursor.report("SVC112", message, found[name], reason=Reason.INVALID)


def _check_subpaths(cursor: Cursor, found: Fields, at: Place, *, of_image: bool) -> None:
    for name in _SUBPATHS:
        check_relative_path(cursor, found.get(name), at=at.below(name))
        if text_of(found.get(name)) and of_image:
            cursor.report("SVC112", f"there is no {name} of an image", found[name], reason=Reason.INVALID)
    if text_of(found.get("subPath")) and text_of(found.get("subPathExpr")):
        message = "subPath and subPathExpr exclude each other"
        cursor.report("SVC112", message, found["subPathExpr"], reason=Reason.INVALID)


def _check_propagation(cursor: Cursor, found: Fields, at: Place, *, privileged: bool) -> None:
    propagation, recursive = found.get("mountPropagation"), found.get("recursiveReadOnly")
    place = at.below("mountPropagation")
    check_word_given(cursor, propagation, _PROPAGATIONS, at=place)
    word = text_of(propagation)
    if word == "Bidirectional" and propagation is not None and not privileged:
        message, hint = (
            "only privileged containers give their mounts to the node",
            "securityContext: {privileged: true}",
        )
        cursor.report("SVC112", message, propagation, at=path_of(cursor, place), hint=hint)
    place = at.below("recursiveReadOnly")
    check_word_given(cursor, recursive, _RECURSIVE, at=place)
    if recursive is not None and text_of(recursive) in _RECURSIVE[1:]:
        if not flag_of(found.get("readOnly")):
            cursor.report("SVC112", "needs readOnly: true", recursive, at=path_of(cursor, place))
        if word and word != "None":
            cursor.report("SVC112", "excludes mountPropagation", recursive, at=path_of(cursor, place))


def _check_devices(cursor: Cursor, node: Node | None, volumes: Volumes) -> None:
    first: dict[str, Node] = {}
    for _, found in found_in(cursor, node):
        name = text_of(found.get("name"))
        if name:
            check_unused(cursor, name, found["name"], first, Reason.INVALID)
            if name in volumes and set(_DEVICES).isdisjoint(volumes[name]):
                message = "only a persistentVolumeClaim or an ephemeral volume can be a device"
                cursor.report("SVC112", message, found["name"], reason=Reason.INVALID)
        check_no_way_up(cursor, found.get("devicePath"))
