"""Read one rule back from its text: the inverse of `Rule.print`.

    parse_rule('-s 10.0.0.0/8 -p tcp -m tcp --dport 80 -j RETURN', IPV4)
      ->  Rule((Source(10.0.0.0/8), Proto(TCP), Ports(80, 80, TCP)), Return())

Words are consumed from the left by a table of readers; whatever no reader knows raises ValueError with the rule's text.
"""

from collections.abc import Callable

from svcc.emit.iptables.match import (
    MASKS,
    SELF_TALK,
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
    read_probability,
)
from svcc.emit.iptables.rule import (
    REJECTS,
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
from svcc.emit.iptables.text import split
from svcc.net import Family, Protocol, parse_address, parse_network


def parse_rule(text: str, family: Family) -> Rule:
    """Return the rule that a canonical text stands for.

    Raises:
        ValueError: svcc never writes such a rule; the message holds the text.
    """
    reader = _Reader(text, family)
    try:
        return reader.rule()
    except (ValueError, IndexError, KeyError) as failed:
        raise ValueError(f"not a rule that svcc writes: {text!r}") from failed


class _Reader:
    """The words of one rule, consumed from the left."""

    def __init__(self, text: str, family: Family) -> None:
        self.words = split(text)
        self.at = 0
        self.family = family
        self.protocol: Protocol | None = None

    def take(self) -> str:
        self.at += 1
        return self.words[self.at - 1]

    def expect(self, *words: str) -> None:
        for word in words:
            if self.take() != word:
                raise ValueError(word)

    def rule(self) -> Rule:
        matches: list[Match] = []
        while True:
            word = self.take()
            if word in ("-j", "-g"):
                action = self.action(goto=word == "-g")
                if self.at != len(self.words):
                    raise ValueError("words after the target")
                return Rule(tuple(matches), action)
            negated = word == "!"
            matches.append(self.match(self.take() if negated else word, negated=negated))

    def match(self, word: str, *, negated: bool) -> Match:
        if word == "-s":
            return Source(parse_network(self.take()), negated)
        if word == "-d":
            return Destination(parse_network(self.take()), negated)
        if word == "-i":
            return InInterface(self.take(), negated)
        if negated:
            raise ValueError(word)
        if word == "-p":
            self.protocol = Protocol(self.take().upper())
            return Proto(self.protocol)
        if word != "-m":
            raise ValueError(word)
        return _MODULES[self.take()](self)

    def ports(self) -> Match:
        if self.protocol is None or self.words[self.at - 1] != self.protocol.word:
            raise ValueError("ports of another protocol")
        self.expect("--dport")
        low, _, high = self.take().partition(":")
        return Ports(int(low), int(high or low), self.protocol)

    def comment(self) -> Match:
        self.expect("--comment")
        return Comment(self.take())

    def addrtype(self) -> Match:
        side = self.take()
        self.expect("LOCAL")
        return LocalType({"--src-type": True, "--dst-type": False}[side])

    def mark(self) -> Match:
        self.expect("--mark")
        value, _, mask = self.take().partition("/")
        return MarkIs(int(value, 16), int(mask, 16))

    def conntrack(self) -> Match:
        self.expect("--ctstate", "DNAT")
        return Translated()

    def bpf(self) -> Match:
        self.expect("--bytecode", SELF_TALK[self.family])
        return SelfTalk()

    def statistic(self) -> Match:
        self.expect("--mode", "random", "--probability")
        return Chance(read_probability(self.take()))

    def recent(self) -> Match:
        how = self.take()
        seconds = None
        if how == "--update":
            self.expect("--seconds")
            seconds = int(self.take())
            self.expect("--reap")
        elif how != "--set":
            raise ValueError(how)
        self.expect("--name")
        name = self.take()
        self.expect("--mask", MASKS[self.family], "--rsource")
        return Remember(name) if seconds is None else Remembered(name, seconds)

    def action(self, *, goto: bool) -> Action:
        word = self.take()
        if goto:
            return Goto(word)
        reader = _TARGETS.get(word)
        return reader(self) if reader else Jump(word)

    def set_mark(self) -> Action:
        self.expect("--set-xmark")
        value, _, mask = self.take().partition("/")
        return SetMark(int(value, 16), int(mask, 16))

    def dnat(self) -> Action:
        self.expect("--to-destination")
        address, _, port = self.take().rpartition(":")
        return DnatTo(parse_address(address.strip("[]")), int(port))

    def masquerade(self) -> Action:
        self.expect("--random-fully")
        return Masquerade()

    def reject(self) -> Action:
        self.expect("--reject-with", REJECTS[self.family])
        return Refuse()


_MODULES: dict[str, Callable[[_Reader], Match]] = {
    "tcp": _Reader.ports,
    "udp": _Reader.ports,
    "sctp": _Reader.ports,
    "comment": _Reader.comment,
    "addrtype": _Reader.addrtype,
    "mark": _Reader.mark,
    "conntrack": _Reader.conntrack,
    "bpf": _Reader.bpf,
    "statistic": _Reader.statistic,
    "recent": _Reader.recent,
}

_TARGETS: dict[str, Callable[[_Reader], Action]] = {
    "MARK": _Reader.set_mark,
    "DNAT": _Reader.dnat,
    "MASQUERADE": _Reader.masquerade,
    "REJECT": _Reader.reject,
    "DROP": lambda _: Discard(),
    "RETURN": lambda _: Return(),
}
