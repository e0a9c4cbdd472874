"""Print a table as nft reads it, and read back what nft lists.

    parse(render(table)) == table

The printed form is that of `nft list table`, apart from blank lines, so that one reader serves both. Listings of all versions from 1.0.6 on
are read; what an element of a dynamic map carries besides key and data (its time) is left out.
"""

import re
from collections.abc import Iterator

from svcc.emit.nftables.ruleset import TABLE, WORDS, Chain, Collection, NftTable
from svcc.net import Family

_FAMILIES = {word: family for family, word in WORDS.items()}
_TABLE = re.compile(r"table (ip6?) (\S+) \{\Z")
_OBJECT = re.compile(r"(set|map|chain) (\S+) \{\Z")
_COUNTERS = re.compile(r" (?:timeout|expires) \S+")
_LINE = 500
"""Elements a line."""


def render(table: NftTable) -> str:
    """Return the text of a table, "" for one that is empty."""
    return "".join(f"{line}\n" for line in _lines(table)) if table.chains else ""


def _lines(table: NftTable) -> Iterator[str]:
    yield f"table {table.word} {TABLE} {{"
    for name, collection in table.collections.items():
        yield f"\t{collection.kind} {name} {{"
        yield from (f"\t\t{line}" for line in collection.head)
        if collection.elements:
            yield from _elements(collection)
        yield "\t}"
    for name, chain in ordered(table):
        yield f"\tchain {name} {{"
        if chain.base is not None:
            yield f"\t\t{chain.base}"
        yield from (f"\t\t{rule}" for rule in chain.rules)
        yield "\t}"
    yield "}"


def _elements(collection: Collection) -> Iterator[str]:
    texts = [f"{key} : {data}" if data else key for key, data in sorted(collection.elements.items())]
    yield f"\t\telements = {{ {texts[0]}{',' if len(texts) > 1 else ' }'}"
    last = len(texts) - 1
    for index, text in enumerate(texts[1:], 1):
        yield f"\t\t\t     {text}{',' if index < last else ' }'}"


def ordered(table: NftTable) -> list[tuple[str, Chain]]:
    """Return the chains so that each stands behind those that it goes to, as nft wants it."""
    placed: dict[str, Chain] = {}

    def place(name: str) -> None:
        if name in placed or name not in table.chains:
            return
        for rule in table.chains[name].rules:
            for target in re.findall(r"(?:goto|jump) (\S+)", rule):
                place(target)
            for used in re.findall(r"vmap @(\S+)", rule):
                for data in sorted(set(table.collections[used].elements.values())):
                    place(data.partition(" ")[2])
        placed[name] = table.chains[name]

    for name in sorted(table.chains):
        place(name)
    return list(placed.items())


def parse(text: str) -> NftTable:
    """Return the table of a text.

    Raises:
        ValueError: a line is not one of a table that svcc prints or nft lists.
    """
    lines = iter(enumerate(text.splitlines(), 1))
    family: Family | None = None
    collections: dict[str, Collection] = {}
    chains: dict[str, Chain] = {}
    for number, raw in lines:
        line = raw.strip()
        if not line or line.startswith("#") or line == "}":
            continue
        head = _TABLE.match(line)
        if head:
            family = _FAMILIES[head[1]]
            continue
        found = _OBJECT.match(line)
        if found is None or family is None:
            raise ValueError(f"line {number} is not of a table: {line[:80]}")
        body = _body(lines)
        if found[1] == "chain":
            chains[found[2]] = _chain(body)
        else:
            collections[found[2]] = _collection(found[1], body)
    if family is None:
        raise ValueError("no table")
    return NftTable(family, collections, chains)


def _body(lines: Iterator[tuple[int, str]]) -> list[str]:
    body: list[str] = []
    for _, raw in lines:
        line = raw.strip()
        if line == "}":
            return body
        if line:
            body.append(line)
    raise ValueError("the text ends within a table")


def _chain(body: list[str]) -> Chain:
    base = body[0] if body and body[0].startswith("type ") else None
    return Chain(base, tuple(body[base is not None :]))


def _collection(kind: str, body: list[str]) -> Collection:
    start = next((index for index, line in enumerate(body) if line.startswith("elements = {")), len(body))
    head = tuple(body[:start])
    text = " ".join(body[start:]).removeprefix("elements = {").removesuffix("}")
    elements: dict[str, str] = {}
    for one in filter(None, map(str.strip, text.split(","))):
        key, _, data = _COUNTERS.sub("", one).partition(" : ")
        elements[key] = data
    return Collection(kind, head, elements)
