r"""An iptables in memory, as strict as the real one, for tests of everything above it.

    fake = FakeIptables("*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j ACCEPT\nCOMMIT\n")
    fake.commit(changes)         # interprets the very script that iptables-restore would be given
    FakeIptables(fail_at={3: ToolFailed("no")})     # the third line that would change something fails

It refuses what the real tools refuse: a rule for a chain that is not there, a jump to one that is not there, `-X` of a chain
with rules or references, `-D` of a rule that is not there, `-I` beyond the end. A table that fails keeps what it had; tables
before it in the script keep what they got. Rules are not read any further: what they mean is the kernel's business.
"""

from collections.abc import Mapping
from itertools import pairwise

from svcc.kernel.backend import Backend
from svcc.kernel.base import ToolFailed
from svcc.kernel.iptables import Iptables
from svcc.net import Family

_BASE = {
    "raw": ("PREROUTING", "OUTPUT"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
}
_VERDICTS = frozenset({"ACCEPT", "DROP", "RETURN", "REJECT", "DNAT", "SNAT", "MASQUERADE", "MARK", "CT", "LOG"})

Tables = dict[str, dict[str, list[str]]]


class FakeTools:
    """The tables of both families; `fail_at` maps the number of a changing line, from 0, to what it raises, once."""

    def __init__(self, foreign: str = "", fail_at: Mapping[int, BaseException] | None = None) -> None:
        self.tables: dict[Family, Tables] = {family: {} for family in Family}
        self.scripts: list[tuple[Family, str]] = []
        self.operations = 0
        self.fail_at: dict[int, BaseException] = {}
        for family in Family:
            self._run(family, foreign)
        self.operations = 0
        self.fail_at = dict(fail_at or {})

    def save(self, family: Family) -> str:
        """Return all tables in iptables-save's form."""
        return "".join(
            f"*{table}\n"
            + "".join(f":{name} {_policy(table, name)} [0:0]\n" for name in chains)
            + "".join(f"-A {name} {rule}\n" for name, rules in chains.items() for rule in rules)
            + "COMMIT\n"
            for table, chains in self.tables[family].items()
        )

    def chain(self, family: Family, table: str, chain: str) -> str | None:
        """Return what `iptables -S CHAIN` prints, or None when there is no such chain."""
        rules = self.tables[family].get(table, {}).get(chain)
        if rules is None:
            return None
        first = f"-P {chain} ACCEPT\n" if chain in _BASE[table] else f"-N {chain}\n"
        return first + "".join(f"-A {chain} {rule}\n" for rule in rules)

    def restore(self, family: Family, text: str, *, test: bool = False) -> None:
        """Run a `--noflush` script; a `test` reads it and keeps nothing, counts nothing, and never fails by `fail_at`."""
        if test:
            kept, counted, failing = self.tables[family], self.operations, self.fail_at
            self.tables[family] = _copy(kept)
            self.fail_at = {}
            try:
                self._run(family, text)
            finally:
                self.tables[family], self.operations, self.fail_at = kept, counted, failing
            return
        self.scripts.append((family, text))
        self._run(family, text)

    def _run(self, family: Family, text: str) -> None:
        table, chains = "", {}
        for number, line in enumerate(text.splitlines(), start=1):
            try:
                if line.startswith("*"):
                    table = line[1:]
                    if table not in _BASE:
                        raise _Refused("no such table")  # noqa: TRY301 - every refusal gets its line number below
                    held = self.tables[family].get(table, {name: [] for name in _BASE[table]})
                    chains = {name: list(rules) for name, rules in held.items()}
                elif line == "COMMIT":
                    self._count()
                    _check_targets(chains)
                    self.tables[family][table] = chains
                elif line != "-S":
                    self._count()
                    _change(chains, table, line)
            except _Refused as problem:
                raise ToolFailed(f"iptables-restore: line {number} failed: {problem}") from None

    def _count(self) -> None:
        number, self.operations = self.operations, self.operations + 1
        if number in self.fail_at:
            raise self.fail_at.pop(number)


class FakeIptables(Iptables):
    """The iptables subsystem over tables in memory; a small `bulk` shows what large rulesets do."""

    def __init__(
        self, foreign: str = "", fail_at: Mapping[int, BaseException] | None = None, *, bulk: int | None = None
    ) -> None:
        self.tools = FakeTools(foreign, fail_at)
        super().__init__(Backend.NFT, tools=self.tools)
        self.bulk = bulk


class _Refused(Exception):  # noqa: N818 - never leaves this file
    """A line that iptables would not take."""


def _change(chains: dict[str, list[str]], table: str, line: str) -> None:
    """Do one line of a script to a copy of its table."""
    if line.startswith(":"):
        name = line[1:].partition(" ")[0]
        if name not in _BASE[table]:
            chains[name] = []
        return
    verb, name, *rest = line.split(" ", 2)
    if name not in chains:
        raise _Refused(f"no chain {name}")
    rule = rest[0] if rest else ""
    rules = chains[name]
    if verb == "-A":
        rules.append(rule)
    elif verb == "-I":
        place, _, rule = rule.partition(" ")
        if not 1 <= int(place) <= len(rules) + 1:
            raise _Refused(f"no place {place} in {name}")
        rules.insert(int(place) - 1, rule)
    elif verb == "-D":
        if rule not in rules:
            raise _Refused(f"no such rule in {name}")
        rules.remove(rule)
    elif verb == "-X":
        _delete(chains, table, name)
    else:
        raise _Refused(f"unknown command {verb}")


def _delete(chains: dict[str, list[str]], table: str, name: str) -> None:
    if name in _BASE[table]:
        raise _Refused(f"{name} is a base chain")
    if chains[name]:
        raise _Refused(f"{name} holds rules")
    if any(name in _targets(rule) for rules in chains.values() for rule in rules):
        raise _Refused(f"{name} is referred to")
    del chains[name]


def _check_targets(chains: dict[str, list[str]]) -> None:
    for name, rules in chains.items():
        for rule in rules:
            missing = [target for target in _targets(rule) if target not in chains and target not in _VERDICTS]
            if missing:
                raise _Refused(f"{name} refers to {missing[0]}, which is not there")


def _targets(rule: str) -> list[str]:
    return [after for word, after in pairwise(rule.split(" ")) if word in ("-j", "-g")]


def _policy(table: str, chain: str) -> str:
    return "ACCEPT" if chain in _BASE[table] else "-"


def _copy(tables: Tables) -> Tables:
    return {table: {name: list(rules) for name, rules in chains.items()} for table, chains in tables.items()}
