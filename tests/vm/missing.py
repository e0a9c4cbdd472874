"""What the machine cannot be built or run without, and the Debian package that brings each.

    tool("depmod")  ->  "/usr/sbin/depmod"      or  MachineError: depmod is missing: apt-get install kmod

busybox must be static, since it runs before there is any library. virtiofsd stands in no PATH: Debian 12 has it in the package
qemu-system-common under /usr/lib/qemu, later releases in a package of its own under /usr/libexec.
"""

import os
import shutil
from pathlib import Path

PACKAGES = {
    "qemu-system-x86_64": "qemu-system-x86",
    "virtiofsd": "virtiofsd (Debian 12: qemu-system-common)",
    "busybox": "busybox-static",
    "depmod": "kmod",
    "modprobe": "kmod",
    "apt-get": "apt",
    "apt-cache": "apt",
    "dpkg-deb": "dpkg",
    "setpriv": "util-linux",
}
_ASIDE = ("/usr/sbin", "/sbin", "/usr/lib/qemu", "/usr/libexec")
_LOADER = b"/ld-linux"


class MachineError(Exception):
    """The machine cannot be built or run here, or it stopped without an exit status; the message says why."""


def tool(name: str) -> str:
    """Return the path of a program.

    Raises:
        MachineError: it is missing; the message names its package.
    """
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *_ASIDE)))
    if found is None:
        raise MachineError(f"{name} is missing: apt-get install {PACKAGES[name]}")
    return found


def static_busybox() -> bytes:
    """Return a busybox that needs no library.

    Raises:
        MachineError: there is none.
    """
    read = Path(tool("busybox")).read_bytes()
    if _LOADER in read[:4096]:
        raise MachineError(f"busybox needs libraries: apt-get install {PACKAGES['busybox']}")
    return read
