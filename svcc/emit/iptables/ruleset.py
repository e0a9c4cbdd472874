"""The iptables ruleset of one family: table → chain → canonical rules.

    *nat                                        tables = {"nat": {
    :SVCC-SERVICES - [0:0]                        "PREROUTING": Chain(("-j SVCC-SERVICES",)),
    -A PREROUTING -j SVCC-SERVICES        ⇄       "SVCC-SERVICES": Chain(("-d 10.96.0.0/16 -g SVCC-T-10.96.0.0-16", …)),
    -A SVCC-SERVICES -d 10.96.0.0/16 …          }}
    COMMIT

A rule is the text that iptables-save prints for it, without `-A CHAIN `, so a ruleset read from the kernel and one that was
compiled are compared by ==. Chains that start with `SVCC-` are ours; of any other chain (the kernel's base chains) a ruleset
holds only the rules that jump to ours. Tables without chains are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from svcc.diag import Span
from svcc.net import Family

PREFIX = "SVCC-"
TABLES = ("raw", "filter", "nat")
"""In commit order: a verdict must be acted on before the nat table can set it."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The rules of one chain, in order; `origins` is parallel to `rules`, or empty when read from a kernel."""

    rules: tuple[str, ...] = ()
    origins: tuple[Span | None, ...] = field(default=(), compare=False, repr=False)

    def origin(self, index: int) -> Span | None:
        """Return who asked for rule `index`, or None."""
        return self.origins[index] if index < len(self.origins) else None


@dataclass(frozen=True, slots=True)
class IptablesRuleset:
    """What of ours one family's tables hold, or should hold."""

    family: Family
    tables: Mapping[str, Mapping[str, Chain]] = field(default_factory=dict)

    def chain(self, table: str, name: str) -> Chain | None:
        """Return one chain, or None when the ruleset has none of that name."""
        return self.tables.get(table, {}).get(name)


_OF_A_SERVICE = tuple(f"{PREFIX}{kind}-" for kind in ("SVC", "SVL", "EXT", "CIP", "FW"))


def is_of_a_service(chain: str) -> bool:
    """Tell whether a chain belongs to one Service port alone; its first comment names it. Others are shared."""
    return chain.startswith(_OF_A_SERVICE)


def is_ours(chain: str) -> bool:
    """Tell whether a chain belongs to svcc, by its prefix alone."""
    return chain.startswith(PREFIX)


def adopt_origins(read: IptablesRuleset, known: IptablesRuleset) -> IptablesRuleset:
    """Return what was read, its chains with the origins of the equal chains of a compiled ruleset."""
    return IptablesRuleset(
        read.family,
        {
            table: {name: _adopted(chain, known.chain(table, name)) for name, chain in chains.items()}
            for table, chains in read.tables.items()
        },
    )


def _adopted(chain: Chain, known: Chain | None) -> Chain:
    return known if known is not None and known.rules == chain.rules else chain
