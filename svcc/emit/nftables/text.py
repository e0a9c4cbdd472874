"""Print a table as nft reads it, and read back what nft lists.

    parse(render(table)) == table

The printed form is that of `nft list table`, apart from blank lines, so that one reader serves both. Listings of all versions from 1.0.6 on
are read, with whatever else somebody has put into our table; what an element carries besides key, comment and data (its time) is left out.
"""

import re
from collections.abc import Iterator

from svcc.emit.nftables.ruleset import WORDS, Chain, Collection, NftTable
from svcc.net import Family

_FAMILIES = {word: family for family, word in WORDS.items()}
_TABLE = re.compile(r"table (ip6?) (\S+) \{\Z")
_OBJECT = re.compile(r"([a-z ]+) (\S+) \{\Z")
_COUNTERS = re.compile(r" (?:timeout|expires) \S+")
_ELEMENT = re.compile(r'(?:[^,"]|"[^"]*")+')
_ABOUT = ("type ", "comment ")
_NAMED_IN_OUTPUT = re.compile(r"(?<= hook output priority )dstnat(?: ([+-]) (\d+))?;")
"""From nft 1.1 on, the name stands for -100 in the output hook too; 1.0.6 takes and prints the number alone."""


def render(table: NftTable) -> str:
    """Return the text of a table, "" for one that is empty."""
    return "".join(f"{line}\n" for line in _lines(table)) if table.chains else ""


def _lines(table: NftTable) -> Iterator[str]:
    yield f"table {table.word} {table.name} {{"
    yield from (f"\t{line}" for line in table.flags)
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
    if collection.comments:
        texts = [collection.line(key) for key in sorted(collection.elements)]
    else:
        texts = [f"{key} : {data}" if data else key for key, data in sorted(collection.elements.items())]
    yield f"\t\telements = {{ {texts[0]}{',' if len(texts) > 1 else ' }'}"
    last = len(texts) - 1
    for index, text in enumerate(texts[1:], 1):
        yield f"\t\t\t     {text}{',' if index < last else ' }'}"


def ordered(table: NftTable) -> list[tuple[str, Chain]]:
    """Return the chains so that each stands behind those that it goes to, as nft wants it; chains of others may go round in a ring."""
    placed: dict[str, Chain] = {}
    begun: set[str] = set()

    def place(name: str) -> None:
        if name in begun or name not in table.chains:
            return
        begun.add(name)
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
        ValueError: it does not hold one table alone.
    """
    tables = tuple(parse_tables(text).values())
    if len(tables) != 1:
        raise ValueError(f"{len(tables)} tables where one is wanted")
    return tables[0]


def parse_tables(text: str) -> dict[Family, NftTable]:
    """Return every table of a text, by family.

    Raises:
        ValueError: a line is not one of a table that svcc prints or nft lists.
    """
    lines = iter(text.splitlines())
    tables: dict[Family, NftTable] = {}
    for raw in lines:
        line = raw.strip()
        if line and not line.startswith("#"):
            head = _TABLE.match(line)
            if head is None:
                raise ValueError(f"not of a table: {line[:80]}")
            family = _FAMILIES[head[1]]
            tables[family] = _table(family, head[2], lines)
    return tables


def _table(family: Family, name: str, lines: Iterator[str]) -> NftTable:
    collections: dict[str, Collection] = {}
    chains: dict[str, Chain] = {}
    flags: list[str] = []
    for raw in lines:
        line = raw.strip()
        if line == "}":
            return NftTable(family, collections, chains, tuple(flags), name)
        found = _OBJECT.match(line)
        if found is None:
            flags += [line] if line else []
        elif found[1] == "chain":
            chains[found[2]] = _chain(_body(lines))
        else:
            collections[found[2]] = _collection(found[1], _body(lines))
    raise ValueError("the text ends within a table")


def _body(lines: Iterator[str]) -> list[str]:
    body: list[str] = []
    for raw in lines:
        line = raw.strip()
        if line == "}":
            return body
        if line:
            body.append(line)
    raise ValueError("the text ends within a table")


def _chain(body: list[str]) -> Chain:
    about = [_NAMED_IN_OUTPUT.sub(_numbered, line) for line in body if line.startswith(_ABOUT)]
    return Chain("; ".join(about) or None, tuple(line for line in body if not line.startswith(_ABOUT)))


def _numbered(match: re.Match[str]) -> str:
    return f"{-100 + int(f'{match[1]}{match[2]}' if match[1] else 0)};"


def _collection(kind: str, body: list[str]) -> Collection:
    start = next((index for index, line in enumerate(body) if line.startswith("elements = {")), len(body))
    head = tuple(body[:start])
    text = " ".join(body[start:]).removeprefix("elements = {").removesuffix("}")
    elements: dict[str, str] = {}
    comments: dict[str, str] = {}
    timed = any(line.startswith("flags ") and "timeout" in line for line in head)
    for one in filter(None, map(str.strip, _ELEMENT.findall(text) if '"' in text else text.split(","))):
        left, quoted, rest = (_COUNTERS.sub("", one) if timed else one).partition(' comment "')
        if quoted:
            comments[left], _, rest = rest.partition('"')
            elements[left] = rest.removeprefix(" : ")
        else:
            key, _, data = left.partition(" : ")
            elements[key] = data
    return Collection(kind, head, elements, comments)
