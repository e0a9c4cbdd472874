"""The rules that hang on the operating system of a Pod, and on whose users it has.

    os: {name: windows}, hostPID: true          SVC112 spec.hostPID
    hostUsers: false, hostNetwork: true         SVC112 spec.hostNetwork

Facts (Kubernetes 1.34): without `os` nothing is refused that Windows has not; the fields that Windows has alone are judged always.
Containers of the kind HostProcess come alone, and with the network of the node.
"""

import re

from svcc.diag import Reason
from svcc.model.pod_draft import Container, Draft, fields_of, flag_of, text_of
from svcc.model.pod_names import check_object_name, require
from svcc.source.cursor import Cursor, Fields, Node

_SYSTEMS = ("linux", "windows")
# Pointers count when they are there; flags that are false, and lists without members, do not.
_NOT_OF_WINDOWS = ("hostUsers", "shareProcessNamespace")
_FLAGS_NOT_OF_WINDOWS = ("hostPID", "hostIPC")
_POD_CONTEXT = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser", "runAsGroup",
    "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy",
)  # fmt: skip
_CONTEXT = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged",
    "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
)  # fmt: skip
_HOST_SPACES = {"hostNetwork": "hostNetwork", "hostPID": "HostPID", "hostIPC": "HostIPC"}

_MAX_SPEC = 64 * 1024
_MAX_DOMAIN, _MAX_USER = 255, 104
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NETBIOS = re.compile(r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}\Z')
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\Z")
_NOT_IN_USERS = re.compile(r'["/\\:;|=,+*?<>@\[\]]')


def check_system(draft: Draft) -> None:
    """Report what the operating system of a Pod, or its own users, rule out."""
    cursor = draft.cursor
    node = draft.spec.get("os")
    system = _system(cursor, node)
    if system == "windows":
        _check_windows(draft)
    contexts = [draft.spec.get("securityContext"), *(one.found.get("securityContext") for one in draft.containers)]
    for context in contexts:
        options = fields_of(cursor, context).get("windowsOptions")
        if options is not None and system == "linux":
            cursor.report("SVC112", "a Pod of Linux has no options of Windows", options, reason=Reason.FORBIDDEN)
        if options is not None:
            _check_options(cursor, options, fields_of(cursor, options))
    _check_host_process(draft)
    if not flag_of(draft.spec.get("hostUsers"), default=True):
        _check_host_spaces(draft)


def _system(cursor: Cursor, node: Node | None) -> str | None:
    """SVC105: an operating system that is none, told by the path of `os`."""
    if node is None or not cursor.is_mapping(node):
        return None
    found = fields_of(cursor, node)
    name = text_of(found.get("name"))
    if require(cursor, node, found, "name") and name not in (None, *_SYSTEMS):
        hint = f"one of {', '.join(_SYSTEMS)}"
        message = "svcc knows no such operating system"
        cursor.report("SVC105", message, found["name"], at=cursor.path(node), hint=hint)
    return name


def _check_windows(draft: Draft) -> None:
    """SVC112: what Windows has not."""
    cursor, spec = draft.cursor, draft.spec
    for name in _NOT_OF_WINDOWS:
        _forbid(cursor, spec, name)
    for name in _FLAGS_NOT_OF_WINDOWS:
        if flag_of(spec.get(name)):
            _forbid(cursor, spec, name)
    context = fields_of(cursor, spec.get("securityContext"))
    for name in _POD_CONTEXT:
        if name != "sysctls" or (name in context and context[name].value != []):
            _forbid(cursor, context, name)
    for one in draft.containers:
        own = fields_of(cursor, one.found.get("securityContext"))
        for name in _CONTEXT:
            _forbid(cursor, own, name)


def _forbid(cursor: Cursor, found: Fields, name: str) -> None:
    if name in found:
        cursor.report("SVC112", f"a Pod of Windows has no {name}", found[name], reason=Reason.FORBIDDEN)


def _check_host_spaces(draft: Draft) -> None:
    """SVC112: users of its own in what is the node's; the API server writes two of the fields with a capital."""
    for name, shown in _HOST_SPACES.items():
        if flag_of(draft.spec.get(name)):
            at = f"{draft.cursor.path(draft.node)}.{shown}"
            message = f"hostUsers: false excludes {name}: true"
            draft.cursor.report("SVC112", message, draft.spec[name], at=at, reason=Reason.FORBIDDEN)


def _check_host_process(draft: Draft) -> None:
    """SVC112: containers of the kind HostProcess beside others, or without the network of the node."""
    cursor = draft.cursor
    whole = _host_process(cursor, draft.spec)
    kinds = [_own_host_process(draft, one, whole) for one in draft.containers]
    if not any(kinds):
        return
    if not all(kinds):
        message = "all containers are of the kind HostProcess, or none is"
        cursor.report("SVC112", message, draft.node, reason=Reason.INVALID)
    if not draft.host_network:
        message, where = "hostProcess needs hostNetwork: true", draft.spec.get("hostNetwork", draft.node)
        below = "" if "hostNetwork" in draft.spec else "hostNetwork"
        cursor.report("SVC112", message, where, below=below, reason=Reason.INVALID)


def _host_process(cursor: Cursor, found: Fields) -> Node | None:
    options = fields_of(cursor, found.get("securityContext")).get("windowsOptions")
    return fields_of(cursor, options).get("hostProcess")


def _own_host_process(draft: Draft, one: Container, whole: Node | None) -> bool:
    own = _host_process(draft.cursor, one.found)
    if own is not None and whole is not None and flag_of(own) != flag_of(whole):
        message = "must be what the Pod's own securityContext says"
        draft.cursor.report("SVC112", message, own, reason=Reason.INVALID)
    return flag_of(own if own is not None else whole)


def _check_options(cursor: Cursor, node: Node, found: Fields) -> None:
    if "gmsaCredentialSpecName" in found:
        check_object_name(cursor, node, found, "gmsaCredentialSpecName")
    spec = text_of(found.get("gmsaCredentialSpec"))
    if "gmsaCredentialSpec" in found and spec is not None:
        if not spec:
            cursor.report("SVC104", "must not be empty", found["gmsaCredentialSpec"], reason=Reason.INVALID)
        elif len(spec.encode(errors="surrogatepass")) > _MAX_SPEC:
            message = f"has at most {_MAX_SPEC} bytes"
            cursor.report("SVC106", message, found["gmsaCredentialSpec"], reason=Reason.INVALID)
    user = text_of(found.get("runAsUserName"))
    if "runAsUserName" in found and user is not None and not _is_user(user):
        message, hint = "is not the name of a user of Windows", "as in ContainerUser or DOMAIN\\user"
        cursor.report("SVC103", message, found["runAsUserName"], reason=Reason.INVALID, hint=hint)


def _is_user(text: str) -> bool:
    """Tell whether a text is the name of a user of Windows, with or without its domain."""
    domain, backslash, user = text.rpartition("\\")
    if _CONTROL.search(text) or "\\" in domain or not user.strip(". ") or _NOT_IN_USERS.search(user):
        return False
    fits = len(domain) <= _MAX_DOMAIN and len(user) <= _MAX_USER
    return fits and (not backslash or bool(_NETBIOS.match(domain) or _DOMAIN.match(domain)))
