"""What the kernel refuses of a table as a whole: rules that may not be reached from a hook, and ways that have no end.

    chain nat-postrouting { type nat hook postrouting …; reject }     Operation not supported
    chain a { goto b }  chain b { goto a }                            nothing, as long as no hook leads there; Too many links, when one does

Linux looks only when a script has ended, so what is between may be anything (measured on 6.18).
"""

import re
from collections.abc import Iterator

from svcc.emit.nftables.statement import SendBy, Verdict, VerdictMap, statements
from svcc.kernel.fake_nft_script import Refused
from svcc.kernel.fake_nft_table import UNABLE, Held

_BASE = re.compile(r"type (\S+) hook (\S+) ")
_DEPTH = 16
"""Chains that a packet may be in at once."""
_REJECTING = ("prerouting", "input", "forward", "output")
_SENDING = ("prerouting", "output")

Step = tuple[str, int]
"""A chain, and how many lie before it."""


def check_hooks(table: Held) -> None:
    """Follow every way from a hook.

    Raises:
        Refused: a rule is not for that hook, or a way is too long.
    """
    leads = {name: _leads(table, name) for name in table.chains}
    for name, chain in table.chains.items():
        if base := _BASE.match(chain.base):
            for step in _ways(leads, (name, 0)):
                _check_chain(table, step, (base[1], base[2]))


def _leads(table: Held, chain: str) -> tuple[str, ...]:
    """Return the chains that rules of a chain go to, by themselves or by a map."""
    found: dict[str, None] = {}
    for rule in table.chains[chain].rules:
        for one in statements(rule):
            if isinstance(one, Verdict) and one.chain:
                found[one.chain] = None
            elif isinstance(one, VerdictMap):
                datas = dict.fromkeys(table.sets[one.name].elements.values())
                found.update(dict.fromkeys(data.partition(" ")[2] for data in datas if " " in data))
    return tuple(found)


def _ways(leads: dict[str, tuple[str, ...]], start: Step) -> Iterator[Step]:
    seen, left = {start}, [start]
    while left:
        name, depth = step = left.pop()
        yield step
        following = [(one, depth + 1) for one in leads[name] if (one, depth + 1) not in seen]
        seen.update(following)
        left += following


def _check_chain(table: Held, step: Step, base: tuple[str, str]) -> None:
    name, depth = step
    if depth == _DEPTH:
        raise Refused("Too many links")
    kind, hook = base
    allowed = {
        "masquerade": kind == "nat" and hook == "postrouting",
        "reject": hook in _REJECTING,
        "dnat": kind == "nat" and hook in _SENDING,
    }
    for rule in table.chains[name].rules:
        for one in statements(rule):
            word = "dnat" if isinstance(one, SendBy) else one.word if isinstance(one, Verdict) else ""
            if not allowed.get(word, True):
                raise Refused(UNABLE)
