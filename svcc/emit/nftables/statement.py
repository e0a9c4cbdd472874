"""Read a rule into statements: the whole vocabulary of the rules that svcc writes.

    "ip saddr @pods return"    ->   (Lookup(("ip saddr",), "pods"), Verdict("return"))

A rule with anything else in it is refused: no answer is better than a guess.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Lookup:
    """A key is, or is not, in a set."""

    fields: tuple[str, ...]
    name: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Assign:
    """The priority becomes what a map has for a key; without such an element the rule ends."""

    fields: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Put:
    """The priority becomes this."""

    priority: str


@dataclass(frozen=True, slots=True)
class VerdictMap:
    """The verdict that a map has for a key."""

    fields: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class SendBy:
    """DNAT to what a map has for a key."""

    fields: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A field is, or is not, one value, network or interface."""

    field: str
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsLocal:
    """An address of the packet is the node's own."""

    source: bool


@dataclass(frozen=True, slots=True)
class Bits:
    """Bits of the mark are set, where `mark` says what for."""

    mark: int
    word: str
    """`set`, `flip` or `test`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ends a rule: `jump`, `goto` with a chain, `return`, `accept`, `drop`, `reject`, `masquerade`."""

    word: str
    chain: str = ""


@dataclass(frozen=True, slots=True)
class Nothing:
    """A statement that changes nothing for the first packet of a client never seen, which is new; affinity tells for how long."""

    seconds: str = ""


@dataclass(frozen=True, slots=True)
class Carries:
    """The priority is one of our numbers."""


@dataclass(frozen=True, slots=True)
class Transport:
    """The protocol is TCP, UDP or SCTP."""


@dataclass(frozen=True, slots=True)
class Translated:
    """The connection has had its destination changed."""


Statement = (
    Lookup
    | Assign
    | Put
    | VerdictMap
    | SendBy
    | Compare
    | IsLocal
    | Bits
    | Carries
    | Verdict
    | Nothing
    | Transport
    | Translated
)


def _fields(key: str) -> tuple[str, ...]:
    # A hash of several fields is one field.
    return tuple(re.findall(r"jhash .+? mod \d+ seed 0x[0-9a-f]+|[a-z0-9](?:[a-z0-9 &:]|\.(?! ))*?(?= \. |\Z)", key))


_DRAWN = re.compile(r"(?:numgen random|jhash .+?) mod (\d+)")


def is_drawn(field: str) -> bool:
    """Tell whether a field of a key is not of the packet but a number that is drawn."""
    return _DRAWN.match(field) is not None


def drawn_of(fields: tuple[str, ...]) -> int:
    """Return of how many numbers one is drawn for a key, 0 for none."""
    found = next(filter(None, map(_DRAWN.match, fields)), None)
    return int(found[1]) if found else 0


_VOCABULARY: tuple[tuple[str, Callable[..., Statement]], ...] = (
    (r"meta priority set (.+?) map @(\S+)", lambda key, name: Assign(_fields(key), name)),
    (r"meta priority set ([0-9a-f]+:[0-9a-f]+)", Put),
    (r"meta l4proto \{ tcp, udp, sctp \}", Transport),
    (r"meta mark set meta mark \| (0x[0-9a-f]+)", lambda mark: Bits(int(mark, 16), "set")),
    (r"meta mark set meta mark \^ (0x[0-9a-f]+)", lambda mark: Bits(int(mark, 16), "flip")),
    (r"meta mark & (0x[0-9a-f]+) == (0x[0-9a-f]+)", lambda mark, _: Bits(int(mark, 16), "test")),
    (r"meta priority (?:& \S+ == )?\S+ meta priority set none", Nothing),
    (r"meta priority & \S+ == \S+", Carries),
    (r"(meta priority) ()([0-9a-f]+:[0-9a-f]+)", lambda field, _, value: Compare(field, value)),
    (r"ct state new", Nothing),
    (r"(?:update|delete) @affinity \{ .+?(?: timeout (\S+))? : meta priority \}", lambda time: Nothing(time or "")),
    (r"fib (s|d)addr type local", lambda which: IsLocal(which == "s")),
    (r"ct status dnat", Translated),
    (r"dnat (?:ip6? )?to (.+?) map @(\S+)", lambda key, name: SendBy(_fields(key), name)),
    (r"masquerade fully-random", lambda: Verdict("masquerade")),
    (r"(jump|goto) (\S+)", Verdict),
    (r"(return|accept|drop|reject)", Verdict),
    (r'(iif|iifname) (!= )?"([^"]+)"', lambda field, no, value: Compare(field, value, bool(no))),
    (r"([^@!\"]+?) vmap @(\S+)", lambda key, name: VerdictMap(_fields(key), name)),
    (r"([^@!\"]+?) (!= )?@(\S+)", lambda key, no, name: Lookup(_fields(key), name, bool(no))),
    (r"(ip6? [sd]addr) (!= )?(\S+)", lambda field, no, value: Compare(field, value, bool(no))),
)
_PATTERNS = tuple((re.compile(rf"{pattern}(?= |\Z)"), make) for pattern, make in _VOCABULARY)


@cache
def statements(rule: str) -> tuple[Statement, ...]:
    """Return the statements of a rule.

    Raises:
        ValueError: svcc writes no such rule.
    """
    return tuple(_read(rule))


def _read(rule: str) -> Iterator[Statement]:
    rest = rule
    while rest:
        for pattern, make in _PATTERNS:
            match = pattern.match(rest)
            if match is not None:
                yield make(*match.groups())
                rest = rest[match.end() :].lstrip()
                break
        else:
            raise ValueError(f"svcc does not write this: {rest[:80]}")
