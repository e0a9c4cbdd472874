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

It takes quadratic time in any order when one transaction names thousands of chains, since it looks each up in the list of
those it must know. A line `-S` makes it know them all instead (16,000 chains: 2.5 s for 17 s); it prints what there is, so it
pays only while that is little: in a table of more than `bulk` chains that has no jump of ours yet. The base chains must be
named before it, or a namespace without them refuses; the policy `-` leaves theirs as it is.
"""

from collections.abc import Iterable, Iterator, Sequence

from svcc.emit.iptables.ruleset import TABLES, is_ours
from svcc.emit.iptables.text import jumps_to_ours
from svcc.net import Family
from svcc.plan.change import Action, Change
from svcc.plan.diff import CHAIN, JUMP, place_of

Named = tuple[str, Change]


def script(changes: Iterable[Change], family: Family, bulk: int | None = None) -> str:
    """Return the `iptables-restore --noflush` input of one family's changes; no changes are an empty text.

    A new table of more chains than `bulk` is written so that iptables-nft loads it in linear time.
    """
    tables: dict[str, list[Named]] = {}
    for change in changes:
        where, table, chain = place_of(change.key)
        if where is family:
            _assert_ours(chain, change)
            tables.setdefault(table, []).append((chain, change))
    return "".join(
        f"{line}\n" for table in _ordered(tables) for line in _lines(table, sorted(tables[table], key=_chain), bulk)
    )


def _ordered(tables: dict[str, list[Named]]) -> list[str]:
    """Put the table that acts on verdicts before the one that sets them; when all goes, the other way round."""
    known = [table for table in TABLES if table in tables]
    ordered = [*known, *sorted(set(tables).difference(TABLES))]
    if all(change.action is Action.DELETE for held in tables.values() for _, change in held):
        ordered.reverse()
    return ordered


def _lines(table: str, held: Sequence[Named], bulk: int | None) -> Iterator[str]:
    chains = [(name, change) for name, change in held if change.kind == CHAIN]
    jumps = [(name, change) for name, change in held if change.kind == JUMP]
    yield f"*{table}"
    if bulk is not None and len(chains) > bulk and any(change.action is Action.CREATE for _, change in jumps):
        yield from (*_named(jumps), "-S")
    yield from _named(chains)
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


def _named(held: Iterable[Named]) -> Iterator[str]:
    return (f":{name} - [0:0]" for name, _ in held)


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
