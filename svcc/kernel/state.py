"""Remember, per network namespace, what `clean` needs to leave it as it was found.

    before the first apply: net.ipv4.ip_forward is 0, iptables-nft has no table `nat`
    /var/lib/svcc/host.json   {"backend": "nft", "instance": "…", "mode": "iptables", "sysctls": {"net.ipv4.ip_forward": "0"}, …}

    /var/lib/svcc/host.seen   what iptables-nft held after the last apply
    /var/lib/svcc/host.nft    the nftables tables of the last apply, as nft reads them
    /var/lib/svcc/host.applied  what was applied last, for the next boot (see `applied`)
    /var/lib/svcc/host.ipvs   the virtual servers that are ours

Written to a temporary file, synced, and renamed, so that a reader sees the old state or the new one. What was found belongs
to one instance of a namespace: after a reboot, or when a namespace of the same name was made anew, it is void. Reading makes
no folder.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from svcc.atomic import PRIVATE, replace_text
from svcc.kernel.base import Denied
from svcc.kernel.folders import existing, private

_BACKENDS = {"nft": "nft", "legacy": "legacy", "none": "none"}
_SEEN, _TABLES, _SERVERS, _APPLIED = "seen", "nft", "ipvs", "applied"


@dataclass(frozen=True, slots=True)
class State:
    """What was applied, and what was there before the first apply."""

    mode: str
    backend: str
    """Of iptables: `nft` or `legacy`; `none` where only nftables was applied."""
    instance: str
    sysctls: Mapping[str, str] = field(default_factory=dict)
    """Settings that we changed, with the value that was found."""
    found: tuple[str, ...] | None = None
    """Tables and base chains that were there: `ip nat`, `ip nat PREROUTING`; None when that is not known."""


def state_dir() -> str:
    """Return the folder of state."""
    return os.path.abspath(os.environ.get("SVCC_STATE_DIR") or "/var/lib/svcc")  # noqa: PTH100 - a link in it must not be resolved


def load(identity: str, instance: str) -> State | None:
    """Return the state of a namespace, or None when there is none, or only that of an earlier instance."""
    folder = existing(state_dir())
    if folder is None:
        return None
    path = folder / f"{identity}.json"
    try:
        state = from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise Denied(f"the state {path} cannot be read: {problem.strerror}", hint="run svcc as root") from None
    except (ValueError, KeyError, TypeError):
        raise Denied(
            f"the state {path} is damaged", hint="remove it; `svcc clean` then leaves settings alone"
        ) from None
    return state if state.instance == instance else None


def applied_in(identity: str) -> str | None:
    """Return the instance of the namespace in which something was applied last, or None where that is not known."""
    try:
        held = json.loads(_read(f"{identity}.json") or "{}")
        return str(held["instance"])
    except (ValueError, KeyError, TypeError):
        return None


def as_json(state: State) -> dict[str, Any]:
    """Return a state as JSON can hold it."""
    return {
        "mode": state.mode,
        "backend": state.backend,
        "instance": state.instance,
        "sysctls": dict(state.sysctls),
        "found": None if state.found is None else list(state.found),
    }


def from_json(held: Mapping[str, Any]) -> State:
    """Return the state that JSON held.

    Raises:
        KeyError, TypeError, ValueError: it is damaged.
    """
    found = None if held["found"] is None else tuple(held["found"])
    return State(held["mode"], _BACKENDS[held["backend"]], held["instance"], dict(held["sysctls"]), found)


def save(identity: str, state: State) -> None:
    """Write the state of a namespace, all or nothing."""
    folder = private(state_dir())
    text = json.dumps(as_json(state), indent=1, sort_keys=True) + "\n"
    try:
        replace_text(folder / f"{identity}.json", text, mode=PRIVATE, durable=True)
    except OSError as problem:
        raise Denied(f"the state in {folder} cannot be written: {problem.strerror}") from None


def forget(identity: str) -> None:
    """Remove the state of a namespace, if there is any."""
    folder = existing(state_dir())
    if folder is not None:
        for ending in ("json", _SEEN, _TABLES, _SERVERS, _APPLIED):
            (folder / f"{identity}.{ending}").unlink(missing_ok=True)


def read_seen(identity: str) -> str | None:
    """Return what was written down of a namespace's iptables rules, or None; it is only ever a shortcut."""
    return _read(f"{identity}.{_SEEN}")


def write_seen(identity: str, text: str) -> None:
    """Write down a namespace's iptables rules, all or nothing; a full disk or a folder not ours costs the shortcut and nothing else."""
    _write(f"{identity}.{_SEEN}", text)


def read_tables(identity: str) -> str | None:
    """Return the nftables tables that were applied last, or None; the kernel's digest says whether they are still there."""
    return _read(f"{identity}.{_TABLES}")


def write_tables(identity: str, text: str) -> None:
    """Write down the nftables tables that were applied; none leaves no file. What fails costs a listing and nothing else."""
    if text:
        _write(f"{identity}.{_TABLES}", text)
        return
    with contextlib.suppress(Denied, OSError):
        _remove(f"{identity}.{_TABLES}")


def read_servers(identity: str) -> str | None:
    """Return what was written down of the virtual servers that are ours, or None."""
    return _read(f"{identity}.{_SERVERS}")


def write_servers(identity: str, text: str) -> None:
    """Write down the virtual servers that are ours; none leaves no file.

    Raises:
        Denied: that cannot be done.
    """
    name = f"{identity}.{_SERVERS}"
    try:
        if text:
            replace_text(private(state_dir()) / name, text, mode=PRIVATE, durable=True)
        else:
            _remove(name)
    except OSError as problem:
        raise Denied(f"the state {name} cannot be written: {problem.strerror}") from None


def _remove(name: str) -> None:
    folder = existing(state_dir())
    if folder is not None:
        (folder / name).unlink(missing_ok=True)


def _read(name: str) -> str | None:
    try:
        folder = existing(state_dir())
        return None if folder is None else (folder / name).read_text(encoding="utf-8")
    except (Denied, OSError, UnicodeDecodeError):
        return None


def _write(name: str, text: str) -> None:
    with contextlib.suppress(Denied, OSError):
        replace_text(private(state_dir()) / name, text, mode=PRIVATE, durable=True)
