"""`svcc clean --foreign=kube-proxy`: show what another proxy has left behind, and remove it when asked once more.

svcc clean --foreign=kube-proxy          shows it; on a terminal asks whether to remove it, elsewhere ends with 3
svcc clean --foreign=kube-proxy --yes    removes it
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from svcc.cli.main import EXIT_CHANGES
from svcc.cli.render import counted, echo_plan_line
from svcc.interrupts import Interrupts
from svcc.kernel import kube_proxy, lock
from svcc.kernel import netns as namespaces
from svcc.kernel.base import Busy, KernelError
from svcc.plan.change import Change
from svcc.plan.kube_proxy import LeftBehind

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """How the user wants to have it removed."""

    shape: str
    wait: float
    yes: bool
    force: bool
    verbose: bool
    quiet: bool


def clean(asked: Asked) -> int:
    """Show what kube-proxy has left behind in this network namespace, and remove it if the user says so twice.

    Raises:
        Busy: kube-proxy runs here.
        KernelError: something could not be removed; the message says what is gone.
    """
    with Interrupts() as signals, lock.hold(namespaces.identity(), asked.wait):
        found = kube_proxy.look()
        if asked.shape == "human" and not asked.quiet:
            _show(found.left, asked)
        removed = bool(found.left.changes) and _asked_twice(found, asked)
        if removed:
            kube_proxy.remove(found.left)
            signals.finish()
            _demand_gone(found.left)
        if asked.shape == "json":
            click.echo(json.dumps(_as_json(found, removed=removed), indent=2))
        elif removed and not asked.quiet:
            click.echo(f"Removed: {counted(len(found.left.changes), 'object')} of kube-proxy.")
    return EXIT_CHANGES if found.left.changes and not removed else 0


def _asked_twice(found: kube_proxy.Found, asked: Asked) -> bool:
    if not asked.yes and not (asked.shape == "human" and sys.stdin is not None and sys.stdin.isatty()):
        if asked.shape == "human" and not asked.quiet:
            click.echo("Nothing is removed: --yes does.")
        return False
    if found.process is not None and not asked.force:
        hint = "stop it first, so that it cannot put back what goes; --force removes it all the same"
        raise Busy(f"kube-proxy runs here (pid {found.process})", hint=hint)
    return asked.yes or click.confirm("Remove them?", default=False)


def _demand_gone(left: LeftBehind) -> None:
    """Look again, and raise when anything is there still, or again."""
    keys = {(one.subsystem, one.key) for one in left.changes}
    still = [one.key for one in kube_proxy.look().left.changes if (one.subsystem, one.key) in keys]
    if still:
        hint = "does a kube-proxy run in a container, or start again? Stop it, then run this again"
        raise KernelError(f"still there, or there again: {', '.join(still[:_SHOWN])}", hint=hint)


def _show(left: LeftBehind, asked: Asked) -> None:
    for line in _lines(left.changes, verbose=asked.verbose):
        echo_plan_line(line, "auto")
    for one in left.stays:
        click.echo(f"  stays: {one}")
    if not left.changes:
        click.echo("There is nothing of kube-proxy." if not left.stays else "Nothing else is there of kube-proxy.")
    else:
        click.echo(f"{counted(len(left.changes), 'object')} that kube-proxy has left behind.")


def _lines(changes: Sequence[Change], *, verbose: bool) -> Iterator[str]:
    """Yield a line an object; where many of a kind are in one place, their number."""
    groups = Counter(_place(one) for one in changes)
    told: set[str] = set()
    for one in changes:
        place = _place(one)
        if verbose or groups[place] <= _SHOWN:
            yield f"- {one.kind} {one.key} ({one.subsystem}){_rules(one)}"
            yield from (f"    - {line}" for line in (one.before or ()) if verbose)
        elif place not in told:
            told.add(place)
            yield f"- {groups[place]} of these: {place}; -v lists them"


def _place(one: Change) -> str:
    where = one.key.rpartition(" ")[0]
    return f"{one.kind}{f' {where}' if where else ''} ({one.subsystem})"


def _rules(one: Change) -> str:
    return f": {counted(len(one.before), 'rule')}" if one.before and one.subsystem.startswith("iptables") else ""


def _as_json(found: kube_proxy.Found, *, removed: bool) -> dict[str, Any]:
    return {
        "foreign": "kube-proxy",
        "process": found.process,
        "removed": removed,
        "objects": [
            {"subsystem": one.subsystem, "kind": one.kind, "key": one.key, "before": list(one.before or ())}
            for one in found.left.changes
        ],
        "stays": list(found.left.stays),
    }
