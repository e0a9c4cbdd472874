"""The iptables subsystem: both families of one backend behind snapshot, check, commit and reread.

    rules = Iptables(Backend.NFT)
    live = rules.snapshot()                      {Family.IPV4: IptablesRuleset(…), Family.IPV6: …}, only what is ours
    changes = rules.plan(live, want)
    rules.check(changes); rules.commit(changes)  one iptables-restore --noflush a family
    rules.reread(changes)                ->      (): the kernel holds what was wanted

Facts (iptables 1.8.9, 16,000 chains, 126,000 rules, 2 shared cores): `iptables-nft-save` 2.4 to 6 s, one chain by `-S` 0.04 s;
legacy 0.2 to 0.9 s, and 0.2 s a chain since it reads the whole table each time. So after a small change chains are read one by
one, on legacy only very few. `iptables-nft-restore --test` does not ask the kernel: it finds bad rules, not missing chains.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from svcc.emit.iptables.ruleset import TABLES, Chain, IptablesRuleset
from svcc.emit.iptables.text import parse
from svcc.kernel.backend import Backend, Saved, save
from svcc.kernel.base import Busy, CommitError, Denied, KernelError, NotFound, ToolFailed, Unsupported
from svcc.kernel.run import run
from svcc.net import Family
from svcc.plan.change import Change
from svcc.plan.diff import SUBSYSTEM, diff, place_of
from svcc.plan.frontends import Frontends
from svcc.plan.iptables import script
from svcc.plan.iptables_services import frontends, sides
from svcc.plan.services import Sides

Rulesets = Mapping[Family, IptablesRuleset]

_ONE_BY_ONE = {Backend.NFT: 40, Backend.LEGACY: 2}
"""Up to how many changed chains reading each is cheaper than reading all."""
_BULK = {Backend.NFT: 500, Backend.LEGACY: None}
"""From how many chains a new table is written in the form that iptables-nft loads in linear time."""
_INCOMPATIBLE = re.compile(r"^# Table `(\S+)' is incompatible", re.MULTILINE)
_AT_LINE = re.compile(r"\bline:? (\d+)")


class Tools(Protocol):
    """The three things that we ask of iptables; the fake offers the same."""

    def save(self, family: Family) -> str:
        """Return all tables in iptables-save's form."""
        ...

    def chain(self, family: Family, table: str, chain: str) -> str | None:
        """Return what `iptables -S CHAIN` prints, or None when there is no such chain."""
        ...

    def restore(self, family: Family, text: str, *, test: bool = False) -> None:
        """Run a `--noflush` script, or only `test` it."""
        ...


class Xtables:
    """The real tools of one backend. `wait` is how many seconds to wait for the xtables lock."""

    def __init__(self, backend: Backend, wait: int = 10) -> None:
        self._backend = backend
        self._wait = wait

    def save(self, family: Family) -> str:
        """Return all tables in iptables-save's form."""
        return save(self._backend, family)

    def chain(self, family: Family, table: str, chain: str) -> str | None:
        """Return what `iptables -S CHAIN` prints, or None when there is no such chain."""
        argv = [self._backend.tool(family), "--wait", str(self._wait), "-t", table, "-S", chain]
        try:
            return run(argv)
        except (ToolFailed, Unsupported) as problem:
            # This is how iptables-nft and iptables-legacy say that a chain is not there.
            if any(words in problem.message for words in ("is incompatible", "No chain/target/match")):
                return None
            raise

    def restore(self, family: Family, text: str, *, test: bool = False) -> None:
        """Run a `--noflush` script, or only `test` it."""
        argv = [self._backend.tool(family, "restore"), "--noflush", "--wait", str(self._wait)]
        run([*argv, "--test"] if test else argv, stdin=text, timeout=600)


class Iptables:
    """Our chains in one backend, both families. `saved` spares the first snapshot a second reading."""

    name = SUBSYSTEM

    def __init__(self, backend: Backend, tools: Tools | None = None, saved: Saved | None = None) -> None:
        self.backend = backend
        self.bulk = _BULK[backend]
        self.transactions = 0
        """How many were committed: what the generation of nf_tables must have risen by."""
        self._tools = tools or Xtables(backend)
        self._saved = saved

    def snapshot(self) -> Rulesets:
        """Return what of ours the kernel holds now.

        Raises:
            Unsupported: a table that we need holds rules which iptables cannot show.
        """
        saved, self._saved = self._saved, None
        return {family: _ruleset(self._text(family, saved), family) for family in Family}

    def _text(self, family: Family, saved: Saved | None) -> str:
        if saved is None or (self.backend is Backend.NFT and (self.backend, family) not in saved.texts):
            return self._tools.save(family)
        return saved.texts.get((self.backend, family), "")

    def plan(self, live: Rulesets, want: Rulesets) -> tuple[Change, ...]:
        """Return what must change so that `live` becomes `want`; a family that is not named is to be empty."""
        return tuple(
            change
            for family in Family
            for change in diff(live.get(family, IptablesRuleset(family)), want.get(family, IptablesRuleset(family)))
        )

    def services(self, live: Rulesets, want: Rulesets, changes: Sequence[Change]) -> Sides:  # noqa: ARG002 - rules name their Service
        """Return what the changes mean in Service terms."""
        return sides(changes)

    def frontends(self, state: Rulesets) -> Frontends:
        """Return the frontends of both families that lead to a backend."""
        return {place: service for one in state.values() for place, service in frontends(one).items()}

    def check(self, changes: Sequence[Change]) -> None:
        """Let iptables-restore read the scripts without committing them.

        A single transaction is left out: committing it is all or nothing anyway, and reading it takes as long.

        Raises:
            KernelError: a line is refused; the message names the chain and its Service.
        """
        scripts = tuple(self._scripts(changes))
        if sum(text.count("\nCOMMIT\n") for _, text in scripts) == 1:
            return
        for family, text in scripts:
            try:
                self._tools.restore(family, text, test=True)
            except ToolFailed as problem:
                raise ToolFailed(_explained(problem, text, family, changes), hint=problem.hint) from problem

    def commit(self, changes: Sequence[Change]) -> None:
        """Change the kernel: all or nothing per table, IPv4 first.

        Raises:
            CommitError: a family's script failed; `done` families were changed wholly, the failing one perhaps in part.
            Busy, Denied, NotFound: nothing was changed.
        """
        scripts = tuple(self._scripts(changes))
        for done, (family, text) in enumerate(scripts):
            try:
                self._tools.restore(family, text)
                self.transactions += text.count("\nCOMMIT\n")
            except KernelError as problem:
                if done == 0 and isinstance(problem, Busy | Denied | NotFound):
                    raise
                message = _explained(problem, text, family, changes)
                raise CommitError(message, done=done, of=len(scripts), hint=problem.hint) from problem

    def reread(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Return what is still to change: nothing, when the kernel holds what was wanted."""
        left: list[Change] = []
        for family in Family:
            changed = {place_of(one.key)[1:]: one for one in changes if place_of(one.key)[0] is family}
            if changed:
                want = _part(family, {place: one.after for place, one in changed.items()})
                left += diff(self._changed(family, tuple(changed)), want)
        return tuple(left)

    def _changed(self, family: Family, places: Sequence[tuple[str, str]]) -> IptablesRuleset:
        """Read the chains at these places, one by one or all at once, whichever is cheaper."""
        if len(places) > _ONE_BY_ONE[self.backend]:
            whole = _ruleset(self._tools.save(family), family)
        else:
            listed = ((table, chain, self._tools.chain(family, table, chain)) for table, chain in places)
            whole = _ruleset("".join(_as_saved(*one) for one in listed), family)
        found = {place: whole.chain(*place) for place in places}
        return _part(family, {place: chain.rules for place, chain in found.items() if chain is not None})

    def _scripts(self, changes: Iterable[Change]) -> Iterator[tuple[Family, str]]:
        changes = tuple(changes)
        for family in Family:
            if text := script(changes, family, self.bulk):
                yield family, text


def _ruleset(text: str, family: Family) -> IptablesRuleset:
    hidden = [table for table in _INCOMPATIBLE.findall(text) if table in TABLES]
    if hidden:
        hint = f"`nft list table {'ip' if family is Family.IPV4 else 'ip6'} {hidden[0]}` shows them"
        raise Unsupported(f"the table {hidden[0]} holds rules that iptables cannot show", hint=hint)
    return parse(text, family)


def _as_saved(table: str, chain: str, listing: str | None) -> str:
    """Turn `-N CHAIN` and `-A CHAIN …` of a listing into iptables-save's form."""
    if listing is None:
        return ""
    rules = "".join(f"{line}\n" for line in listing.splitlines() if line.startswith("-A "))
    return f"*{table}\n:{chain} - [0:0]\n{rules}COMMIT\n"


def _part(family: Family, rules: Mapping[tuple[str, str], tuple[str, ...] | None]) -> IptablesRuleset:
    tables: dict[str, dict[str, Chain]] = {}
    for (table, chain), held in rules.items():
        if held is not None:
            tables.setdefault(table, {})[chain] = Chain(held)
    return IptablesRuleset(family, tables)


def _explained(problem: KernelError, text: str, family: Family, changes: Sequence[Change]) -> str:
    """Add to a complaint about line N what that line is and who asked for it."""
    found = _AT_LINE.search(problem.message)
    lines = text.splitlines()
    if found is None or not 1 <= int(found[1]) <= len(lines):
        return problem.message
    number = int(found[1])
    table = next((line[1:] for line in reversed(lines[:number]) if line.startswith("*")), "")
    line = lines[number - 1]
    words = line.lstrip(":").split(" ")
    chain = words[0] if line.startswith(":") else words[1] if len(words) > 1 else ""
    change = next((one for one in changes if place_of(one.key) == (family, table, chain)), None)
    if change is None:
        return f"{problem.message} [{line}]"
    whose = f" of {change.service}" if change.service else ""
    where = f", {change.origin}" if change.origin else ""
    return f"{problem.message} [{line}: {change.kind} {change.key}{whose}{where}]"
