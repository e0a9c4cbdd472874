"""The nftables subsystem: both families behind snapshot, check, commit and reread.

    tables = Nftables(known="table ip svcc { … }")       what svcc wrote last, where the kernel says that nobody has changed a rule since
    live = tables.snapshot()                             NftState(tables={Family.IPV4: …}, digest="5f70…")
    changes = tables.plan(live, want)
    tables.check(changes); tables.commit(changes)        nft -c -f -, nft -f -
    tables.reread(changes)                        ->     (): the kernel holds what was wanted

A listing takes seconds with 10,000 Services, even of the chains alone (nft 1.0.6 reads every element first), so it is the last resort.
The digest in `inet svcc-digest` is replaced in the transaction that replaces what it is the digest of: where it is that of `known`, the
tables are known; where it is what a commit has set, that commit was done, and whole. What it cannot tell is whether somebody has edited
our tables by hand; so `known` is given only where the generation of nf_tables is still the one after our own last commit.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from svcc.emit.nftables.ruleset import TABLE, WORDS, NftTable
from svcc.emit.nftables.text import parse, parse_tables
from svcc.kernel import nft_tables
from svcc.kernel.base import Busy, CommitError, Denied, KernelError, NotFound, Stale, ToolFailed, Unsupported
from svcc.kernel.run import run
from svcc.net import Family
from svcc.plan.change import Change, ChangeReason
from svcc.plan.frontends import Frontends
from svcc.plan.nft_services import frontends, sides
from svcc.plan.nftables import (
    CHAIN,
    DIGEST,
    ELEMENTS,
    SUBSYSTEM,
    TABLE_KIND,
    Line,
    NftState,
    diff,
    digest_of,
    digest_place,
    printed,
    script,
    steps,
)
from svcc.plan.passes import Between
from svcc.plan.services import Sides

Want = NftState | Between[NftState]
_DIED = re.compile(r"was ended by signal (?:6|8|11)\b")
_AT_LINE = re.compile(r"/dev/stdin:(\d+):\d+-\d+: Error: ([^;]*)")
_LARGE = 20_000
"""Lines of a script from which checking it first costs as much as loading it; it is one transaction anyway."""
_SECONDS = 600


class Tools(Protocol):
    """What we ask of nf_tables; the fake offers the same."""

    def comments(self) -> dict[str, str]:
        """Return every table, `ip svcc`, with its comment."""
        ...

    def listing(self, place: str) -> str:
        """Return what nft lists of a table."""
        ...

    def run(self, text: str, *, check: bool = False) -> None:
        """Run a script as one transaction, or only `check` it."""
        ...


class Nft:
    """The real nft, and netlink."""

    def comments(self) -> dict[str, str]:
        """Return every table, `ip svcc`, with its comment."""
        return nft_tables.comments()

    def listing(self, place: str) -> str:
        """Return what nft lists of a table."""
        return run(["nft", "list", "table", *place.split(" ")], timeout=_SECONDS)

    def run(self, text: str, *, check: bool = False) -> None:
        """Run a script as one transaction, or only `check` it."""
        run(["nft", "-c", "-f", "-"] if check else ["nft", "-f", "-"], stdin=text, timeout=_SECONDS)


class Nftables:
    """Our tables of one name in nf_tables, both families, and their digest."""

    name = SUBSYSTEM

    def __init__(self, tools: Tools | None = None, known: str | None = None, table: str = TABLE) -> None:
        self.table = table
        self.transactions = 0
        """How many were committed: what the generation of nf_tables must have risen by."""
        self._tools = tools or Nft()
        self.known = known
        """The text of our tables as they were committed last, where they are certain to be so still."""

    def present(self) -> bool:
        """Tell whether anything of ours is there."""
        comments = self._tools.comments()
        return digest_place(self.table) in comments or any(place in comments for place in self._places.values())

    def snapshot(self) -> NftState:
        """Return what of ours the kernel holds now.

        Raises:
            NotFound: tables of ours are there, and nft is not installed.
        """
        comments = self._tools.comments()
        digest = comments.get(digest_place(self.table))
        held = {family: place for family, place in self._places.items() if place in comments}
        if self.known is not None and digest == digest_of(self.known):
            tables = parse_tables(self.known)
            if tables.keys() == held.keys():
                return NftState(tables, digest, self.known)
        return NftState({family: self._read(family, place) for family, place in held.items()}, digest)

    @property
    def _places(self) -> dict[Family, str]:
        return {family: f"{word} {self.table}" for family, word in WORDS.items()}

    def _read(self, family: Family, place: str) -> NftTable:
        """Return a listed table; one that nft dies of, or that makes no sense, is like none of ours, so that it is made anew.

        Raises:
            ToolFailed: nft fails in any other way, of which the table may know nothing.
        """
        try:
            return parse(self._tools.listing(place))
        except ToolFailed as problem:
            # nft 1.0.6 dies of sets that nft 1.1 has made.
            if not _DIED.search(problem.message):
                raise
            return NftTable(family, flags=(problem.message,), name=self.table)
        except ValueError as problem:
            return NftTable(family, flags=(str(problem),), name=self.table)

    def plan(self, live: NftState, want: Want) -> tuple[Change, ...]:
        """Return what must change so that `live` becomes `want`.

        Raises:
            Unsupported: `want` is what was there before, and could not be read then.
        """
        if isinstance(want, Between):
            return want.told(diff(want.before, want.after, self.table))
        changes = diff(live, want, self.table)
        if changes and any(not one.chains for one in want.tables.values()):
            raise Unsupported("what the tables held before could not be read, and cannot be put back", hint=_ANEW)
        return changes

    def services(self, live: NftState, want: Want, changes: Sequence[Change]) -> Sides:
        """Return what the changes mean in Service terms."""
        want = _state_of(want)
        whole = any(one.kind == TABLE_KIND for one in changes)
        return sides(live.tables, want.tables, None if whole else {one.service for one in changes if one.service})

    def frontends(self, state: Want) -> Frontends:
        """Return the frontends that lead to a backend; those of the companion are virtual servers, which IPVS counts."""
        return frontends(_state_of(state).tables) if self.table == TABLE else {}

    def check(self, changes: Sequence[Change]) -> None:
        """Let the kernel try the script without committing it; of a large one only the skeleton, since it is one transaction.

        What only stands in for a while starts where the kernel is not yet, and cannot be tried.

        Raises:
            Stale: a line is refused, and the plan was made from what is remembered.
            Unsupported: this kernel or nft lacks something that our tables need.
            KernelError: a line is refused; the message names the Service and the line of its manifest.
        """
        some = [one for one in changes if one.reason is not ChangeReason.STANDS_IN]
        lines = script(some)
        if len(lines) > _LARGE:
            # Elements still lead to the chains that go.
            lines = script([one for one in some if one.kind != ELEMENTS and not _goes(one)])
        if not lines:
            return
        try:
            self._tools.run(printed(lines), check=True)
        except (ToolFailed, NotFound, Unsupported) as problem:
            line = _complaint(problem, lines)
            if line is None:
                raise
            if self.known is not None:
                # Whatever nft says may come of what is remembered wrongly: without that it says so again.
                self.known = None
                raise Stale(_explained(problem, line), hint="apply again") from problem
            if line.change.kind in (TABLE_KIND, DIGEST):
                raise Unsupported(
                    f"this kernel or nft cannot do what svcc needs: {_explained(problem, line)}", hint=_HINT
                ) from problem
            raise ToolFailed(_explained(problem, line), hint=problem.hint) from problem

    def commit(self, changes: Sequence[Change]) -> None:
        """Change the kernel in one transaction, both families: all of it or nothing; before it, what nobody notices (`steps`).

        Raises:
            CommitError: nft or the kernel refused; nothing was changed that packets meet.
            Busy, Denied, NotFound: nothing was changed.
        """
        self.known = None
        every = steps(changes)
        for done, lines in enumerate(every):
            try:
                self._tools.run(printed(lines))
                self.transactions += 1
            except KernelError as problem:
                if done == 0 and isinstance(problem, Busy | Denied | NotFound):
                    raise
                line = _complaint(problem, lines)
                message = problem.message if line is None else _explained(problem, line)
                raise CommitError(message, done=done, of=len(every), hint=problem.hint) from problem

    def reread(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Return what is still to change: nothing, when the digest and the tables that came or went are as they should be."""
        comments = self._tools.comments()
        return tuple(one for one in changes if one.kind in _SEEN and not _as_wanted(one, comments))


def version() -> str:
    """Return the version of nft, `1.0.6`.

    Raises:
        NotFound: it is not installed.
    """
    found = re.search(r"v(\S+)", run(["nft", "--version"]))
    return found[1] if found else ""


_SEEN = (TABLE_KIND, DIGEST)
_ANEW = "`svcc apply` makes them anew"
_HINT = "svcc is made for nft 1.0.1 and Linux 5.13, and later ones; `--mode iptables` needs neither"


def _state_of(want: Want) -> NftState:
    return want.after if isinstance(want, Between) else want


def _as_wanted(change: Change, comments: dict[str, str]) -> bool:
    """Tell whether a table is there or not, as a change wants it; of the digest, whether it is the wanted one."""
    if change.after is None:
        return change.key not in comments
    return change.key in comments and (change.kind != DIGEST or comments[change.key] == change.after[0])


def _goes(change: Change) -> bool:
    return change.kind == CHAIN and change.after is None


def _complaint(problem: KernelError, lines: Sequence[Line]) -> Line | None:
    """Return the line that nft complains about first."""
    found = _AT_LINE.search(problem.message)
    return lines[int(found[1]) - 1] if found is not None and 1 <= int(found[1]) <= len(lines) else None


def _explained(problem: KernelError, line: Line) -> str:
    """Add to a complaint about a line who asked for that line."""
    change = line.change
    whose = f" of {change.service}" if change.service else ""
    where = f", {change.origin}" if change.origin else ""
    first = _AT_LINE.search(problem.message)
    words = first[2].strip() if first is not None else problem.message
    return f"nft refused [{line.text.strip()}]: {words} [{change.kind} {change.key}{whose}{where}]"
