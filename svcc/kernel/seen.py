"""Remember what iptables-nft held after our last commit, so that the next look need not list it all.

    keep(saved, rulesets, generation=7)   generation 7, and iptables-save's text: the foreign lines as read, ours as committed
    recall()   generation is still 7      ->  those texts, in a tenth of a second
               it is 8                    ->  None: somebody changed a rule, ours or not; list everything

At 10,000 Services `iptables-nft-save` takes seconds and is most of a small change. The generation makes leaving it out exact:
a single rule edited by hand raises it. iptables-legacy has no such number and lists quickly. The namespace is told by its
cookie, which the kernel never gives twice between two boots.
"""

import json
from collections.abc import Mapping

from svcc.emit.iptables.ruleset import IptablesRuleset
from svcc.emit.iptables.text import render, without_ours
from svcc.kernel import generation, netns, state
from svcc.kernel.backend import Backend, Saved
from svcc.net import Family

Texts = Mapping[Family, str]


def recall() -> Texts | None:
    """Return what iptables-nft-save would print of the tables, or None when that is not known for certain."""
    held = state.read_seen(netns.identity())
    if held is None:
        return None
    head, _, body = held.partition("\n")
    try:
        told = json.loads(head)
        known, at, length = told["instance"], told["generation"], int(told["length"])
    except (ValueError, KeyError, TypeError):
        return None
    if at is None or known != netns.instance() or at != generation.current():
        return None
    return {Family.IPV4: body[:length], Family.IPV6: body[length:]}


def keep(saved: Saved, rulesets: Mapping[Family, IptablesRuleset], at: int) -> None:
    """Write down what iptables-nft holds at a generation: what was `saved` of others, and `rulesets` of ours."""
    texts = [_text(saved, family, rulesets.get(family)) for family in Family]
    head = {"generation": at, "instance": netns.instance(), "length": len(texts[0])}
    state.write_seen(netns.identity(), json.dumps(head) + "\n" + "".join(texts))


def _text(saved: Saved, family: Family, ruleset: IptablesRuleset | None) -> str:
    foreign = without_ours(saved.texts.get((Backend.NFT, family), ""))
    return foreign + (render(ruleset) if ruleset is not None else "")
