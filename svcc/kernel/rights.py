"""The capabilities of this process, and what to tell somebody who lacks one.

    denied("changing ip_vs", NET_ADMIN)
        ->  Denied: changing ip_vs needs CAP_NET_ADMIN, which this process does not have
            hint    run svcc as root, or with CAP_NET_ADMIN: `AmbientCapabilities=CAP_NET_ADMIN` in a unit of systemd, …

svcc needs CAP_NET_ADMIN; CAP_NET_RAW for what legacy iptables asks for, CAP_SYS_MODULE to load modules itself, and CAP_SYS_ADMIN to enter
a namespace. The programs that it starts get what is ambient, unless it is root.
"""

import os
from pathlib import Path

from svcc.kernel.base import Denied

NET_ADMIN, NET_RAW, SYS_MODULE, SYS_ADMIN = 12, 13, 16, 21
"""Numbers of capabilities(7)."""
_NAMES = {NET_ADMIN: "CAP_NET_ADMIN", NET_RAW: "CAP_NET_RAW", SYS_MODULE: "CAP_SYS_MODULE", SYS_ADMIN: "CAP_SYS_ADMIN"}
_STATUS = Path("/proc/self/status")


def held(capability: int) -> bool:
    """Tell whether this process has a capability."""
    return _holds("CapEff", capability)


def passed_on(capability: int) -> bool:
    """Tell whether programs that this process starts have a capability."""
    return _holds("CapEff" if os.geteuid() == 0 else "CapAmb", capability)


def denied(what: str, capability: int, *, by_tool: bool = False, said: str = "") -> Denied:
    """Return the exception for something that needs a capability; `by_tool` when a program was to do it, which `said` something."""
    name, told = _NAMES[capability], f": {said}" if said else ""
    hint = f"run svcc as root, or with {name}: `AmbientCapabilities={name}` in a unit of systemd, `setpriv --ambient-caps` elsewhere"
    if not held(capability):
        return Denied(f"{what} needs {name}, which this process does not have{told}", hint=hint)
    if by_tool and not passed_on(capability):
        return Denied(f"{what} needs {name}, which this process has but does not pass on{told}", hint=hint)
    hint = "in a container the host decides; elsewhere ask the security module"
    return Denied(f"{what} was not permitted, although this process has {name}{told}", hint=hint)


def _holds(kind: str, capability: int) -> bool:
    lines = (line.partition(":") for line in _STATUS.read_text(encoding="utf-8", errors="replace").splitlines())
    value = next((words for name, _, words in lines if name == kind), "0")
    return bool(int(value, 16) >> capability & 1)
