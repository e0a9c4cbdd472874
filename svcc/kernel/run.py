"""Run a tool of the system, and say in our own words why it failed.

    run(["iptables-nft-save"])            ->  its standard output
    run(["iptables-nft-save"]) as nobody  ->  Denied: iptables-nft-save needs CAP_NET_ADMIN, …
    run(["iptables-nft-save"]) without it ->  NotFound: … hint: apt-get install iptables

Tools are looked for in the sbin folders too, speak English (LC_ALL=C), and run in a session of their own: a Ctrl-C at the
terminal reaches us alone, so that it is we who decide what happens to a half-done commit. The stack is raised for them,
since iptables-nft-save 1.8.9 dies at about 420,000 lines with the usual 8 MiB.
"""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Sequence
from functools import cache

from svcc.kernel import rights
from svcc.kernel.base import Busy, Denied, KernelError, NotFound, ToolFailed, Unsupported

PACKAGES = {
    "iptables": "iptables",
    "ip6tables": "iptables",
    "nft": "nftables",
    "ip": "iproute2",
    "conntrack": "conntrack",
    "sysctl": "procps",
    "modprobe": "kmod",
}
"""Debian's package of a tool, by the tool's name up to its first hyphen."""

_CAPABILITIES = {"modprobe": rights.SYS_MODULE}
"""What a tool needs other than CAP_NET_ADMIN."""
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
_STACK = 512 * 1024 * 1024
_LOCKED = ("holding the xtables lock", "xtables lock; still")
_LOCK_FILE = "can't open lock file"
_DENIED = ("you must be root", "Permission denied", "Operation not permitted")
_UNSUPPORTED = ("Table does not exist", "Module ip_tables not found", "is incompatible, use 'nft' tool")


def run(argv: Sequence[str], stdin: str = "", timeout: float = 120) -> str:
    """Return what a tool prints when it is given `stdin`.

    Raises:
        NotFound: the tool is not installed.
        Denied: it needs more rights.
        Busy: another program holds the xtables lock.
        Unsupported: this kernel lacks what it needs.
        ToolFailed: it ended with any other error, or did not end within `timeout` seconds.
    """
    status, output, complaint = ended(argv, stdin, timeout)
    if status != 0:
        raise failure(argv[0], status, complaint)
    return output


def ended(argv: Sequence[str], stdin: str = "", timeout: float = 120) -> tuple[int, str, str]:
    """Return how a tool ends: its status, its standard output, and its standard error.

    Raises:
        NotFound: the tool is not installed.
        Denied: this user may not run it.
        ToolFailed: it cannot be started, or did not end within `timeout` seconds, and was ended with all that it had started.
    """
    path = find(argv[0])
    _raise_stack()
    environment = {**os.environ, "LC_ALL": "C"}
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            [path, *argv[1:]], stdin=pipe, stdout=pipe, stderr=pipe, env=environment, start_new_session=True
        )
    except PermissionError:
        raise Denied(f"{argv[0]} may not be run by this user", hint="run svcc as root") from None
    except OSError as problem:
        raise ToolFailed(f"{argv[0]} cannot be started: {problem.strerror}") from None
    try:
        with process:
            output, complaint = _spoken(process, stdin.encode(), timeout)
    except subprocess.TimeoutExpired:
        raise ToolFailed(f"{argv[0]} did not end within {timeout:g} seconds") from None
    return process.returncode, output.decode(errors="replace"), complaint.decode(errors="replace")


def _spoken(process: subprocess.Popen[bytes], stdin: bytes, timeout: float) -> tuple[bytes, bytes]:
    """Return what a tool prints, and wait for its end whatever happens."""
    try:
        return process.communicate(stdin, timeout)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        # A tool that is killed inside the kernel first ends what it does there: only then can that be looked at, and undone.
        process.wait()
        raise


def find(tool: str) -> str:
    """Return the path of a tool.

    Raises:
        NotFound: it is not installed; the hint names Debian's package.
    """
    path = shutil.which(tool, path=f"{os.environ.get('PATH', '/usr/bin:/bin')}:{_SBIN}")
    if path is None:
        package = PACKAGES.get(tool.partition("-")[0], tool)
        raise NotFound(f"{tool} is not installed", hint=f"apt-get install {package}")
    return path


def installed(tool: str) -> bool:
    """Tell whether a tool can be found."""
    try:
        find(tool)
    except NotFound:
        return False
    return True


def failure(tool: str, status: int, complaint: str) -> KernelError:
    """Return the exception for a tool that ended with an error and this on its standard error."""
    words = _words(complaint)
    if any(sign in complaint for sign in _LOCKED):
        hint = "another program is changing iptables rules; try again"
        return Busy(f"{tool}: the xtables lock is held by another program", hint=hint)
    if _LOCK_FILE in complaint:
        hint = "run svcc as root, or leave legacy iptables alone: --backend nft"
        return Denied(f"{tool} may not open its lock: {words}", hint=hint)
    if any(sign in complaint for sign in _DENIED):
        return rights.denied(tool, _CAPABILITIES.get(tool, rights.NET_ADMIN), by_tool=True, said=words)
    if any(sign in complaint for sign in _UNSUPPORTED):
        return Unsupported(f"{tool}: {words}")
    how = f"was ended by signal {-status}" if status < 0 else f"failed with status {status}"
    return ToolFailed(f"{tool} {how}: {words}" if words else f"{tool} {how}")


def _words(complaint: str) -> str:
    """Put a complaint on one line, without the tool's advice on how to use it."""
    lines = (line.strip() for line in complaint.splitlines())
    return "; ".join(line for line in lines if line and not line.startswith(("Try `", "# Warning")))


@cache
def _raise_stack() -> None:
    """Give the tools that we start from now on a larger stack, as far as this process may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    infinity = resource.RLIM_INFINITY
    wanted = _STACK if hard == infinity else min(_STACK, hard)
    if soft != infinity and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))
