"""What an iptables ruleset does to a packet, read from its text alone.

    Walker({IPV4: parse(text, IPV4)}, addresses=("172.20.5.11",)).walk(packet)
      ->  Trace({Dnat("10.128.7.21", 8080, True): 1/2, …}, steps=(Step("nat", "SVCC-SERVICES", 0, …), …))

It does what the kernel would do with the first packet of a connection from a client never seen before: the nat table of its
hook, then filter with the mark that nat left, then postrouting. At a `statistic` match both branches are followed, each with
its exact share. A rule that svcc never writes stops the walk with `UnknownRule`: no answer is better than a guess.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from svcc.diag import Span
from svcc.emit.iptables.match import (
    Chance,
    Comment,
    Destination,
    InInterface,
    LocalType,
    MarkIs,
    Match,
    Ports,
    Proto,
    Remember,
    Remembered,
    SelfTalk,
    Source,
    Translated,
)
from svcc.emit.iptables.read import parse_rule
from svcc.emit.iptables.rule import (
    Action,
    Discard,
    DnatTo,
    Goto,
    Jump,
    Masquerade,
    Refuse,
    Return,
    Rule,
    SetMark,
)
from svcc.emit.iptables.ruleset import IptablesRuleset, is_of_a_service, is_ours
from svcc.graph.packet import Dnat, Fate, Hook, Outcome, Packet
from svcc.net import Address, Family, contains, family_of, is_loopback


class UnknownRule(ValueError):  # noqa: N818 - it names what was met
    """A chain of ours holds a rule that svcc does not write, or goes to a chain that is not there."""


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that matched on the way to every outcome."""

    table: str
    chain: str
    rule: str
    origin: Span | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a packet goes, and how: `comment` is the Service port whose chain it reached, `affinity` in seconds."""

    outcomes: Mapping[Outcome, Fraction]
    steps: tuple[Step, ...] = ()
    comment: str = ""
    affinity: int | None = None


@dataclass(frozen=True, slots=True)
class _State:
    """A packet on its way: what it looks like now, how probable that is, and what it has met."""

    packet: Packet
    share: Fraction = Fraction(1)
    mark: int = 0
    translated: bool = False
    masqueraded: bool = False
    fate: Fate | None = None
    steps: tuple[Step, ...] = ()
    comment: str = ""
    affinity: int | None = None


class Walker:
    """Rulesets with their rules read once, for many walks. `addresses` are the node's own, loopback aside."""

    def __init__(self, rulesets: Mapping[Family, IptablesRuleset], addresses: tuple[Address, ...]) -> None:
        self._rulesets = rulesets
        self._addresses = frozenset(addresses)
        self._read: dict[tuple[Family, str, str], tuple[tuple[Rule, Step], ...]] = {}

    def walk(self, packet: Packet) -> Trace:
        """Return where one packet goes.

        Raises:
            UnknownRule: a rule on the way is not svcc's.
        """
        outcomes: dict[Outcome, Fraction] = {}
        ends: list[_State] = []
        for end in self._through(_State(packet)):
            outcome = _outcome(end)
            outcomes[outcome] = outcomes.get(outcome, Fraction(0)) + end.share
            ends.append(end)
        first = ends[0]
        common = first.steps
        for end in ends[1:]:
            common = tuple(step for step, other in zip(common, end.steps, strict=False) if step == other)
        return Trace(outcomes, common, first.comment, next((one.affinity for one in ends if one.affinity), None))

    def _through(self, start: _State) -> Iterator[_State]:
        """Take a packet through raw, nat, filter and postrouting."""
        hook = start.packet.hook.value
        for after_raw in self._table("raw", hook, start):
            if after_raw.fate is not None:
                yield after_raw
                continue
            for routed in self._table("nat", hook, after_raw):
                for judged in self._table("filter", self._filter_hook(routed.packet), routed):
                    if judged.fate is not None:
                        yield judged
                    else:
                        yield from self._table("nat", "POSTROUTING", judged)

    def _filter_hook(self, packet: Packet) -> str:
        if packet.hook is Hook.OUTPUT:
            return "OUTPUT"
        return "INPUT" if self._is_local(packet.destination) else "FORWARD"

    def _table(self, table: str, hook: str, state: _State) -> Iterator[_State]:
        """Take a packet through our jumps in one base chain."""
        for end, _ in self._chain(table, hook, state):
            yield end

    def _chain(self, table: str, name: str, start: _State) -> Iterator[tuple[_State, bool]]:
        """Yield each way out of a chain, with whether it ended the table."""
        rules = self._rules(table, name, start.packet)
        waiting = [(_entered(start, rules, owned=is_of_a_service(name)), 0)]
        while waiting:
            state, index = waiting.pop()
            while True:
                if index == len(rules):
                    yield state, False
                    break
                rule, step = rules[index]
                index += 1
                share = self._share(rule, state)
                if share == 0:
                    continue
                if share != 1:
                    waiting.append((replace(state, share=state.share * (1 - share)), index))
                taken = _taken(state, share, rule, step)
                if isinstance(rule.action, SetMark):
                    mark = (taken.mark & ~rule.action.mask) ^ rule.action.value
                    state = replace(taken, mark=mark)
                    continue
                if isinstance(rule.action, Jump):
                    for end, ended in self._chain(table, rule.action.chain, taken):
                        if ended:
                            yield end, True
                        else:
                            waiting.append((end, index))
                    break
                yield from self._finish(table, rule.action, taken)
                break

    def _finish(self, table: str, action: Action, state: _State) -> Iterator[tuple[_State, bool]]:
        """Yield what an action that leaves the chain leads to."""
        match action:
            case Goto(chain):
                yield from self._chain(table, chain, state)
            case DnatTo(address, port):
                packet = replace(state.packet, destination=address, port=port)
                yield replace(state, packet=packet, translated=True), True
            case Masquerade():
                yield replace(state, masqueraded=True), True
            case Discard():
                yield replace(state, fate=Fate.DROP), True
            case Refuse():
                yield replace(state, fate=Fate.REJECT), True
            case Return():
                yield state, False
            case _:
                raise AssertionError(f"bug in svcc: no meaning for {action}")

    def _rules(self, table: str, name: str, packet: Packet) -> tuple[tuple[Rule, Step], ...]:
        family = family_of(packet.source)
        key = (family, table, name)
        if key not in self._read:
            ruleset = self._rulesets.get(family)
            chain = ruleset.chain(table, name) if ruleset else None
            if chain is None and is_ours(name):
                raise UnknownRule(f"{table} chain {name} is gone to but does not exist")
            read = []
            for index, text in enumerate(chain.rules if chain else ()):
                try:
                    rule = parse_rule(text, family)
                except ValueError as failed:
                    raise UnknownRule(f"{table} chain {name}, rule {index + 1}: {failed}") from None
                read.append((rule, Step(table, name, text, chain.origin(index) if chain else None)))
            self._read[key] = tuple(read)
        return self._read[key]

    def _share(self, rule: Rule, state: _State) -> Fraction:
        """Return the share of a packet that a rule takes: 0, 1, or the probability of its `statistic` match."""
        share = Fraction(1)
        for match in rule.matches:
            if isinstance(match, Chance):
                share *= match.probability
            elif not self._holds(match, state):
                return Fraction(0)
        return share

    def _holds(self, match: Match, state: _State) -> bool:  # noqa: C901 - one case a kind of match
        packet = state.packet
        match match:
            case Source(network, negated):
                return contains(network, packet.source) != negated
            case Destination(network, negated):
                return contains(network, packet.destination) != negated
            case InInterface(name, negated):
                return _interface(name, packet.iface) != negated
            case Proto(protocol):
                return packet.protocol is protocol
            case Ports(low, high, _):
                return low <= packet.port <= high
            case LocalType(source):
                return self._is_local(packet.source if source else packet.destination)
            case MarkIs(value, mask):
                return state.mark & mask == value
            case Translated():
                return state.translated
            case SelfTalk():
                return packet.source == packet.destination
            case Remembered():
                return False
            case Comment() | Remember() | Chance():
                return True

    def _is_local(self, address: Address) -> bool:
        return address in self._addresses or is_loopback(address)


def _interface(name: str, iface: str | None) -> bool:
    if iface is None:
        return False
    return iface.startswith(name[:-1]) if name.endswith("+") else iface == name


def _taken(state: _State, share: Fraction, rule: Rule, step: Step) -> _State:
    """Return the share of a state that a rule takes; the rule may say whose it is."""
    comment = next((one.text for one in rule.matches if isinstance(one, Comment)), state.comment)
    return replace(state, share=state.share * share, steps=(*state.steps, step), comment=comment)


def _entered(state: _State, rules: tuple[tuple[Rule, Step], ...], *, owned: bool) -> _State:
    """Return a state that knows what the chain it enters says of itself: its affinity and, if `owned`, its Service port."""
    comment, affinity = state.comment, state.affinity
    for rule, _ in rules:
        for match in rule.matches:
            if owned and isinstance(match, Comment):
                comment = match.text
            elif isinstance(match, Remembered):
                affinity = match.seconds
    return replace(state, comment=comment, affinity=affinity)


def _outcome(end: _State) -> Outcome:
    if end.fate is not None:
        return end.fate
    if end.translated:
        return Dnat(end.packet.destination, end.packet.port, end.masqueraded)
    if end.masqueraded:
        raise UnknownRule("a packet that no Service takes would be masqueraded: somebody marks it")
    return Fate.UNTOUCHED
