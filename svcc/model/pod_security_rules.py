"""The rules for security contexts, of a Pod and of its containers.

    securityContext: {runAsUser: -1}                                        SVC106 …securityContext.runAsUser
    securityContext: {privileged: true, allowPrivilegeEscalation: false}    SVC112 …securityContext

Facts (Kubernetes 1.34): capabilities are any words, but CAP_SYS_ADMIN is a privilege; /proc is unmasked only for users that are not
the host's; a sysctl is the Pod's own only where its network, or its IPC, is.
"""

import re

from svcc.diag import Reason
from svcc.model.pod_draft import Container, Draft, fields_of, flag_of, found_in, list_of, text_of
from svcc.model.pod_names import SHOWN, Place, check_unused, path_of, require
from svcc.model.pod_values import MAX_INT32, check_range, check_relative_path, check_word_given
from svcc.source.cursor import Cursor, Fields, Node

_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_PROC_MOUNTS = ("Default", "Unmasked")
_POLICIES = {
    "fsGroupChangePolicy": ("OnRootMismatch", "Always"),
    "supplementalGroupsPolicy": ("Merge", "Strict"),
    "seLinuxChangePolicy": ("Recursive", "MountOption"),
}
_MAX_PROFILE = 4095
_MAX_SYSCTL = 253
_SYSCTL = re.compile(r"[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?(?:[./][a-z0-9](?:[-_a-z0-9]*[a-z0-9])?)*\Z")
_OF_NETWORK = ("net.",)
_OF_IPC = ("kernel.shm", "kernel.msg", "fs.mqueue.")
_OF_IPC_ALONE = "kernel.sem"


def check_security(draft: Draft) -> None:
    """Report what is wrong with the security contexts of a Pod and of its containers."""
    cursor, spec = draft.cursor, draft.spec
    host_users = flag_of(spec.get("hostUsers"), default=True)
    for one in draft.containers:
        _check_container(cursor, one, host_users=host_users)
    node = spec.get("securityContext")
    if flag_of(spec.get("shareProcessNamespace")) and flag_of(spec.get("hostPID")):
        message = "hostPID shares the processes of the node already"
        at = path_of(cursor, Place(draft.node, ".securityContext.shareProcessNamespace"))
        cursor.report("SVC112", message, spec["shareProcessNamespace"], at=at, reason=Reason.INVALID)
    if node is None:
        return
    found = fields_of(cursor, node)
    _check_users(cursor, found, ("fsGroup", "runAsUser", "runAsGroup"))
    for group in list_of(found.get("supplementalGroups")):
        check_range(cursor, group, 0, MAX_INT32)
    for name, words in _POLICIES.items():
        check_word_given(cursor, found.get(name), words)
    _check_sysctls(draft, found.get("sysctls"))
    _check_profiles(cursor, found)


def _check_container(cursor: Cursor, one: Container, *, host_users: bool) -> None:
    node = one.found.get("securityContext")
    if node is None or not cursor.is_mapping(node):
        return
    found = fields_of(cursor, node)
    _check_users(cursor, found, ("runAsUser", "runAsGroup"))
    _check_profiles(cursor, found)
    proc = found.get("procMount")
    check_word_given(cursor, proc, _PROC_MOUNTS)
    if proc is not None and text_of(proc) == "Unmasked" and host_users:
        cursor.report("SVC112", "needs hostUsers: false", proc, reason=Reason.INVALID)
    if not flag_of(found.get("allowPrivilegeEscalation"), default=True):
        _check_escalation(cursor, node, found)


def _check_escalation(cursor: Cursor, node: Node, found: Fields) -> None:
    """SVC112: privileges that come by another way than escalation."""
    added = list_of(fields_of(cursor, found.get("capabilities")).get("add"))
    at = cursor.path(node) if flag_of(found.get("privileged")) or added else ""
    if flag_of(found.get("privileged")):
        message = "allowPrivilegeEscalation: false excludes privileged: true"
        cursor.report("SVC112", message, found["allowPrivilegeEscalation"], at=at, reason=Reason.INVALID)
    for capability in added:
        if text_of(capability) == "CAP_SYS_ADMIN":
            message = "allowPrivilegeEscalation: false excludes CAP_SYS_ADMIN"
            cursor.report("SVC112", message, capability, at=at, reason=Reason.INVALID)
            return


def _check_users(cursor: Cursor, found: Fields, names: tuple[str, ...]) -> None:
    for name in names:
        check_range(cursor, found.get(name), 0, MAX_INT32)


def _check_profiles(cursor: Cursor, found: Fields) -> None:
    for name in ("seccompProfile", "appArmorProfile"):
        node = found.get(name)
        if node is not None and cursor.is_mapping(node):
            _check_profile(cursor, node, fields_of(cursor, node), of_files=name == "seccompProfile")


def _check_profile(cursor: Cursor, node: Node, found: Fields, *, of_files: bool) -> None:
    """SVC104 and SVC112: a profile of the node without its name, or a name without that."""
    kind, profile = text_of(found.get("type")), found.get("localhostProfile")
    if require(cursor, node, found, "type"):
        check_word_given(cursor, found["type"], _PROFILES)
    if kind == "Localhost":
        if profile is None:
            require(cursor, node, found, "localhostProfile")
        elif of_files:
            check_relative_path(cursor, profile)
        else:
            _check_app_armor(cursor, node, found, profile)
    elif profile is not None and (of_files or kind in _PROFILES):
        message = "only profiles of the type Localhost have a name"
        cursor.report("SVC112", message, profile, reason=Reason.INVALID)


def _check_app_armor(cursor: Cursor, node: Node, found: Fields, profile: Node) -> None:
    """SVC103: the name of an AppArmor profile that is none."""
    name = text_of(profile)
    if name is not None and name != name.strip():
        cursor.report("SVC103", "a profile has no blanks around it", profile, reason=Reason.INVALID)
    else:
        require(cursor, node, found, "localhostProfile")
    if name is not None and len(name.encode(errors="surrogatepass")) > _MAX_PROFILE:
        message = f"a profile has at most {_MAX_PROFILE} characters"
        cursor.report("SVC103", message, profile, reason=Reason.TOO_LONG)


def _check_sysctls(draft: Draft, node: Node | None) -> None:
    """SVC103: the name of no sysctl; SVC112: one that would be the node's."""
    cursor = draft.cursor
    first: dict[str, Node] = {}
    host_ipc = flag_of(draft.spec.get("hostIPC"))
    for one, found in found_in(cursor, node):
        name = text_of(found.get("name"))
        if not require(cursor, one, found, "name") or name is None:
            continue
        if len(name) > _MAX_SYSCTL or not _SYSCTL.match(name):
            message = f'"{name[:SHOWN]}" is not the name of a sysctl'
            cursor.report("SVC103", message, found["name"], reason=Reason.INVALID, hint="as in net.core.somaxconn")
        else:
            check_unused(cursor, name, found["name"], first)
        dotted = _dotted(name)
        of_ipc = dotted == _OF_IPC_ALONE or dotted.startswith(_OF_IPC)
        if (draft.host_network and dotted.startswith(_OF_NETWORK)) or (host_ipc and of_ipc):
            message = "this Pod has none of its own, so this would be the node's"
            cursor.report("SVC112", message, found["name"], reason=Reason.INVALID)


def _dotted(name: str) -> str:
    """Return a sysctl with dots between its parts: the first of dot and slash is what stands between."""
    between = next((one for one in name if one in "./"), ".")
    return name if between == "." else name.translate(str.maketrans("/.", "./"))
