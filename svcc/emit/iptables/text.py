"""Print a ruleset as iptables-save prints it, and read such text back: two inverse functions.

    parse(render(ruleset), family) == ruleset

`render` writes an `iptables-restore --noflush` script: a line `:CHAIN - [0:0]` for each chain of ours (sorted: iptables-nft
1.8.9 takes quadratic time otherwise) and one `-A` line a rule. `parse` also takes the whole of iptables-save, foreign rules
included, and keeps only what is ours: our chains, and in other chains the rules that jump or go to them. It reads no rule:
rules stay the canonical text they are, so reading 120,000 of them takes a tenth of a second.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from svcc.emit.iptables.ruleset import PREFIX, TABLES, Chain, IptablesRuleset, is_ours
from svcc.net import Family


def render(ruleset: IptablesRuleset) -> str:
    """Return the whole ruleset as one restore script; an empty ruleset is an empty text."""
    return "".join(line + "\n" for table in TABLES if table in ruleset.tables for line in _table_lines(ruleset, table))


def _table_lines(ruleset: IptablesRuleset, table: str) -> Iterator[str]:
    chains = ruleset.tables[table]
    yield f"*{table}"
    for name in sorted(chains):
        if is_ours(name):
            yield f":{name} - [0:0]"
    for name in sorted(chains):
        for rule in chains[name].rules:
            yield f"-A {name} {rule}"
    yield "COMMIT"


def parse(text: str, family: Family) -> IptablesRuleset:
    """Return what of ours a text in iptables-save's form holds.

    Raises:
        ValueError: a line is not of that form; the message holds it.
    """
    tables: dict[str, dict[str, list[str]]] = {}
    chains: dict[str, list[str]] = {}
    for line in text.splitlines():
        first = line[:1]
        if first == "-":
            _, name, rule = line.split(" ", 2)
            if name.startswith(PREFIX) or jumps_to_ours(rule):
                chains.setdefault(name, []).append(rule)
        elif first == ":":
            name = line[1:].split(" ", 1)[0]
            if is_ours(name):
                chains.setdefault(name, [])
        elif first == "*":
            chains = tables.setdefault(line[1:].strip(), {})
        elif first not in ("", "#") and line != "COMMIT":
            raise ValueError(f"not a line of iptables-save: {line!r}")
    return IptablesRuleset(
        family,
        {table: {name: Chain(tuple(rules)) for name, rules in held.items()} for table, held in tables.items() if held},
    )


def jumps_to_ours(rule: str) -> bool:
    """Tell whether a rule of a foreign chain jumps or goes to a chain of ours; what its comment says does not count."""
    if PREFIX not in rule:
        return False
    words = split(rule)
    return any(word in ("-j", "-g") and is_ours(after) for word, after in pairwise(words))


_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


def split(rule: str) -> list[str]:
    """Return the words of a rule; what stands between double quotes is one word."""
    return [quoted or plain for quoted, plain in _WORD.findall(rule)]


_COMMENT = '--comment "'
_DESTINATION = "--to-destination "


def service_of(rule: str) -> str:
    """Return the Service port that a rule's comment names, `shop/cart:http`, or "" when it names none.

    This and `destination_of` read one fact out of the canonical text: a plan asks a hundred thousand rules for no more.
    """
    comment = rule.partition(_COMMENT)[2].partition('"')[0]
    name = comment.partition(" ")[0]
    return name if "/" in name else ""


def destination_of(rule: str) -> str:
    """Return the backend of a DNAT rule, `10.128.7.21:8080`, or ""."""
    return rule.partition(_DESTINATION)[2].partition(" ")[0]


def without_ours(text: str) -> str:
    """Return a text of iptables-save without our chains and the jumps to them."""
    return "".join(line + "\n" for line in text.splitlines() if not _is_ours(line))


def _is_ours(line: str) -> bool:
    if line.startswith((f":{PREFIX}", f"-A {PREFIX}")):
        return True
    return line.startswith("-A ") and jumps_to_ours(line)
