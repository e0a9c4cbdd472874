"""What changes of chains mean in Service terms.

    UPDATE chain IPv4 nat SVCC-SVC-ABC        ->   {"shop/cart:http": (("10.128.7.21:8080",), ("10.128.7.21:8080", "10.128.7.22:8080"))}
      [… 10.128.7.21:8080] ⇒ [… 10.128.7.21:8080, … 10.128.7.22:8080]

A Service's backends are those of its chains that change, both families together. Rules name their Service in a comment; a
rule that is new or gone in a shared chain also counts as a change of its Service.

    frontends(ruleset)  ->  {"10.96.0.10:80/TCP": "shop/cart:http", "IPv4 node port 30080/TCP": "shop/web:http"}
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from svcc.emit.iptables.ruleset import PREFIX, Chain, IptablesRuleset, is_of_a_service
from svcc.emit.iptables.text import destination_of, service_of
from svcc.net import Address, Protocol
from svcc.plan.change import Change
from svcc.plan.frontends import Frontends, node_port, place
from svcc.plan.services import Side, Sides

_FRONTEND = re.compile(r"(?:-d ([^/ ]+)/\d+ )?-p (\w+) -m \2 --dport (\d+) .*-[gj] (\S+)\Z")
_VERDICTS = (f"{PREFIX}REFUSE", f"{PREFIX}DISCARD", "RETURN")


@dataclass(slots=True)
class _Rules:
    """What rules say of one Service before, or after."""

    present: bool = False
    backends: dict[str, None] = field(default_factory=dict)

    def add(self, rules: Iterable[str]) -> None:
        for rule in rules:
            self.present = True
            if destination := destination_of(rule):
                self.backends[destination] = None

    @property
    def side(self) -> Side:
        return tuple(self.backends) if self.present else None


def sides(changes: Iterable[Change]) -> Sides:
    """Return the backends of each Service port that the changes of chains touch, before and after."""
    found: dict[str, tuple[_Rules, _Rules]] = {}
    for change in changes:
        for name, before, after in _services(change):
            found.setdefault(name, (_Rules(), _Rules()))
            found[name][0].add(before)
            found[name][1].add(after)
    return {name: (before.side, after.side) for name, (before, after) in found.items()}


def _services(change: Change) -> Iterator[tuple[str, Iterable[str], Iterable[str]]]:
    """Yield each Service that a change touches, with its rules before and after."""
    before, after = change.before or (), change.after or ()
    if change.service:
        yield change.service, before, after
        return
    kept = set(before).intersection(after)
    gone, new = _by_service(before, kept), _by_service(after, kept)
    for name in sorted({*gone, *new}):
        yield name, gone.get(name, ()), new.get(name, ())


def _by_service(rules: Iterable[str], kept: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for rule in rules:
        if rule not in kept and (name := service_of(rule)):
            found.setdefault(name, []).append(rule)
    return found


def frontends(ruleset: IptablesRuleset) -> Frontends:
    """Return the frontends of one family that lead to a backend: rules about one port that go to a Service's chain."""
    chains = ruleset.tables.get("nat", {})
    found: dict[str, str] = {}
    for name, chain in chains.items():
        for rule in () if is_of_a_service(name) else chain.rules:
            match = _FRONTEND.match(rule)
            if match is None or match[4] in _VERDICTS:
                continue
            address, protocol, port, target = match.groups()
            at = int(port), Protocol(protocol.upper())
            if service := _named(chains, target):
                found[place(Address(address), *at) if address else node_port(ruleset.family, *at)] = service
    return found


def frontend_of(chains: Mapping[str, Chain], chain: str, rule: str) -> str:
    """Return the Service port whose frontend a rule in the nat table is, "" for any other rule."""
    match = None if is_of_a_service(chain) else _FRONTEND.match(rule)
    if match is None or chain not in chains:
        return ""
    return service_of(rule) or _named(chains, match[4])


def _named(chains: Mapping[str, Chain], target: str) -> str:
    rules = chains[target].rules if target in chains else ()
    return next((name for rule in rules if (name := service_of(rule))), "")
