"""The rules for volumes on the node, in the network and in clouds, one function a source.

    iscsi: {targetPortal: 10.0.0.9, iqn: a}      SVC103 …iscsi.iqn
    azureDisk: {…, kind: Managed, diskURI: a}    SVC105 …azureDisk.diskURI

Facts (Kubernetes 1.34): the defaults count, so an azureDisk is Shared and its diskURI a link; the path of an initiator is told without
the capital letter.
"""

import re
from collections.abc import Callable

from svcc.diag import Reason
from svcc.model.pod_draft import fields_of, flag_of, list_of, text_of
from svcc.model.pod_names import SHOWN, Place, check_label, check_subdomain, check_word, path_of, require
from svcc.model.pod_values import (
    check_no_way_up,
    check_range,
    check_relative_path,
    check_word_given,
    is_negative,
)
from svcc.source.cursor import Cursor, Fields, Node

Rule = Callable[[Cursor, Node, Fields], None]

_HOST_PATHS = ("", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice")
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_CACHING, _DISK_KINDS = ("None", "ReadOnly", "ReadWrite"), ("Shared", "Dedicated", "Managed")
_MAX_BYTE, _MAX_TENANT, _MAX_DRIVER = 255, 64, 63
_TARGET = re.compile(
    r"(?:iqn\.[0-9]{4}-[0-9]{2}\.[-A-Za-z0-9.]+:[^,;*&$|\s]+|eui.[A-Za-z0-9]{16}|naa.[A-Za-z0-9]{32})\Z", re.ASCII
)
_OURS = (".kubernetes.io", ".k8s.io")


def _empty_dir(cursor: Cursor, _node: Node, found: Fields) -> None:
    """SVC106: less room than none."""
    if is_negative(found.get("sizeLimit")):
        cursor.report("SVC106", "must not be negative", found["sizeLimit"], reason=Reason.FORBIDDEN)


def _host_path(cursor: Cursor, _node: Node, found: Fields) -> None:
    check_no_way_up(cursor, found.get("path"))
    if text_of(found.get("path")):
        check_word_given(cursor, found.get("type"), _HOST_PATHS)


def _git_repo(cursor: Cursor, _node: Node, found: Fields) -> None:
    check_relative_path(cursor, found.get("directory"))


def _gce(cursor: Cursor, node: Node, found: Fields) -> None:
    path = cursor.path(node).rpartition(".")[0] if "partition" in found else ""
    check_range(cursor, found.get("partition"), 0, _MAX_BYTE, at=Place(cursor.root, f"{path}.persistentDisk.partition"))


def _aws(cursor: Cursor, _node: Node, found: Fields) -> None:
    check_range(cursor, found.get("partition"), 0, _MAX_BYTE)


def _nfs(cursor: Cursor, _node: Node, found: Fields) -> None:
    """SVC171: what a server exports is an absolute path."""
    path = text_of(found.get("path"))
    if path and not path.startswith("/"):
        cursor.report("SVC171", "must be an absolute path", found["path"], reason=Reason.INVALID)


def _iscsi(cursor: Cursor, node: Node, found: Fields) -> None:
    for name, at in (("iqn", None), ("initiatorName", Place(node, ".initiatorname"))):
        word = text_of(found.get(name))
        if name in found and (word or name == "initiatorName") and word is not None and not _TARGET.match(word):
            message = f'"{word[:SHOWN]}" is not an iSCSI name'
            hint = "as in iqn.2001-04.com.example:storage"
            cursor.report("SVC103", message, found[name], at=path_of(cursor, at), reason=Reason.INVALID, hint=hint)
    check_range(cursor, found.get("lun"), 0, _MAX_BYTE)
    if "secretRef" not in found and any(flag_of(found.get(f"chapAuth{one}")) for one in ("Discovery", "Session")):
        require(cursor, node, found, "secretRef")


def _flocker(cursor: Cursor, node: Node, found: Fields) -> None:
    """SVC159: neither or both names of a dataset; SVC103: a name with a slash."""
    given = [name for name in ("datasetName", "datasetUUID") if text_of(found.get(name))]
    if not given:
        cursor.report("SVC159", "needs datasetName or datasetUUID", node, reason=Reason.REQUIRED)
    elif len(given) > 1:
        cursor.report("SVC159", "has both datasetName and datasetUUID", node, reason=Reason.INVALID)
    if "/" in (text_of(found.get("datasetName")) or ""):
        cursor.report("SVC103", "must not contain /", found["datasetName"], reason=Reason.INVALID)


def _cinder(cursor: Cursor, _node: Node, found: Fields) -> None:
    _check_secret(cursor, found.get("secretRef"))


def _check_secret(cursor: Cursor, node: Node | None) -> bool:
    """SVC104: a reference to a Secret without its name."""
    return node is not None and cursor.is_mapping(node) and require(cursor, node, fields_of(cursor, node), "name")


def _quobyte(cursor: Cursor, node: Node, found: Fields) -> None:
    registry, tenant = text_of(found.get("registry")), text_of(found.get("tenant"))
    if not registry:
        return
    if tenant and len(tenant) > _MAX_TENANT:
        message = f"a tenant has at most {_MAX_TENANT} characters"
        cursor.report("SVC103", message, found["tenant"], reason=Reason.REQUIRED)
    elif not all(_is_host_and_port(one) for one in registry.split(",")):
        message = "must be host:port, several of them separated by commas"
        cursor.report("SVC107", message, found.get("registry", node), reason=Reason.INVALID)


def _is_host_and_port(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    if host.startswith("["):
        return host.endswith("]") and not {"[", "]"} & set(host[1:-1] + port)
    return bool(colon) and not {":", "[", "]"} & set(host + port)


def _fc(cursor: Cursor, node: Node, found: Fields) -> None:
    """SVC159: neither or both kinds of names; SVC104: a target without its unit."""
    targets, ids = list_of(found.get("targetWWNs")), list_of(found.get("wwids"))
    if not targets and not ids:
        require(cursor, node, found, "targetWWNs", "or wwids")
    elif targets and ids:
        cursor.report("SVC159", "has both targetWWNs and wwids", found["targetWWNs"], reason=Reason.INVALID)
    if targets and require(cursor, node, found, "lun"):
        check_range(cursor, found["lun"], 0, _MAX_BYTE)


def _flex(cursor: Cursor, _node: Node, found: Fields) -> None:
    """SVC103: an option that belongs to Kubernetes."""
    for name, value in fields_of(cursor, found.get("options")).items():
        if f".{name.partition('/')[0].lower()}".endswith(_OURS):
            at = f"{cursor.path(found['options'])}[{name[:SHOWN]}]"
            cursor.report("SVC103", "names of kubernetes.io and k8s.io are taken", value, at=at, reason=Reason.INVALID)


def _azure_disk(cursor: Cursor, _node: Node, found: Fields) -> None:
    check_word(cursor, found.get("cachingMode"), _CACHING)
    check_word(cursor, found.get("kind"), _DISK_KINDS)
    kind, uri = text_of(found.get("kind")) or "Shared", text_of(found.get("diskURI"))
    start = "/subscriptions/" if kind == "Managed" else "https://"
    if uri and not uri.startswith(start):
        message = f"the diskURI of a {kind[:SHOWN]} disk begins with {start}"
        cursor.report("SVC105", message, found["diskURI"], reason=Reason.NOT_SUPPORTED)


def _storage_os(cursor: Cursor, _node: Node, found: Fields) -> None:
    check_label(cursor, found.get("volumeName"))
    check_label(cursor, found.get("volumeNamespace"))
    _check_secret(cursor, found.get("secretRef"))


def _csi(cursor: Cursor, node: Node, found: Fields) -> None:
    """SVC103: the name of a driver, whose case does not count, and of a Secret, which is told by another path."""
    driver = text_of(found.get("driver"))
    if driver and len(driver) > _MAX_DRIVER:
        message = f"the name of a driver has at most {_MAX_DRIVER} characters"
        cursor.report("SVC103", message, found["driver"], reason=Reason.TOO_LONG)
    elif driver:
        check_subdomain(cursor, found["driver"], ignore_case=True)
    secret = found.get("nodePublishSecretRef")
    if _check_secret(cursor, secret):
        check_subdomain(cursor, fields_of(cursor, secret).get("name"), at=Place(node, ".name"))


def _image(cursor: Cursor, _node: Node, found: Fields) -> None:
    check_word(cursor, found.get("pullPolicy"), _PULL_POLICIES)


DISKS: dict[str, Rule] = {
    "emptyDir": _empty_dir,
    "hostPath": _host_path,
    "gitRepo": _git_repo,
    "gcePersistentDisk": _gce,
    "awsElasticBlockStore": _aws,
    "nfs": _nfs,
    "iscsi": _iscsi,
    "flocker": _flocker,
    "cinder": _cinder,
    "quobyte": _quobyte,
    "fc": _fc,
    "flexVolume": _flex,
    "azureDisk": _azure_disk,
    "storageos": _storage_os,
    "csi": _csi,
    "image": _image,
}
