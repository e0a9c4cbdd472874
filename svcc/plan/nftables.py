"""Compare what the tables hold with what they should hold, and write the one script that leads there.

    live  ip svcc slots  581f:22e0 . 1 : 5c9b:44      UPDATE elements ip svcc slots shop/cart:http
    want  ip svcc slots  581f:22e0 . 1 : 5ce0:cf5d        - 581f:22e0 . 1 : 5c9b:44   + 581f:22e0 . 1 : 5ce0:cf5d

    script of it   delete element ip svcc slots { 581f:22e0 . 1 : 5c9b:44 }
                   add element ip svcc slots { 581f:22e0 . 1 : 5ce0:cf5d }
                   … and the digest: `svcc-digest` holds the sha256 of what the tables hold from now on

Kinds of changes: a `table` that is made or goes (its lines are the skeleton: everything but elements), a `chain` in a table that stays,
the `elements` of one set or map that belong to one Service port or to all, and the `digest`. Where a set itself, a hook, or the table's
flags are others than they should be, the table is made anew.

The companion of IPVS is such tables too, `svcc-ipvs`, with a digest of their own, `svcc-ipvs-digest`.

A script is one transaction for both families. Chains that are new come in one before the elements that lead to them (`steps` says why);
those that go do so together with them. What session affinity remembers stays while the table does.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from svcc.diag import Span
from svcc.emit.nftables.ruleset import COMPANION, TABLE, TO_SERVICES, WORDS, Chain, Collection, NftTable
from svcc.emit.nftables.text import ordered, render
from svcc.net import Family
from svcc.plan.change import Action, Change, ChangeReason
from svcc.plan.nft_services import Names

SUBSYSTEM = "nftables"
TABLE_KIND, CHAIN, ELEMENTS, DIGEST = "table", "chain", "elements", "digest"
DIGEST_PLACE = f"inet {TABLE}-digest"
_CHAIN = re.compile(r"chain (\S+) {")
BATCH = 5000
"""Elements a statement: of few the kernel makes many messages, of too many nft takes much memory."""


@dataclass(frozen=True, slots=True)
class NftState:
    """The tables that are there, and what the digest says of them; None where there is no digest.

    Writing a large text takes a second: `written` is that of the tables, where somebody has it.
    """

    tables: Mapping[Family, NftTable] = field(default_factory=dict)
    digest: str | None = None
    written: str | None = field(default=None, compare=False, repr=False)

    @property
    def text(self) -> str:
        """The text of the tables."""
        return text_of(self.tables) if self.written is None else self.written

    @classmethod
    def of(cls, tables: Mapping[Family, NftTable]) -> "NftState":
        """Return the state that compiled tables ask for; a table without chains is none."""
        held = {family: tables[family] for family in Family if family in tables and tables[family].chains}
        text = text_of(held)
        return cls(held, digest_of(text) if held else None, text)


def digest_place(name: str) -> str:
    """Return where the digest of the tables of a name is: `inet svcc-digest`."""
    return f"inet {name}-digest"


def text_of(tables: Mapping[Family, NftTable]) -> str:
    """Return the text of all tables, IPv4 first."""
    return "".join(render(tables[family]) for family in Family if family in tables)


def digest_of(text: str) -> str:
    """Return the digest of the text of tables: its sha256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def diff(live: NftState, want: NftState, name: str = TABLE) -> tuple[Change, ...]:
    """Return what must change so that `live` becomes `want`, both of tables of one name; nothing when they are equal."""
    changes = [
        change
        for family in Family
        for change in _family_changes(live.tables.get(family), want.tables.get(family), f"{WORDS[family]} {name}")
    ]
    if live.digest != want.digest:
        before, after = (None if one is None else (one,) for one in (live.digest, want.digest))
        changes.append(_change(DIGEST, digest_place(name), before, after))
    return tuple(changes)


def _family_changes(here: NftTable | None, there: NftTable | None, key: str) -> Iterator[Change]:
    if there is None:
        if here is not None:
            yield _change(TABLE_KIND, key, _skeleton(here), None)
    elif here is None or _heads(here) != _heads(there):
        yield _change(TABLE_KIND, key, None if here is None else _skeleton(here), _skeleton(there))
        empty = {name: replace(one, elements={}) for name, one in there.collections.items()}
        yield from _element_changes(replace(there, collections=empty), there)
    elif here != there:
        yield from _chain_changes(here, there, key)
        yield from _element_changes(here, there)


def _change(
    kind: str,
    key: str,
    before: tuple[str, ...] | None,
    after: tuple[str, ...] | None,
    service: str = "",
    origin: Span | None = None,
) -> Change:
    if before is None:
        action, reason = Action.CREATE, ChangeReason.MISSING
    elif after is None:
        action, reason = Action.DELETE, ChangeReason.UNWANTED
    else:
        action, reason = Action.UPDATE, ChangeReason.DIFFERS
    return Change(action, SUBSYSTEM, kind, key, before, after, reason, service, origin)


def _skeleton(table: NftTable) -> tuple[str, ...]:
    bare = {name: replace(one, elements={}, comments={}) for name, one in table.collections.items()}
    return tuple(line[1:] for line in render(replace(table, collections=bare)).splitlines()[1:-1])


def _heads(table: NftTable) -> object:
    """Return what of a table can only be changed by making it anew."""
    kinds = {name: (one.kind, one.head) for name, one in table.collections.items()}
    return table.flags, kinds, {name: one.base for name, one in table.chains.items() if one.base is not None}


def _chain_changes(here: NftTable, there: NftTable, key: str) -> Iterator[Change]:
    # In the order of the wanted table, where each stands behind those that it goes to.
    names = [*(name for name, _ in ordered(there)), *sorted(set(here.chains).difference(there.chains))]
    for name in names:
        before, after = here.chains.get(name), there.chains.get(name)
        if before != after:
            yield _change(CHAIN, f"{key} {name}", _rules(before), _rules(after))


def _rules(chain: Chain | None) -> tuple[str, ...] | None:
    return chain.rules if chain is not None else None


def _element_changes(here: NftTable, there: NftTable) -> Iterator[Change]:
    """Yield the elements that differ: of each set and map those of each Service port in one change, those of all first."""
    old, new = Names(here), Names(there)
    for name, wanted in there.collections.items():
        held = here.collections[name]
        if wanted.dynamic or (held.elements == wanted.elements and held.comments == wanted.comments):
            continue
        groups: dict[str, tuple[list[str], list[str]]] = {}
        for key in _left(held, wanted):
            groups.setdefault(old.service(name, key), ([], []))[0].append(key)
        for key in _left(wanted, held):
            groups.setdefault(new.service(name, key), ([], []))[1].append(key)
        for service in sorted(groups):
            gone, come = groups[service]
            yield _change(
                ELEMENTS,
                f"{there.word} {there.name} {name}{' ' if service else ''}{service}",
                tuple(map(held.line, gone)) or None,
                tuple(map(wanted.line, come)) or None,
                service,
                next((wanted.origins[key] for key in come if key in wanted.origins), None),
            )


def _left(one: Collection, other: Collection) -> list[str]:
    """Return the keys of the elements of one collection that another does not hold so, with the same data and comment."""
    return sorted(
        key
        for key, data in one.elements.items()
        if other.elements.get(key) != data or other.comments.get(key) != one.comments.get(key)
    )


class Line(NamedTuple):
    """A line of a script, and the change that it is for."""

    text: str
    change: Change


def script(changes: Sequence[Change]) -> tuple[Line, ...]:
    """Return the script of changes, one element a line, so that nft's complaint about a line is one about a change."""
    of_kind = {kind: [one for one in changes if one.kind == kind] for kind in (TABLE_KIND, CHAIN, ELEMENTS, DIGEST)}
    assert len(changes) == sum(map(len, of_kind.values())), "bug in svcc: a change is not of nftables"
    _assert_ours(changes)
    return (
        *(line for one in of_kind[TABLE_KIND] for line in _table_lines(one)),
        *(line for one in of_kind[CHAIN] if one.before is None for line in _new_chain(one)),
        *(line for one in of_kind[CHAIN] if one.after is not None for line in _chain_rules(one)),
        *_elements("delete", of_kind[ELEMENTS]),
        *_elements("add", of_kind[ELEMENTS]),
        *(line for one in of_kind[CHAIN] if one.after is None for line in (Line(f"flush chain {one.key}", one),)),
        *(line for one in of_kind[CHAIN] if one.after is None for line in (Line(f"delete chain {one.key}", one),)),
        *(line for one in of_kind[DIGEST] for line in _digest_lines(one)),
    )


def steps(changes: Sequence[Change]) -> tuple[tuple[Line, ...], ...]:
    """Return the scripts of changes, in order: nothing leads any more to a table that goes, and nothing yet to a chain that is new.

    A packet that is under way sees rules as they were and elements as they are. A new chain would be empty for it, if the elements that
    lead there came at the same time. And in a table that goes it would find no Service at its own address: it would be refused, though
    another mode serves it already (Linux 6.1 and 6.18: once in ten removals under 40,000 new connections a second).
    """
    leads = tuple(
        line for one in changes if one.kind == TABLE_KIND and one.after is None for line in _leads_nowhere(one)
    )
    new = [one for one in changes if one.kind == CHAIN and one.before is None]
    rest = [one for one in changes if not (one.kind == CHAIN and one.before is None)]
    return tuple(lines for lines in (leads, script(new), script(rest)) if lines)


def printed(lines: Iterable[Line]) -> str:
    """Return a script as nft reads it."""
    return "".join(f"{line.text}\n" for line in lines)


def _assert_ours(changes: Iterable[Change]) -> None:
    """Stop before a script could touch what is not ours."""
    names = (TABLE, COMPANION)
    tables = {f"{word} {name}" for word in WORDS.values() for name in names}
    digests = [digest_place(name) for name in names]
    for one in changes:
        place = " ".join(one.key.split(" ", 2)[:2])
        ours = one.key in digests if one.kind == DIGEST else place in tables
        assert ours, f"bug in svcc: {one.key} is not ours"


def _table_lines(change: Change) -> Iterator[Line]:
    if change.before is not None:
        yield Line(f"delete table {change.key}", change)
    if change.after is not None:
        yield Line(f"table {change.key} {{", change)
        yield from (Line(f"\t{line}", change) for line in change.after)
        yield Line("}", change)


def _leads_nowhere(change: Change) -> Iterator[Line]:
    """Empty the chains of a table through which packets come to its Services."""
    _assert_ours((change,))
    chain = ""
    for line in change.before or ():
        if found := _CHAIN.match(line):
            chain = found[1]
        elif line.endswith(TO_SERVICES):
            yield Line(f"flush chain {change.key} {chain}", change)


def _new_chain(change: Change) -> Iterator[Line]:
    yield Line(f"add chain {change.key}", change)


def _chain_rules(change: Change) -> Iterator[Line]:
    if change.before is not None:
        yield Line(f"flush chain {change.key}", change)
    yield from (Line(f"add rule {change.key} {rule}", change) for rule in change.after or ())


def _elements(word: str, changes: Iterable[Change]) -> Iterator[Line]:
    """Yield statements of many elements, those of one set or map together; every element stands on a line of its own."""
    places: dict[str, list[Line]] = {}
    for one in changes:
        place = " ".join(one.key.split(" ", 3)[:3])
        texts = (one.before if word == "delete" else one.after) or ()
        places.setdefault(place, []).extend(Line(text, one) for text in texts)
    for place, lines in places.items():
        for start in range(0, len(lines), BATCH):
            batch = lines[start : start + BATCH]
            yield Line(f"{word} element {place} {{", batch[0].change)
            yield from (Line(f"{text},", change) for text, change in batch[:-1])
            yield batch[-1]
            yield Line("}", batch[-1].change)


def _digest_lines(change: Change) -> Iterator[Line]:
    if change.before is not None:
        yield Line(f"delete table {change.key}", change)
    if change.after is not None:
        yield Line(f"table {change.key} {{", change)
        yield Line(f'\tcomment "{change.after[0]}"', change)
        yield Line("}", change)
