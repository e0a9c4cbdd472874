"""A table of nf_tables in memory, and what leads to a chain of it.

Held("", sets={"picks": HeldSet("map", …, elements={"581f:22e0": "goto pick-2"})}, chains={"pick-2": HeldChain("", [])})
    .leads_to("pick-2")  ->  True: an element of `picks` does
"""

from dataclasses import dataclass, field, replace

from svcc.emit.nftables.statement import Verdict, statements
from svcc.kernel.fake_nft_script import Refused
from svcc.kernel.fake_nft_types import Types

EXISTS, MISSING, BUSY = "File exists", "No such file or directory", "Device or resource busy"
UNABLE, INVALID = "Operation not supported", "Invalid argument"


@dataclass(slots=True)
class HeldSet:
    """A set or a map."""

    kind: str
    head: tuple[str, ...]
    key_types: Types
    data_types: Types
    elements: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)

    @property
    def interval(self) -> bool:
        """Whether the last field of its keys is a network."""
        return "flags interval" in self.head


@dataclass(slots=True)
class HeldChain:
    """A chain; `base` is its hook with priority and policy, "" where it is only gone to."""

    base: str
    rules: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Held:
    """A table; its comment is the one that it was made with."""

    comment: str = ""
    sets: dict[str, HeldSet] = field(default_factory=dict)
    chains: dict[str, HeldChain] = field(default_factory=dict)

    def copied(self) -> "Held":
        """Return the same table, to be changed without this one."""
        sets = {
            name: replace(one, elements=dict(one.elements), comments=dict(one.comments))
            for name, one in self.sets.items()
        }
        return Held(self.comment, sets, {name: HeldChain(one.base, [*one.rules]) for name, one in self.chains.items()})

    def leads_to(self, chain: str) -> bool:
        """Tell whether a rule or an element goes to a chain."""
        aims = (f"goto {chain}", f"jump {chain}")
        return any(chain in aimed(rule) for held in self.chains.values() for rule in held.rules) or any(
            data in aims for one in self.sets.values() for data in one.elements.values()
        )


Tables = dict[str, Held]


def copied(tables: Tables) -> Tables:
    """Return tables that can be changed without those they were copied from."""
    return {place: table.copied() for place, table in tables.items()}


def aimed(rule: str) -> list[str]:
    """Return the chains that a rule itself goes to."""
    return [one.chain for one in statements(rule) if isinstance(one, Verdict) and one.chain]


def check_aim(table: Held, name: str, blamed: str) -> None:
    """Raise Refused where no rule or element may go to a chain."""
    if name not in table.chains:
        raise Refused(MISSING, blamed)
    if table.chains[name].base:
        raise Refused(UNABLE, blamed)
