"""A ruleset while it is written: rules are printed as they are added, each with who asked for it.

draft.add("nat", "SVCC-DISCARD", Rule((), SetMark(0x8000, 0xC000)))
draft.ruleset()  ->  IptablesRuleset(IPV4, {"nat": {"SVCC-DISCARD": Chain(("-j MARK --set-xmark 0x8000/0xc000",))}})
"""

from svcc.diag import Span
from svcc.emit.iptables.rule import Rule
from svcc.emit.iptables.ruleset import Chain, IptablesRuleset
from svcc.net import Family


class Draft:
    """Collects the chains of one family; the ruleset it makes is frozen."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self._tables: dict[str, dict[str, tuple[list[str], list[Span | None]]]] = {}

    def chain(self, table: str, name: str) -> None:
        """Make a chain, empty so far."""
        self._tables.setdefault(table, {}).setdefault(name, ([], []))

    def add(self, table: str, name: str, rule: Rule, origin: Span | None = None) -> None:
        """Append one rule to a chain."""
        rules, origins = self._tables.setdefault(table, {}).setdefault(name, ([], []))
        rules.append(rule.print(self.family))
        origins.append(origin)

    def has(self, table: str, name: str) -> bool:
        """Tell whether a chain exists already."""
        return name in self._tables.get(table, {})

    def ruleset(self) -> IptablesRuleset:
        """Return what was written."""
        return IptablesRuleset(
            self.family,
            {
                table: {name: Chain(tuple(rules), tuple(origins)) for name, (rules, origins) in chains.items()}
                for table, chains in self._tables.items()
            },
        )
