"""The nftables table of one family: chains, and sets and maps with their elements, all in nft's own words.

    table ip svcc {                                       NftTable(IPV4,
        map picks {                                         collections={"picks": Collection("map", ("typeof …",),
            typeof meta priority : verdict           ⇄        {"5c1f:22e0": "goto pick-3"})},
            elements = { 5c1f:22e0 : goto pick-3 }            chains={"pick-3": Chain(None, ("meta priority set …",))})
        }
        chain pick-3 { meta priority set … }

A rule, a key and its data are the text that `nft list` prints for them, so a table read from the kernel and one that was compiled are
compared by ==. An element of a set has the data "". A comment names the Service port of a frontend: packets do not ask for it, people do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from svcc.diag import Span
from svcc.net import Family

TABLE = "svcc"
COMPANION = "svcc-ipvs"
"""The table that stands beside IPVS."""
TO_SERVICES = "jump services"
"""How base chains lead to Services."""
WORDS = {Family.IPV4: "ip", Family.IPV6: "ip6"}
"""The families as nft calls them."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A set or a map; `head` is what stands before its elements: type, size and flags, a line each."""

    kind: str
    head: tuple[str, ...]
    elements: Mapping[str, str] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    """By the key of an element."""
    origins: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    @property
    def dynamic(self) -> bool:
        """Whether packets add its elements, so that they are nobody's to compare."""
        return any(line.startswith("flags ") and "timeout" in line for line in self.head)

    def line(self, key: str) -> str:
        """Return an element as nft writes it: `10.96.0.10 . tcp . 80 comment "shop/cart:http" : 5c1f:22e0`."""
        comment, data = self.comments.get(key), self.elements[key]
        left = f'{key} comment "{comment}"' if comment else key
        return f"{left} : {data}" if data else left


@dataclass(frozen=True, slots=True)
class Chain:
    """The rules of a chain, in order; `base` is its hook with priority and policy, None where it is only gone to.

    A chain that somebody has made with a comment has that for a base: it is none of ours.
    """

    base: str | None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NftTable:
    """What our table of one family holds, or should hold; without any chain there is no table."""

    family: Family
    collections: Mapping[str, Collection] = field(default_factory=dict)
    """Every named object but chains: with svcc they are sets and maps."""
    chains: Mapping[str, Chain] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    """Lines about the table itself, such as `flags dormant`; svcc writes none."""
    name: str = TABLE

    @property
    def word(self) -> str:
        """The family as nft calls it."""
        return WORDS[self.family]


def adopt_origins(read: NftTable, known: NftTable) -> NftTable:
    """Return what was read, its elements with the origins of those of a compiled table."""
    held = {
        name: replace(one, origins=known.collections[name].origins) if name in known.collections else one
        for name, one in read.collections.items()
    }
    return replace(read, collections=held)
