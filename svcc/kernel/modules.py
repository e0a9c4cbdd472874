"""Modules of the kernel that IPVS needs: which are missing, and loading them.

    missing(["ip_vs", "ip_vs_mh"])   ->   ("ip_vs_mh",)       neither part of this kernel, nor loaded, nor to be had by modprobe
    load(["ip_vs", "ip_vs_mh"])                               as root, also out of a network namespace

A module that is part of the kernel has a folder in /sys/module only if it has parameters, so modprobe, which knows the list of those that are
built in, has the last word. Without modprobe, as in a container, what is there already is all there is.
"""

from collections.abc import Iterable
from pathlib import Path

from svcc.kernel.base import KernelError, Unsupported
from svcc.kernel.run import run

_LOADED = Path("/sys/module")
_IN_USE = {"ip_vs": Path("/proc/net/ip_vs")}
"""Files that are there only with a module, whichever way it came."""


def missing(names: Iterable[str]) -> tuple[str, ...]:
    """Return the modules that this kernel neither has nor could load; nothing is loaded by asking."""
    return tuple(one for one in names if not present(one) and not _could_load(one))


def present(name: str) -> bool:
    """Tell whether a module is part of the kernel, or loaded, as far as that can be seen."""
    return (_LOADED / name).is_dir() or (name in _IN_USE and _IN_USE[name].exists())


def demand(names: Iterable[str]) -> None:
    """Make sure that modules are there or could be loaded.

    Raises:
        Unsupported: some are not; the message names them.
    """
    lacking = missing(names)
    if lacking:
        raise Unsupported(f"this kernel has no IPVS (module{'s' * (len(lacking) > 1)} {', '.join(lacking)})", hint=HINT)


def load(names: Iterable[str]) -> None:
    """Load what is not there yet.

    Raises:
        Unsupported: a module cannot be loaded; the message has modprobe's words.
    """
    for one in names:
        if present(one):
            continue
        try:
            run(["modprobe", one])
        except KernelError as problem:
            raise Unsupported(f"the kernel module {one} cannot be loaded: {problem.message}", hint=HINT) from None


def _could_load(name: str) -> bool:
    try:
        run(["modprobe", "--dry-run", "--quiet", name])
    except KernelError:
        return False
    return True


HINT = "`modprobe ip_vs` on the host; a kernel without CONFIG_IP_VS, as some cloud hosts have, has to be replaced: Debian's linux-image-amd64 has it"
