"""Write the iptables-restore script of a plan: only the chains that change, all or nothing per table.

    UPDATE chain IPv4 nat SVCC-A  [x] ⇒ [x, y]            *nat
    CREATE jump  IPv4 nat OUTPUT  + -j SVCC-SERVICES  ->   :SVCC-A - [0:0]
    DELETE chain IPv4 nat SVCC-OLD                         :SVCC-OLD - [0:0]
                                                           -A SVCC-A x
                                                           -A SVCC-A y
                                                           -I OUTPUT 1 -j SVCC-SERVICES
                                                           -X SVCC-OLD
                                                           COMMIT

With `--noflush` the line `:CHAIN - [0:0]` creates a chain or empties it, and leaves the others alone. A chain that goes is
emptied first too, so that by the time of `-X` nothing of ours refers to anything of ours that goes. Jumps go to the top of a
base chain: a host's own ACCEPT further down must not let packets pass us. Chain lines are sorted, because iptables-nft 1.8.9
takes quadratic time otherwise.

It takes quadratic time in any order when one transaction names thousands of chains, since it looks each up in a sorted list
(16,000 chains: 23 s, of which 18 s there). So with a `batch` size, more new chains than that are made beforehand in
transactions of their own, callees first, and more chains than that that go are removed afterwards, callers first: nothing
refers to them then, no packet meets them, and what packets see still changes at once (16,000 chains: 5.5 s).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from svcc.emit.iptables.ruleset import PREFIX, TABLES, is_ours
from svcc.emit.iptables.text import jumps_to_ours
from svcc.net import Family
from svcc.plan.change import Action, Change
from svcc.plan.diff import CHAIN, JUMP, place_of

Named = tuple[str, Change]


def script(changes: Iterable[Change], family: Family, batch: int | None = None) -> str:
    """Return the `iptables-restore --noflush` input of one family's changes; no changes are an empty text.

    With `batch`, chains that no packet can meet yet, or any more, are made and removed that many at a time.
    """
    tables: dict[str, list[Named]] = {}
    for change in changes:
        where, table, chain = place_of(change.key)
        if where is family:
            _assert_ours(chain, change)
            tables.setdefault(table, []).append((chain, change))
    return "".join(
        f"{line}\n"
        for table in _ordered(tables)
        for transaction in _transactions(sorted(tables[table], key=_chain), batch)
        for line in _lines(table, transaction)
    )


def _transactions(held: list[Named], batch: int | None) -> Iterator[list[Named]]:
    """Split the changes of one table into those before, those that packets see, and those after."""
    new = [one for one in held if one[1].kind == CHAIN and one[1].action is Action.CREATE]
    old = [one for one in held if one[1].kind == CHAIN and one[1].action is Action.DELETE]
    early = new if batch is not None and len(new) > batch else []
    late = old if batch is not None and len(old) > batch else []
    apart = {name for name, _ in (*early, *late)}
    yield from _batches(_callees_first(early, lambda change: change.after or ()), batch)
    seen = [one for one in held if one[0] not in apart]
    if seen:
        yield seen
    yield from _batches(_callees_first(late, lambda change: change.before or ())[::-1], batch)


def _batches(held: list[Named], batch: int | None) -> Iterator[list[Named]]:
    size = batch or len(held) or 1
    for start in range(0, len(held), size):
        yield sorted(held[start : start + size], key=_chain)


def _callees_first(held: list[Named], rules: Callable[[Change], Iterable[str]]) -> list[Named]:
    """Order chains so that each stands after those that its rules jump or go to."""
    waiting = dict(held)
    ordered: list[Named] = []
    for root, _ in held:
        path = [root]
        while path:
            name = path[-1]
            if name not in waiting:
                path.pop()
                continue
            callees = [callee for callee in _callees(rules(waiting[name])) if callee in waiting and callee not in path]
            if callees:
                path.append(callees[0])
            else:
                ordered.append((name, waiting.pop(name)))
    return ordered


def _callees(rules: Iterable[str]) -> Iterator[str]:
    for rule in rules:
        if PREFIX in rule:
            words = rule.split(" ")
            yield from (after for word, after in pairwise(words) if word in ("-j", "-g"))


def _ordered(tables: dict[str, list[Named]]) -> list[str]:
    """Put the table that acts on verdicts before the one that sets them; when all goes, the other way round."""
    known = [table for table in TABLES if table in tables]
    ordered = [*known, *sorted(set(tables).difference(TABLES))]
    if all(change.action is Action.DELETE for held in tables.values() for _, change in held):
        ordered.reverse()
    return ordered


def _lines(table: str, held: Sequence[Named]) -> Iterator[str]:
    chains = [(name, change) for name, change in held if change.kind == CHAIN]
    jumps = [(name, change) for name, change in held if change.kind == JUMP]
    yield f"*{table}"
    for name, _ in chains:
        yield f":{name} - [0:0]"
    for name, change in jumps:
        for rule in change.before or ():
            yield f"-D {name} {rule}"
    for name, change in chains:
        for rule in change.after or ():
            yield f"-A {name} {rule}"
    for name, change in jumps:
        for place, rule in enumerate(change.after or (), start=1):
            yield f"-I {name} {place} {rule}"
    for name, change in chains:
        if change.after is None:
            yield f"-X {name}"
    yield "COMMIT"


def _chain(held: Named) -> str:
    return held[0]


def _assert_ours(chain: str, change: Change) -> None:
    """Stop before a script could touch what is not ours."""
    if change.kind == CHAIN:
        assert is_ours(chain), f"bug in svcc: {change.key} is not ours"
        return
    assert change.kind == JUMP, f"bug in svcc: {change.kind} is not of iptables"
    assert not is_ours(chain), f"bug in svcc: {change.key} is a chain of ours"
    rules = (*(change.before or ()), *(change.after or ()))
    assert all(jumps_to_ours(rule) for rule in rules), f"bug in svcc: a rule of {change.key} is not ours"
