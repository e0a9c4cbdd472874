"""Say a plan in words: per Service for the user, per kernel object for whoever debugs.

ServiceChange("shop/cart:http", UPDATE, …)   ->   ~ shop/cart:http  1 backend more
+ 10.128.7.22:8080
Change(UPDATE, "iptables", "chain", …)            1 Service port changes in mode iptables; kernel objects: 0 to create · 1 to update · 0 to delete
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from svcc.plan.change import Action, Change, ChangeReason, Plan, ServiceChange
from svcc.plan.conntrack import StaleFlows
from svcc.plan.diff import CHAIN
from svcc.plan.ipvs import VIRTUAL
from svcc.plan.nftables import ELEMENTS
from svcc.plan.nftables import TABLE_KIND as TABLE
from svcc.plan.sysctl import SETTING

_SHOWN = 4
_CHAINS_SHOWN = 10
_FLOWS_SHOWN = 10


def lines(plan: Plan, *, verbose: bool = False) -> Iterator[str]:
    """Yield the plan as text: Services first, then the kernel objects; `verbose` adds their lines with `+` and `-`."""
    if not plan.changes:
        yield (
            "The rules are as the manifests say."
            if plan.flows
            else "Nothing to do: the kernel is as the manifests say."
        )
        yield from flow_lines(plan.flows, verbose=verbose)
        return
    for one in plan.services:
        yield f"{one.action.rune} {one.service}  {one.reason}"
        yield from _backend_lines(one)
    if plan.services:
        yield ""
    if verbose:
        for change in plan.changes:
            yield from _change_lines(change)
    else:
        yield from _shared_lines(plan)
    yield from flow_lines(plan.flows, verbose=verbose)
    yield summary(plan)


def summary(plan: Plan) -> str:
    """Return one line of numbers: what is created, updated and deleted."""
    counts = " · ".join(f"{plan.count(action)} to {action.value}" for action in Action)
    ports = len(plan.services)
    changing = "1 Service port changes" if ports == 1 else f"{ports} Service ports change"
    mode = f" in mode {plan.mode}" if plan.mode else ""
    return f"{changing}{mode}; kernel objects: {counts}"


def flow_lines(flows: Sequence[StaleFlows], *, verbose: bool = False) -> Iterator[str]:
    """Yield what flows are stale, and why; where many are, the most of them as a number."""
    shown = len(flows) if verbose else _FLOWS_SHOWN
    for one in flows[:shown]:
        many = "flow" if one.flows == 1 else "flows"
        to = f" → {one.backend}" if one.backend else ""
        yield f"- {one.flows} stale {many} {one.at}{to} of {one.service}: {one.reason.value}"
    rest = sum(one.flows for one in flows[shown:])
    if rest:
        yield f"- {rest} more stale flows; -v lists them"


def _shared_lines(plan: Plan) -> Iterator[str]:
    """Yield what the lines about Services do not say: each object, or where there are many, their numbers."""
    new = {change.key for change in plan.changes if change.kind == TABLE and change.after is not None}
    shared = [
        change
        for change in plan.changes
        if not change.service and not _within(change, new) and change.reason is not ChangeReason.STANDS_IN
    ]
    stand_ins = [one for one in plan.changes if one.reason is ChangeReason.STANDS_IN and one.kind == VIRTUAL]
    if new_ones := sum(one.action is Action.CREATE for one in stand_ins):
        word = "virtual server stands" if new_ones == 1 else "virtual servers stand"
        yield f"~ {new_ones} {word} in while others change their scheduler; -v lists all that comes and goes for it"
    chains = [change for change in shared if change.kind == CHAIN]
    for change in shared:
        if change.kind != CHAIN or len(chains) <= _CHAINS_SHOWN:
            yield _headline(change)
    if len(chains) > _CHAINS_SHOWN:
        groups = Counter((change.action, change.key.rpartition(" ")[0]) for change in chains)
        for (action, table), number in groups.items():
            yield f"{action.rune} {number} chains {table} that Services share; -v lists them"


def _within(change: Change, tables: AbstractSet[str]) -> bool:
    """Tell whether a change fills a table that is new itself."""
    return change.kind == ELEMENTS and " ".join(change.key.split(" ")[:2]) in tables


def _backend_lines(one: ServiceChange) -> Iterator[str]:
    marked = [f"- {backend}" for backend in one.before if backend not in set(one.after)]
    marked += [f"+ {backend}" for backend in one.after if backend not in set(one.before)]
    for line in marked[:_SHOWN]:
        yield f"    {line}"
    if len(marked) > _SHOWN:
        yield f"    … and {len(marked) - _SHOWN} more"


def _headline(change: Change) -> str:
    whose = f" of {change.service}" if change.service else ""
    where = f" ({change.origin})" if change.origin else ""
    if change.kind == SETTING and change.before and change.after:
        return f"{change.action.rune} {change.kind} {change.key}: {change.before[0]} becomes {change.after[0]}"
    return f"{change.action.rune} {change.kind} {change.key}{whose}: {change.reason.value}{where}"


def _change_lines(change: Change) -> Iterator[str]:
    """Yield an object with each of its lines that goes or comes."""
    yield _headline(change)
    before, after = change.before or (), change.after or ()
    kept = set(before).intersection(after)
    moved = len(kept) == len(set(before)) == len(set(after))
    for rune, rules in (("-", before), ("+", after)):
        for rule in rules:
            if moved or rule not in kept:
                yield f"    {rune} {rule}"
