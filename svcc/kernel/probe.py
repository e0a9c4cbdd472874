"""Ask a command of the user's whether all is well after a commit.

    demand("curl -sf http://10.96.0.10/", seconds=30)     nothing: it ended with 0
    … which ends with 7                                    ToolFailed: the probe [curl …] ended with status 7: Connection refused

It is a line for sh, and runs in this network namespace as this user. All that it started is ended when its time is over.
"""

from svcc.kernel.base import ToolFailed
from svcc.kernel.run import ended

_LAST = 5
"""Lines that are told of what it said."""
_SHOWN = 300


def demand(command: str, seconds: float) -> None:
    """Run a probe.

    Raises:
        ToolFailed: it ended with another status than 0, or not in time; the message has its last words.
    """
    shown = command if len(command) <= _SHOWN else f"{command[:_SHOWN]}…"
    try:
        status, said, _ = ended(["sh", "-c", f"exec 2>&1\n{command}"], timeout=seconds)
    except ToolFailed:
        raise ToolFailed(f"the probe [{shown}] did not end within {seconds:g} seconds", hint=_HINT) from None
    if status != 0:
        lines = [line.strip()[:_SHOWN] for line in said.splitlines() if line.strip()]
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        words = f": {'; '.join(lines[-_LAST:])}" if lines else ", and said nothing"
        raise ToolFailed(f"the probe [{shown}] {how}{words}", hint=_HINT)


_HINT = "`svcc trace PATH` says where packets would go"
