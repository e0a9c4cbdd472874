"""Compare kernel settings with what they should be.

    live {"net.ipv4.ip_forward": "0"}, want {"net.ipv4.ip_forward": "1"}
        ->  UPDATE sysctl net.ipv4.ip_forward  0 ⇒ 1

Settings are never created or deleted: the kernel has them or not. One that this kernel does not have is a change from nothing,
and committing it fails with its name.
"""

from collections.abc import Mapping

from svcc.plan.change import Action, Change, ChangeReason

SUBSYSTEM = "sysctl"
SETTING = "sysctl"


def diff(live: Mapping[str, str], want: Mapping[str, str]) -> tuple[Change, ...]:
    """Return the settings of `want` that differ, by name; what `want` does not name is left alone."""
    return tuple(_change(key, live.get(key), want[key]) for key in sorted(want) if live.get(key) != want[key])


def _change(key: str, before: str | None, after: str) -> Change:
    return Change(
        Action.CREATE if before is None else Action.UPDATE,
        SUBSYSTEM,
        SETTING,
        key,
        None if before is None else (before,),
        (after,),
        ChangeReason.MISSING if before is None else ChangeReason.DIFFERS,
    )
