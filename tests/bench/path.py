"""Count the rules that the first packet of a connection is tested against, on the worst path through a ruleset.

    *nat                                        TCP to 10.96.0.10:80
    -A PREROUTING -j SVCC-SERVICES        1
    -A SVCC-SERVICES -d 10.97.0.0/16 …    2  no
    -A SVCC-SERVICES -d 10.96.0.0/16 …    3  ->  …            crossed(ruleset, "10.96.0.10", 80)  ->  17
    …                                                          nat, filter and nat's POSTROUTING together

A condition on destination, protocol, port or connection state is decided; any other (a probability, a mark, a source) may hold
or not, and the longer way counts. So the result is an upper bound of what any client can meet, never less.
A packet of the node (OUTPUT) and one that is forwarded are both followed; the longer counts.
"""

import shlex
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from svcc.emit.iptables.ruleset import IptablesRuleset

FORWARDED = (("raw", "PREROUTING"), ("nat", "PREROUTING"), ("filter", "FORWARD"), ("nat", "POSTROUTING"))
FROM_NODE = (("raw", "OUTPUT"), ("nat", "OUTPUT"), ("filter", "OUTPUT"), ("nat", "POSTROUTING"))
STATES = frozenset({"NEW", "DNAT"})
"""What conntrack says about the first packet once it was sent to a backend."""
PASSING = frozenset({"MARK", "LOG", "NFLOG", "TRACE", "CT", "CONNMARK"})
"""Targets after which the next rule is tested."""
ENDING = frozenset({"ACCEPT", "DROP", "REJECT", "DNAT", "SNAT", "MASQUERADE", "REDIRECT"})
"""Targets after which no rule of this hook and table is tested; every other word is a chain."""


class Test(NamedTuple):
    """What a rule asks and does; None is a condition that it does not have."""

    destination: str | None
    inverted: bool
    protocol: str | None
    port: str | None
    states: frozenset[str] | None
    certain: bool
    """It holds whenever the decided conditions do."""
    jump: str | None
    goto: bool
    sends_to: str | None


class Flow(NamedTuple):
    """Where the packet is going, before or after its destination was rewritten."""

    address: str
    port: int
    state: frozenset[str]


class Ways(NamedTuple):
    """The most rules crossed when the packet's way ends in a chain, and when it returns; None is no such way."""

    ended: int | None
    returned: int | None
    sent_to: str | None = None


def crossed(ruleset: IptablesRuleset, address: str, port: int) -> int:
    """Return the most rules that a TCP connection's first packet to an address and port is tested against."""
    return max(_along(ruleset, hooks, Flow(address, port, frozenset({"NEW"}))) for hooks in (FORWARDED, FROM_NODE))


def _along(ruleset: IptablesRuleset, hooks: tuple[tuple[str, str], ...], flow: Flow) -> int:
    total = 0
    for table, chain in hooks:
        ways = _walk(ruleset, table, chain, flow)
        total += max(ways.ended or 0, ways.returned or 0)
        if ways.sent_to is not None:
            to, _, port = ways.sent_to.rpartition(":")
            flow = Flow(to.strip("[]"), int(port), STATES)
    return total


def _walk(ruleset: IptablesRuleset, table: str, name: str, flow: Flow) -> Ways:
    chain = ruleset.chain(table, name)
    here, ended, sent_to, left = 0, None, None, None
    for rule in chain.rules if chain is not None else ():
        here += 1
        test = _read(rule)
        if not _may_hold(test, flow):
            continue
        after = _follow(ruleset, table, test, flow)
        ended = _most(ended, None if after.ended is None else here + after.ended)
        sent_to = after.sent_to or sent_to
        back = None if after.returned is None else here + after.returned
        if test.goto or test.jump == "RETURN":
            left, back = _most(left, back), None
        here_on = _most(back, None if test.certain else here)
        if here_on is None:
            return Ways(ended, left, sent_to)
        here = here_on
    return Ways(ended, _most(left, here), sent_to)


def _follow(ruleset: IptablesRuleset, table: str, test: Test, flow: Flow) -> Ways:
    if test.jump is None or test.jump in PASSING or test.jump == "RETURN":
        return Ways(None, 0)
    if test.jump in ENDING:
        return Ways(0, None, test.sends_to)
    return _walk(ruleset, table, test.jump, flow)


def _most(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else max(one, other)


def _may_hold(test: Test, flow: Flow) -> bool:
    if test.protocol not in (None, "tcp") or test.port not in (None, str(flow.port)):
        return False
    if test.states is not None and not test.states & flow.state:
        return False
    return test.destination is None or _inside(test.destination, flow.address) is not test.inverted


def _inside(network: str, address: str) -> bool:
    base, mask = _network(network)
    return _number(address) & mask == base


@cache
def _network(text: str) -> tuple[int, int]:
    network = ip_network(text)
    return int(network.network_address), int(network.netmask)


@cache
def _number(address: str) -> int:
    return int(ip_address(address))


@cache
def _read(rule: str) -> Test:
    found: dict[str, str] = {}
    certain = True
    for option, value, inverted in _options(rule):
        if option == "-d" and inverted:
            found["inverted"] = "yes"
        elif inverted or option not in _DECIDED:
            certain = False
            continue
        found[option] = value
    return Test(
        found.get("-d"),
        "inverted" in found,
        found.get("-p"),
        found.get("--dport"),
        frozenset(found["--ctstate"].split(",")) if "--ctstate" in found else None,
        certain,
        found.get("-j") or found.get("-g"),
        "-g" in found,
        found.get("--to-destination"),
    )


_DECIDED = frozenset({"-d", "-p", "--dport", "--ctstate", "-j", "-g", "--to-destination", "--comment", "-m"})
_TARGET_OPTIONS = frozenset({"--set-xmark", "--random-fully", "--reject-with", "--to-ports", "--name", "--mask"})
_FLAGS = frozenset({"--random-fully", "--update", "--set", "--rsource", "--rdest", "--reap", "--rcheck"})


def _options(rule: str) -> Iterator[tuple[str, str, bool]]:
    words = shlex.split(rule) if '"' in rule else rule.split()
    at, inverted = 0, False
    while at < len(words):
        word = words[at]
        if word == "!":
            inverted, at = True, at + 1
            continue
        flag = word in _FLAGS
        if word not in _TARGET_OPTIONS:
            yield word, "" if flag else words[at + 1], inverted
        at, inverted = at + (1 if flag else 2), False
