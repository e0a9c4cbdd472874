"""Turn what a table holds into what it should hold: one nft script with only the elements that differ.

    before  slots 581f:22e0 . 1 : 5c9b:44              delete element ip svcc slots { 581f:22e0 . 1 : 5c9b:44 }
    after   slots 581f:22e0 . 1 : 5ce0:cf5d     ->     add element ip svcc members { 5ce0:cf5d : 10.128.9.33 . 8080 }
                                                       add element ip svcc slots { 581f:22e0 . 1 : 5ce0:cf5d }

A script is one transaction: packets meet the old table or the new one, never something between. Chains come before the elements that lead to
them and go after those; what clients session affinity remembers stays. Where a set itself is another one, the table is made anew.
"""

from collections.abc import Iterable, Iterator

from svcc.emit.nftables.ruleset import TABLE, Collection, NftTable
from svcc.emit.nftables.text import ordered, render

BATCH = 500
"""Elements a statement: nft's parser holds a whole statement."""


def script(before: NftTable, after: NftTable) -> str:
    """Return the script that leads from one table to another, "" where they are equal."""
    if before == after:
        return ""
    return "".join(f"{line}\n" for line in _commands(before, after))


def _commands(before: NftTable, after: NftTable) -> Iterator[str]:
    own = f"{after.word} {TABLE}"
    if not after.chains:
        yield f"delete table {own}"
    elif not before.chains:
        yield render(after).rstrip("\n")
    elif _heads(before) != _heads(after):
        yield f"delete table {own}"
        yield render(after).rstrip("\n")
    else:
        yield from _chains_before(before, after, own)
        yield from _elements(before, after, own)
        yield from _chains_after(before, after, own)


def _heads(table: NftTable) -> object:
    kinds = {name: (one.kind, one.head) for name, one in table.collections.items()}
    return kinds, {name: one.base for name, one in table.chains.items() if one.base is not None}


def _chains_before(before: NftTable, after: NftTable, own: str) -> Iterator[str]:
    new = [name for name, _ in ordered(after) if name not in before.chains]
    changed = [name for name, one in after.chains.items() if name in before.chains and before.chains[name] != one]
    for name in new:
        yield f"add chain {own} {name}"
    for name in changed:
        yield f"flush chain {own} {name}"
    for name in (*new, *changed):
        yield from (f"add rule {own} {name} {rule}" for rule in after.chains[name].rules)


def _chains_after(before: NftTable, after: NftTable, own: str) -> Iterator[str]:
    gone = [name for name in before.chains if name not in after.chains]
    for name in gone:
        yield f"flush chain {own} {name}"
    for name in gone:
        yield f"delete chain {own} {name}"


def _elements(before: NftTable, after: NftTable, own: str) -> Iterator[str]:
    for name, held in before.collections.items():
        yield from _batches("delete", own, name, _left(held, after.collections[name]))
    for name, wanted in after.collections.items():
        yield from _batches("add", own, name, _left(wanted, before.collections[name]))


def _left(one: Collection, other: Collection) -> list[str]:
    """Return the elements of one collection that another does not hold so."""
    if one.dynamic:
        return []
    differ = (item for item in one.elements.items() if other.elements.get(item[0]) != item[1])
    return [f"{key} : {data}" if data else key for key, data in sorted(differ)]


def _batches(word: str, own: str, name: str, elements: Iterable[str]) -> Iterator[str]:
    held = list(elements)
    for start in range(0, len(held), BATCH):
        yield f"{word} element {own} {name} {{ {', '.join(held[start : start + BATCH])} }}"
