"""Know which network namespace this process is in, and enter another by name.

    enter("lab")      # as `ip netns exec lab` would, for this process alone
    identity()        ->  "lab"         "host" in the namespace of init, "net-4026532281" in one without a name

The identity keys state and locks: `svcc --netns lab` from outside and `ip netns exec lab svcc` from inside give the same.
A namespace that is deleted and made again keeps its name but is another `instance`.
"""

import ctypes
import os
import socket
import sys
from pathlib import Path

from svcc.kernel import rights
from svcc.kernel.base import NotFound, Unsupported

NAMED = Path("/run/netns")
_OWN = Path("/proc/self/ns/net")
_INIT = Path("/proc/1/ns/net")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_CLONE_NEWNET = 0x40000000
_NETNS_COOKIE = 71


def enter(name: str) -> None:
    """Move this process into the network namespace of that name.

    Raises:
        NotFound: there is none of that name.
        Denied: the right to do so is missing.
    """
    if not name or "/" in name or name in (".", ".."):
        raise NotFound(f"not the name of a network namespace: {name!r}", hint="`ip netns list` shows their names")
    try:
        descriptor = os.open(NAMED / name, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        hint = f"`ip netns list` shows their names, `ip netns add {name}` makes it"
        raise NotFound(f"there is no network namespace {name!r}", hint=hint) from None
    except PermissionError:
        raise rights.denied(f"entering the network namespace {name!r}", rights.SYS_ADMIN) from None
    try:
        _setns(descriptor, name)
    finally:
        os.close(descriptor)


def _setns(descriptor: int, name: str) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) == 0:
        return
    error = ctypes.get_errno()
    if error in (1, 13):  # EPERM, EACCES
        raise rights.denied(f"entering the network namespace {name!r}", rights.SYS_ADMIN)
    raise Unsupported(f"the network namespace {name!r} cannot be entered: {os.strerror(error)}")


def identity() -> str:
    """Return a stable name of the namespace that this process is in."""
    own, init = _OWN.stat(), _init()
    if init is not None and os.path.samestat(own, init):
        return "host"
    for path in sorted(NAMED.iterdir()) if NAMED.is_dir() else ():
        if _is(own, path) and _unmistakable(path.name):
            return path.name
    return f"net-{own.st_ino}" if init is not None or os.geteuid() == 0 else "host"


def _is(own: os.stat_result, path: Path) -> bool:
    try:
        return os.path.samestat(own, path.stat())
    except FileNotFoundError:
        # Somebody has removed another namespace since they were listed.
        return False


def _init() -> os.stat_result | None:
    """Return the namespace of init, or None where it is hidden.

    A container may hide it even from its root, for whom the inode is as stable a key as "host" then. Others may never see it: a namespace
    without a name is "host" to them, in folders that are theirs alone.
    """
    try:
        return _INIT.stat()
    except PermissionError:
        return None


def instance() -> str:
    """Return a key that differs between two namespaces of the same name, and after a reboot.

    It is the kernel's cookie of the namespace (Linux 5.14), or its inode on older kernels, which may be used again.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as any_socket:
        try:
            cookie = int.from_bytes(any_socket.getsockopt(socket.SOL_SOCKET, _NETNS_COOKIE, 8), sys.byteorder)
        except OSError:
            cookie = _OWN.stat().st_ino
    return f"{_BOOT.read_text().strip()}:{cookie}"


def _unmistakable(name: str) -> bool:
    """Tell whether a name cannot be taken for one of the two that we make up."""
    return name != "host" and not name.startswith("net-")
