"""What the nftables tables do to a packet, read from their text alone.

    Walker({IPV4: parse(text)}, addresses=("172.20.5.11",)).walk(packet)
      ->  Trace({Dnat("10.128.7.21", 8080, True): 1/2, …}, steps=(Step("services", "ip daddr . … vmap @policies", …), …))

It does what the kernel would do with the first packet of a connection from a client never seen before. A rule that svcc never writes
stops the walk with `UnknownRule`: no answer is better than a guess.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from svcc.emit.nftables.match import Matcher
from svcc.emit.nftables.ruleset import NftTable
from svcc.emit.nftables.state import State, Step, UnknownRule, key
from svcc.emit.nftables.statement import SendBy, Statement, Verdict, VerdictMap, statements
from svcc.graph.packet import Fate, Outcome, Packet
from svcc.net import Address, Family, family_of

_PRIORITIES = {"raw": -300, "dstnat": -100, "filter": 0, "srcnat": 100}
_GO_ON, _RETURN, _DONE = "go on", "return", "done"
_FATES = {"drop": Fate.DROP, "reject": Fate.REJECT}

_Ends = Iterator[tuple[State, str]]
"""States, and whether the chain goes on with them, returns to its caller, or has decided."""


Between = Callable[[State], Iterable[State]]
"""What happens to a packet behind the hooks that it enters by, and before it leaves."""


def _nothing(state: State) -> Iterable[State]:
    return (state,)


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a packet goes, and how; `affinity` in seconds, `service` the Service port that its frontend names."""

    outcomes: Mapping[Outcome, Fraction]
    steps: tuple[Step, ...] = ()
    affinity: int | None = None
    service: str = ""


class Walker:
    """Tables for many walks. `addresses` are the node's own, loopback aside; `between` is what else of the kernel takes part."""

    def __init__(
        self, tables: Mapping[Family, NftTable], addresses: tuple[Address, ...], between: Between = _nothing
    ) -> None:
        known = frozenset(addresses)
        self._walks = {family: _Walk(Matcher(table, known), between) for family, table in tables.items()}

    def walk(self, packet: Packet) -> Trace:
        """Return where one packet goes.

        Raises:
            UnknownRule: a rule on the way is not svcc's.
        """
        ends = list(self._walks[family_of(packet.source)].through(packet))
        outcomes: dict[Outcome, Fraction] = {}
        common = ends[0].steps
        for end in ends:
            outcomes[end.outcome] = outcomes.get(end.outcome, Fraction(0)) + end.share
            common = tuple(step for step, other in zip(common, end.steps, strict=False) if step == other)
        affinity = next((one.affinity for one in ends if one.affinity), None)
        return Trace(outcomes, common, affinity, next((one.service for one in ends if one.service), ""))


class _Walk:
    """The way through one table."""

    def __init__(self, matcher: Matcher, between: Between) -> None:
        self.matcher = matcher
        self.between = between
        self.chains = matcher.table.chains
        self.hooks = {hook: _base_chains(matcher.table, hook) for hook in ("prerouting", "output", "postrouting")}

    def through(self, packet: Packet) -> Iterator[State]:
        """Yield each end of a packet that enters at its hook."""
        for entered in self._hook(packet.hook.value.lower(), State(packet, original=packet.destination)):
            for state in (entered,) if entered.fate is not None else self.between(entered):
                yield from [state] if state.fate is not None else self._hook("postrouting", state)

    def _hook(self, hook: str, start: State) -> list[State]:
        """Take a packet through the base chains of a hook, in the order of their priorities."""
        states = [start]
        for name in self.hooks[hook]:
            ended = [one for one in states if one.fate is not None]
            states = ended + [end for one in states if one.fate is None for end, _ in self._chain(name, one)]
        return states

    def _chain(self, name: str, start: State) -> _Ends:
        chain = self.chains.get(name)
        if chain is None:
            raise UnknownRule(f"chain {name} is gone to but does not exist")
        waiting = [(start, 0)]
        while waiting:
            state, index = waiting.pop()
            if index == len(chain.rules):
                yield state, _GO_ON
                continue
            for end, how in self._rule(name, chain.rules[index], state):
                if how == _GO_ON:
                    waiting.append((end, index + 1))
                else:
                    yield end, _GO_ON if how == _RETURN else _DONE

    def _rule(self, chain: str, rule: str, start: State) -> _Ends:
        try:
            parts = statements(rule)
        except ValueError as failed:
            raise UnknownRule(f"chain {chain}: {failed}") from None
        states = [start]
        for part in parts:
            matched: list[State] = []
            for state in states:
                if isinstance(part, Verdict | VerdictMap | SendBy):
                    yield from self._decided(chain, rule, part, state)
                    continue
                after = list(self.matcher.apply(part, state))
                matched += after
                if not after:
                    yield state, _GO_ON
            states = matched
        yield from ((state, _GO_ON) for state in states)

    def _decided(self, chain: str, rule: str, part: Statement, state: State) -> _Ends:
        """Yield what a verdict leads to; a packet for which a map has none goes on."""
        if isinstance(part, Verdict):
            yield from self._follow(part, replace(state, steps=(*state.steps, Step(chain, rule))))
            return
        assert isinstance(part, VerdictMap | SendBy)
        collection, at = self.matcher.collection(part.name), key(part.fields, state)
        data = collection.elements.get(at)
        if data is None:
            yield state, _GO_ON
            return
        state = replace(state, steps=(*state.steps, Step(chain, rule, collection.origins.get(at))))
        if isinstance(part, SendBy):
            address, _, port = data.partition(" . ")
            packet = replace(state.packet, destination=Address(address), port=int(port))
            yield replace(state, packet=packet, translated=True), _DONE
        else:
            word, _, to = data.partition(" ")
            yield from self._follow(Verdict(word, to), state)

    def _follow(self, verdict: Verdict, state: State) -> _Ends:
        match verdict.word:
            case "jump":
                yield from self._chain(verdict.chain, state)
            case "goto":
                for end, how in self._chain(verdict.chain, state):
                    yield end, _RETURN if how == _GO_ON else how
            case "return":
                yield state, _RETURN
            case "accept":
                yield state, _DONE
            case "masquerade":
                yield replace(state, masqueraded=True), _DONE
            case _:
                yield replace(state, fate=_FATES[verdict.word]), _DONE


def _base_chains(table: NftTable, hook: str) -> list[str]:
    found = []
    for name, chain in table.chains.items():
        words = chain.base.partition(";")[0].split() if chain.base else []
        if words and words[3] == hook:
            first, *more = words[5:]
            number = _PRIORITIES[first] if first in _PRIORITIES else int(first)
            found.append((number + int("".join(more) or 0), name))
    return [name for _, name in sorted(found)]
