"""Hand edits at random, of what svcc has put into iptables or nf_tables: what somebody at a keyboard may do to it.

    edits = iptables_edits(Random(7), Backend.LEGACY, 10)     ten edits of ten chains
    for one in edits: one.words, one.place                    "delete rule 3", "IPv4 nat SVCC-SVC-ABC"
    perform(edits)                                            one run of a tool for all

Edits of one batch do not meet: no two are of one object, so that each must be found by itself. Some can only stand alone.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

from svcc.emit.iptables.ruleset import IptablesRuleset, is_ours
from svcc.emit.iptables.text import parse, split
from svcc.emit.nftables.ruleset import WORDS, Collection, NftTable
from svcc.emit.nftables.text import parse as parse_table
from svcc.kernel.backend import Backend
from svcc.net import Family

BATCH = 10


class Edit(NamedTuple):
    """One edit: what is done, to which object of a plan, and how the tool is told."""

    words: str
    place: str
    tool: tuple[str, ...]
    script: str


def run(*argv: str, text: str = "") -> str:
    """Run a tool and return what it prints."""
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}: {done.stderr}\n{text}"
    return done.stdout


def perform(edits: Sequence[Edit]) -> None:
    """Do edits, those of one tool at once."""
    for tool in dict.fromkeys(one.tool for one in edits):
        run(*tool, text="".join(one.script for one in edits if one.tool == tool))


def iptables_edits(rng: Random, backend: Backend, number: int) -> list[Edit]:
    """Return edits of as many chains; one alone may be of a whole table."""
    held = {family: parse(run(backend.tool(family, "save")), family) for family in Family}
    if number == 1:
        return [_whole_chain(rng, backend, held[rng.choice(list(Family))])]
    places = [
        (ruleset, table, name)
        for ruleset in held.values()
        for table, chains in ruleset.tables.items()
        for name in chains
    ]
    return [_of_chain(rng, backend, *place) for place in rng.sample(places, number)]


def _of_chain(rng: Random, backend: Backend, ruleset: IptablesRuleset, table: str, name: str) -> Edit:
    rules = ruleset.tables[table][name].rules
    words, lines = _jump(rng, name, rules) if not is_ours(name) else _rule(rng, ruleset.family, name, rules)
    return _iptables(backend, ruleset.family, f"{table} {name}", words, lines)


def _iptables(backend: Backend, family: Family, place: str, words: str, lines: Sequence[str]) -> Edit:
    table = place.split(" ", maxsplit=1)[0]
    script = f"*{table}\n" + "".join(f"{line}\n" for line in lines) + "COMMIT\n"
    return Edit(words, f"{family.value} {place}", (backend.tool(family, "restore"), "--noflush"), script)


def _jump(rng: Random, name: str, rules: Sequence[str]) -> tuple[str, list[str]]:
    rule = rng.choice(rules)
    if rng.random() < 0.7:
        return "delete a jump", [f"-D {name} {rule}"]
    return "repeat a jump", [f"-A {name} {rule}"]


def _rule(rng: Random, family: Family, name: str, rules: Sequence[str]) -> tuple[str, list[str]]:
    """Return an edit of one rule of a chain of ours, or of all."""
    foreign, at = _foreign(rng, family), rng.randint(1, max(1, len(rules)))
    kinds: dict[str, list[str]] = {
        f"insert a rule at {at}": [f"-I {name} {at} {foreign}"],
        "append a rule": [f"-A {name} {foreign}"],
    }
    if rules:
        kinds[f"delete rule {at}"] = [f"-D {name} {at}"]
        kinds[f"replace rule {at}"] = [f"-R {name} {at} {foreign}"]
        kinds[f"repeat rule {at}"] = [f"-I {name} {at} {rules[at - 1]}"]
        kinds["flush the chain"] = [f":{name} - [0:0]"]
    if len(set(rules)) > 1:
        to = rng.choice([one for one in range(1, len(rules) + 1) if rules[one - 1] != rules[at - 1]])
        kinds[f"move rule {at} to {to}"] = [f"-D {name} {at}", f"-I {name} {to} {rules[at - 1]}"]
    words = rng.choice(list(kinds))
    return words, kinds[words]


def _foreign(rng: Random, family: Family) -> str:
    number = rng.randint(1, 250)
    address = f"192.0.2.{number}/32" if family is Family.IPV4 else f"2001:db8::{number:x}/128"
    match = rng.choice(
        (f"-s {address}", f"-d {address} -p tcp -m tcp --dport {number}", f"-p udp -m udp --sport {number}")
    )
    comment = rng.choice(("", ' -m comment --comment "by hand"', ' -m comment --comment "shop/cart:http"'))
    return f"{match}{comment} -j {rng.choice(('RETURN', 'ACCEPT'))}"


def _whole_chain(rng: Random, backend: Backend, ruleset: IptablesRuleset) -> Edit:
    """Return an edit of a chain that others go to, of a chain that nobody knows, or of a whole table."""
    table = rng.choice(sorted(ruleset.tables))
    chains = ruleset.tables[table]
    ours = sorted(name for name in chains if is_ours(name))
    name = rng.choice(ours)
    kind = rng.choice(("delete a chain", "add a chain", "flush a table", "flush a table and its chains"))
    if kind == "delete a chain":
        jumps = [
            f"-D {where} {rule}"
            for where, chain in chains.items()
            if where != name
            for rule in chain.rules
            if name in split(rule)
        ]
        return _iptables(backend, ruleset.family, f"{table} {name}", kind, [f":{name} - [0:0]", *jumps, f"-X {name}"])
    if kind == "add a chain":
        rule = _foreign(rng, ruleset.family)
        lines = [":SVCC-BY-HAND - [0:0]", f"-A SVCC-BY-HAND {rule}"]
        return _iptables(backend, ruleset.family, f"{table} SVCC-BY-HAND", kind, lines)
    filled = rng.choice([one for one in ours if chains[one].rules])
    iptables = backend.tool(ruleset.family)
    command = f"{iptables} -t {table} -F" + (f" && {iptables} -t {table} -X" if kind != "flush a table" else "")
    return Edit(kind, f"{ruleset.family.value} {table} {filled}", ("sh", "-e"), f"{command}\n")


def nftables_edits(rng: Random, number: int) -> list[Edit]:
    """Return edits of as many chains, sets and maps; one alone may be of a whole table."""
    held = [parse_table(run("nft", "list", "table", word, "svcc")) for word in WORDS.values()]
    if number == 1:
        return [_whole_table(rng, rng.choice(held))]
    every = [one for table in held for one in (*_chains(rng, table), *_collections(rng, table))]
    return rng.sample(every, number)


def _nft(words: str, place: str, *lines: str) -> Edit:
    return Edit(words, place, ("nft", "-f", "-"), "".join(f"{line}\n" for line in lines))


def _chains(rng: Random, table: NftTable) -> Iterator[Edit]:
    handles = _handles(table)
    for name, chain in table.chains.items():
        place = f"{table.word} svcc {name}"
        foreign = rng.choice(("counter", f"meta mark {rng.randint(1, 99)} return", 'counter comment "by hand"'))
        kinds: dict[str, tuple[str, ...]] = {
            "insert a rule": (f"insert rule {place} {foreign}",),
            "append a rule": (f"add rule {place} {foreign}",),
        }
        if chain.rules:
            at = rng.randrange(len(chain.rules))
            one = f"{place} handle {handles[name][at]}"
            kinds["flush the chain"] = (f"flush chain {place}",)
            kinds[f"delete rule {at}"] = (f"delete rule {one}",)
            kinds[f"replace rule {at}"] = (f"replace rule {one} {foreign}",)
            kinds[f"repeat rule {at}"] = (f"add rule {place} {chain.rules[at]}",)
            if any(rule != chain.rules[at] for rule in chain.rules[at + 1 :]):
                kinds[f"move rule {at} to the end"] = (f"delete rule {one}", f"add rule {place} {chain.rules[at]}")
        words = rng.choice(list(kinds))
        yield _nft(words, place, *kinds[words])


def _handles(table: NftTable) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    told: list[dict[str, Any]] = json.loads(run("nft", "-j", "-a", "list", "table", table.word, "svcc"))["nftables"]
    for one in told:
        if "rule" in one:
            found.setdefault(one["rule"]["chain"], []).append(one["rule"]["handle"])
    return found


def _collections(rng: Random, table: NftTable) -> Iterator[Edit]:
    for name, one in table.collections.items():
        if one.dynamic or not one.elements:
            continue
        place, keys = f"{table.word} svcc {name}", sorted(one.elements)
        key = rng.choice(keys)
        gone = f"delete element {place} {{ {key} }}"
        kinds: dict[str, tuple[str, ...]] = {
            f"delete element {key}": (gone,),
            "flush it": (f"flush {one.kind} {place}",),
        }
        others = sorted({data for data in one.elements.values() if data != one.elements[key]})
        if others:
            changed = _line(one, key, rng.choice(others), one.comments.get(key, ""))
            kinds[f"change element {key}"] = (gone, f"add element {place} {{ {changed} }}")
        if key in one.comments:
            renamed = _line(one, key, one.elements[key], "by/hand:http")
            kinds[f"rename element {key}"] = (gone, f"add element {place} {{ {renamed} }}")
        new = _another(rng, key)
        if new is not None and new not in one.elements:
            kinds[f"add element {new}"] = (f"add element {place} {{ {_line(one, new, one.elements[key], '')} }}",)
        words = rng.choice(list(kinds))
        yield _nft(words, place, *kinds[words])


def _line(one: Collection, key: str, data: str, comment: str) -> str:
    left = f'{key} comment "{comment}"' if comment else key
    return f"{left} : {data}" if one.kind == "map" else left


def _another(rng: Random, key: str) -> str | None:
    """Return a key like another, which nobody has, where its last part is a number."""
    head, dot, last = key.rpartition(" . ")
    return f"{head}{dot}{rng.randint(40000, 60000)}" if last.isdigit() and dot else None


def _whole_table(rng: Random, table: NftTable) -> Edit:
    """Return an edit of a whole table, of what it is made of, or of the digest."""
    place = f"{table.word} svcc"
    pick = rng.choice(sorted(set(table.collections["picks"].elements.values())))
    name = pick.removeprefix("goto ")
    leading = [
        f"delete element {place} {where} {{ {key} }}"
        for where, one in table.collections.items()
        for key, data in one.elements.items()
        if data == pick
    ]
    kinds: dict[str, tuple[str, tuple[str, ...]]] = {
        "delete the table": (place, (f"delete table {place}",)),
        "flush the table": (f"{place} services", (f"flush table {place}",)),
        "add a set": (place, (f"add set {place} by-hand {{ type mark; }}",)),
        "add a counter": (place, (f"add counter {place} by-hand",)),
        "add a chain": (f"{place} by-hand", (f"add chain {place} by-hand",)),
        "add a base chain": (f"{place}", (f"add chain {place} by-hand {{ type filter hook input priority 5; }}",)),
        "let it sleep": (place, (f"add table {place} {{ flags dormant; }}",)),
        "delete a chain": (
            f"{place} {name}",
            (*leading, f"flush chain {place} {name}", f"delete chain {place} {name}"),
        ),
        "delete the digest": ("inet svcc-digest", ("delete table inet svcc-digest",)),
        "change the digest": (
            "inet svcc-digest",
            ("delete table inet svcc-digest", 'table inet svcc-digest { comment "5f70"; }'),
        ),
        "flush everything": (place, ("flush ruleset",)),
    }
    words = rng.choice(list(kinds))
    where, lines = kinds[words]
    return _nft(words, where, *lines)


Draw = Callable[[Random, int], list[Edit]]
