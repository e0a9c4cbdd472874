"""Compare what is with what should be, chain by chain.

    live  nat PREROUTING: []                       CREATE jump   IPv4 nat PREROUTING     + -j SVCC-SERVICES
          nat SVCC-A: [x]                    ->    UPDATE chain  IPv4 nat SVCC-A         x ⇒ x y
    want  nat PREROUTING: [-j SVCC-SERVICES]       CREATE chain  IPv4 nat SVCC-B         + z
          nat SVCC-A: [x, y]  SVCC-B: [z]

A chain of ours is replaced whole, since that is what iptables-restore does with it. Of a foreign chain only the rules that
jump to us are compared, all of them as one `jump`: their number and order count, what stands between them does not.
Changes come by table in the order in which tables are committed, then by chain.
"""

from collections.abc import Iterable, Iterator

from svcc.diag import Span
from svcc.emit.iptables.ruleset import TABLES, Chain, IptablesRuleset, is_of_a_service, is_ours
from svcc.emit.iptables.text import service_of
from svcc.net import Family
from svcc.plan.change import Action, Change, ChangeReason

SUBSYSTEM = "iptables"
CHAIN = "chain"
JUMP = "jump"


def diff(live: IptablesRuleset, want: IptablesRuleset) -> tuple[Change, ...]:
    """Return what must change in one family so that `live` becomes `want`; nothing when they are equal."""
    tables = {*live.tables, *want.tables}
    ordered = [*(table for table in TABLES if table in tables), *sorted(tables.difference(TABLES))]
    return tuple(change for table in ordered for change in _table_changes(live, want, table))


def key_of(family: Family, table: str, chain: str) -> str:
    """Return the key of a chain: `IPv4 nat SVCC-SERVICES`."""
    return f"{family.value} {table} {chain}"


def place_of(key: str) -> tuple[Family, str, str]:
    """Return family, table and chain of a key; the inverse of `key_of`."""
    family, table, chain = key.split(" ")
    return Family(family), table, chain


def _table_changes(live: IptablesRuleset, want: IptablesRuleset, table: str) -> Iterator[Change]:
    here = live.tables.get(table, {})
    there = want.tables.get(table, {})
    # A missing chain differs from an empty one, so that an empty chain of ours is created and deleted like any other.
    different = [name for name, chain in there.items() if name not in here or here[name].rules != chain.rules]
    different += [name for name in here if name not in there]
    for name in sorted(different):
        change = _chain_change(key_of(want.family, table, name), here.get(name), there.get(name), ours=is_ours(name))
        if change is not None:
            yield change


def _chain_change(key: str, here: Chain | None, there: Chain | None, *, ours: bool) -> Change | None:
    if not ours:
        here, there = _held(here), _held(there)
        if here is None and there is None:
            return None
    before = here.rules if here is not None else None
    after = there.rules if there is not None else None
    return Change(
        _action(before, after),
        SUBSYSTEM,
        CHAIN if ours else JUMP,
        key,
        before,
        after,
        _reason(before, after, ours=ours),
        service=_owner(key, (*(before or ()), *(after or ()))),
        origin=_origin(there),
    )


def _owner(key: str, rules: Iterable[str]) -> str:
    """Return the one Service port that all comments of a Service's chain name, or "" for chains that are shared."""
    names = {name for rule in rules if (name := service_of(rule))} if is_of_a_service(place_of(key)[2]) else set()
    return names.pop() if len(names) == 1 else ""


def _held(chain: Chain | None) -> Chain | None:
    """Return a foreign chain's jumps to us; a chain without any is none of our business."""
    return chain if chain is not None and chain.rules else None


def _action(before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> Action:
    if before is None:
        return Action.CREATE
    return Action.DELETE if after is None else Action.UPDATE


def _reason(before: tuple[str, ...] | None, after: tuple[str, ...] | None, *, ours: bool) -> ChangeReason:
    if before is None:
        return ChangeReason.MISSING
    if after is None:
        return ChangeReason.UNWANTED
    if not ours and set(before) == set(after) and len(before) > len(after):
        return ChangeReason.REPEATED
    return ChangeReason.DIFFERS


def _origin(chain: Chain | None) -> Span | None:
    return next((origin for origin in chain.origins if origin is not None), None) if chain is not None else None
