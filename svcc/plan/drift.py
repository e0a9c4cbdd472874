"""Tell what somebody has changed since the last apply from what the manifests have changed, and who that may have been.

    last apply   nat PREROUTING: [-j SVCC-SERVICES]      Drift(known=True, by_somebody=(jump IPv4 nat PREROUTING,), by_manifests=1,
                 nat SVCC-SVC-A: [x]                           causes=(Cause(JUMPS, "only the jumps … are gone, from …", who=("Docker",), …),))
    live         nat PREROUTING: []                  ->
                 nat SVCC-SVC-A: [x]                     1 object was changed by somebody since the last apply; 1 differs because the
    manifests    nat SVCC-SVC-A: [x, y]                  manifests changed.

An object of a plan was changed by somebody when the kernel does not hold it as the last apply left it; every other one differs because the
manifests, the configuration or svcc itself changed. What stands in for something while an apply goes on, and what has waited in IPVS for its
connections to end, is nobody's change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from svcc.plan.causes import Cause, Differs, Signs, What, causes, of_others
from svcc.plan.change import Change, ChangeReason
from svcc.plan.ipvs import was_draining

__all__ = ["Drift", "judge", "summary", "words"]


@dataclass(frozen=True, slots=True)
class Drift:
    """What of a plan is whose."""

    known: bool
    """Whether it is known what was applied last."""
    by_somebody: tuple[Change, ...] = ()
    by_manifests: int = 0
    causes: tuple[Cause, ...] = ()


def judge(changes: Sequence[Change], since: Sequence[Differs] | None, signs: Signs) -> Drift:
    """Return what of a plan's changes is whose; `since` is how the kernel differs from the last apply, None where that is not known."""
    changes = tuple(one for one in changes if not is_left_over(one))
    others = tuple(of_others(signs))
    if since is None:
        return Drift(known=False, by_manifests=len(changes), causes=others)
    touched = {(one.subsystem, one.key) for differs in since for one in differs.changes}
    theirs = tuple(one for one in changes if (one.subsystem, one.key) in touched)
    planned = {(one.subsystem, one.key) for one in theirs}
    found = [one for differs in since if _meets(differs, planned) for one in causes(differs, signs)]
    return Drift(known=True, by_somebody=theirs, by_manifests=len(changes) - len(theirs), causes=(*found, *others))


def is_left_over(change: Change) -> bool:
    """Tell whether a change is nobody's doing: it only stands in for a while, or takes away what has waited for its connections."""
    return change.reason in (ChangeReason.STANDS_IN, ChangeReason.ENDED) or was_draining(change)


def _meets(differs: Differs, planned: set[tuple[str, str]]) -> bool:
    return any((one.subsystem, one.key) in planned for one in differs.changes)


def summary(drift: Drift) -> str:
    """Return one line of numbers, "" where nothing differs: what somebody has changed, and what the manifests."""
    theirs, manifests = len(drift.by_somebody), drift.by_manifests
    if not drift.known:
        return (
            "What was applied last is not known here, if anything was: who has changed what cannot be told."
            if manifests
            else ""
        )
    ours = f"{manifests} {'differs' if manifests == 1 else 'differ'} because the manifests changed"
    if not theirs:
        return f"Nobody has changed anything since the last apply; {ours}." if manifests else ""
    changed = f"{_counted(theirs)} changed by somebody since the last apply"
    return f"{changed}; {ours}." if manifests else f"{changed}."


def _counted(number: int) -> str:
    return "1 object was" if number == 1 else f"{number} objects were"


def words(cause: Cause) -> str:
    """Return a cause as one sentence, with who may have done it."""
    if not cause.who or cause.what is What.BESIDE:
        return cause.text
    return f"{cause.text}; {' or '.join(cause.who)} may have done it"
