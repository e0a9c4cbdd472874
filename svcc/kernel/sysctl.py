"""Read and write kernel settings of this network namespace, under /proc/sys.

    Sysctl(["net.ipv4.ip_forward"]).snapshot()  ->  {"net.ipv4.ip_forward": "0"}
    …commit(diff(live, {"net.ipv4.ip_forward": "1"}))

Time-outs of ip_vs, `ipvs.tcpTimeout`, are settings like these, though they are reached by netlink (`ipvs_timeouts`).

/proc/sys/net shows the namespace of the process that looks. A dot inside an interface's name is written as a slash, as
sysctl(8) has it: `net.ipv4.conf.eth0/100.rp_filter`.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from svcc.kernel import ipvs_timeouts, rights
from svcc.kernel.base import CommitError, Denied, KernelError, NotFound
from svcc.plan.change import Change
from svcc.plan.frontends import Frontends
from svcc.plan.services import Sides
from svcc.plan.sysctl import SUBSYSTEM, diff

_ROOT = Path("/proc/sys")
_SWAP = str.maketrans("./", "/.")


def read(key: str) -> str | None:
    """Return the value of a setting, or None when this kernel has none of that name."""
    if key.startswith(ipvs_timeouts.PREFIX):
        return ipvs_timeouts.read(key)
    try:
        return _path(key).read_text().strip()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise Denied(f"the setting {key} cannot be read: {problem.strerror}", hint="run svcc as root") from None


def write(key: str, value: str) -> None:
    """Set a setting.

    Raises:
        NotFound: this kernel has none of that name.
        Denied: it may not be written.
    """
    if key.startswith(ipvs_timeouts.PREFIX):
        ipvs_timeouts.write(key, value)
        return
    try:
        _path(key).write_text(f"{value}\n")
    except FileNotFoundError:
        raise NotFound(f"this kernel has no setting {key}") from None
    except PermissionError:
        raise rights.denied(f"to set {key} to {value}", rights.NET_ADMIN) from None
    except OSError as problem:
        hint = "in a container /proc/sys may be read-only: set it on the host"
        raise Denied(f"the setting {key} cannot be set to {value}: {problem.strerror}", hint=hint) from None


def _path(key: str) -> Path:
    return _ROOT / key.translate(_SWAP)


class Sysctl:
    """The subsystem of kernel settings. It reads those named at the start, and writes those of a plan."""

    name = SUBSYSTEM

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = tuple(keys)

    def snapshot(self) -> Mapping[str, str]:
        """Return the settings that this kernel has, with their values."""
        return {key: value for key in self._keys if (value := read(key)) is not None}

    def plan(self, live: Mapping[str, str], want: Mapping[str, str]) -> tuple[Change, ...]:
        """Return what must change so that `live` becomes `want`."""
        return diff(live, want)

    def services(self, live: Mapping[str, str], want: Mapping[str, str], changes: Sequence[Change]) -> Sides:  # noqa: ARG002
        """Return nothing: settings belong to no Service."""
        return {}

    def frontends(self, state: Mapping[str, str]) -> Frontends:  # noqa: ARG002
        """Return nothing: settings lead nowhere."""
        return {}

    def check(self, changes: Sequence[Change]) -> None:
        """Refuse settings that this kernel does not have."""
        for change in changes:
            if read(change.key) is None:
                raise NotFound(f"this kernel has no setting {change.key}")

    def commit(self, changes: Sequence[Change]) -> None:
        """Write the settings, in order."""
        for done, change in enumerate(changes):
            try:
                write(change.key, (change.after or ("",))[0])
            except KernelError as problem:
                raise CommitError(problem.message, done=done, of=len(changes), hint=problem.hint) from problem

    def reread(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Return what is still to change: nothing, when the kernel took it all."""
        want = {change.key: change.after[0] for change in changes if change.after}
        return diff({key: value for key in want if (value := read(key)) is not None}, want)
