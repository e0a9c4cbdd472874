"""The rules for the volumes of a Pod: their names, one source each, and what every source needs.

    volumes: [{name: a, nfs: {path: b}}]                   SVC104 …volumes[0].nfs.server, SVC171 …volumes[0].nfs.path
    volumes: [{name: a, hostPath: {path: /a, type: Dir}}]  SVC105 …volumes[0].hostPath.type

Facts (Kubernetes 1.34): a volume without a source is an emptyDir; of several, the first in the order of `_SOURCES` is judged and the
others are refused. Some field paths are misspelled there (`_REFUSED_AT`, `_JUDGED_AT`), and are here.
"""

from svcc.diag import Reason
from svcc.model.pod_disk_rules import DISKS
from svcc.model.pod_draft import Draft, fields_of, found_in, list_of, text_of
from svcc.model.pod_ephemeral_rules import check_ephemeral, check_own_claim, made_claims
from svcc.model.pod_file_rules import FILES
from svcc.model.pod_names import Place, check_label, check_unused, path_of, require
from svcc.source.cursor import Cursor, Fields, Node

# In the order in which the API server looks for them: it refuses all but the first. Beside each is what it cannot do without.
_SOURCES = {
    "emptyDir": (), "hostPath": ("path",), "gitRepo": ("repository",), "gcePersistentDisk": ("pdName",),
    "awsElasticBlockStore": ("volumeID",), "secret": ("secretName",), "nfs": ("server", "path"), "iscsi": ("targetPortal", "iqn"),
    "glusterfs": ("endpoints", "path"), "flocker": (), "persistentVolumeClaim": ("claimName",), "rbd": ("monitors", "image"),
    "cinder": ("volumeID",), "cephfs": ("monitors",), "quobyte": ("registry", "volume"), "downwardAPI": (), "fc": (),
    "flexVolume": ("driver",), "configMap": ("name",), "azureFile": ("secretName", "shareName"), "vsphereVolume": ("volumePath",),
    "photonPersistentDisk": ("pdID",), "portworxVolume": ("volumeID",), "azureDisk": ("diskName", "diskURI"),
    "storageos": ("volumeName",), "projected": (), "scaleIO": ("gateway", "system", "volumeName"), "csi": ("driver",),
    "ephemeral": ("volumeClaimTemplate",), "image": ("reference",),
}  # fmt: skip
_REFUSED_AT = {"cephfs": "cephFS", "downwardAPI": "downwarAPI"}
_JUDGED_AT = {"gcePersistentDisk": "persistentDisk"}
_MAX_INITIATOR = 64
_RULES = {**DISKS, **FILES}


def check_volumes(draft: Draft) -> dict[str, Fields] | None:
    """Return the volumes by name, wrong ones too: what mounts those has no mistake of its own. None where some are unreadable."""
    cursor, node = draft.cursor, draft.spec.get("volumes")
    first: dict[str, Node] = {}
    volumes = found_in(cursor, node)
    made = made_claims(draft, [found for _, found in volumes])
    for one, found in volumes:
        name = text_of(found.get("name"))
        if require(cursor, one, found, "name") and name:
            check_label(cursor, found["name"])
            check_unused(cursor, name, found["name"], first)
        _check_source(draft, one, found)
        check_own_claim(cursor, found, made)
    readable = all(text_of(found.get("name")) for _, found in volumes) and len(volumes) == len(list_of(node))
    return {text_of(found.get("name")) or "": found for _, found in reversed(volumes)} if readable else None


def _check_source(draft: Draft, node: Node, found: Fields) -> None:
    """SVC159: a volume of two sources; and the rules of the first."""
    cursor = draft.cursor
    given = [source for source in _SOURCES if source in found]
    for source in given[1:]:
        at = path_of(cursor, Place(node, f".{_REFUSED_AT[source]}")) if source in _REFUSED_AT else ""
        message = f"this volume is {given[0]} already"
        cursor.report("SVC159", message, found[source], at=at, reason=Reason.FORBIDDEN)
    if given and cursor.is_mapping(found[given[0]]):
        source, holder = given[0], found[given[0]]
        inside = fields_of(cursor, holder)
        place = Place(node, f".{_JUDGED_AT[source]}") if source in _JUDGED_AT else None
        for name in _SOURCES[source]:
            require(cursor, holder, inside, name, at=place)
        if source in _RULES:
            _RULES[source](cursor, holder, inside)
        elif source == "ephemeral":
            check_ephemeral(draft, found, inside)
    if "iscsi" in found:
        _check_portal(cursor, found, fields_of(cursor, found["iscsi"]))


def _check_portal(cursor: Cursor, found: Fields, inside: Fields) -> None:
    """SVC103: a name that is too long for the initiator, which is named by it and the portal."""
    name, portal = text_of(found.get("name")), text_of(inside.get("targetPortal"))
    if name and portal and "initiatorName" in inside and len(f"{name}:{portal}".encode()) > _MAX_INITIATOR:
        message = f"the name and the targetPortal have at most {_MAX_INITIATOR - 1} characters together"
        cursor.report("SVC103", message, found["name"], reason=Reason.INVALID)
