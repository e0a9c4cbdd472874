r"""An nft in memory, as strict as the real one, for tests of everything above it.

    fake = FakeNftables('table inet filter {\n}\n')      tables of others, by a script
    fake.commit(changes)                                interprets the very script that `nft -f -` would be given
    FakeNftables(fail_at={3: "No space left on device"})    the fourth command is refused in the kernel's words, once

What it refuses, and in which words, is what the real one was seen to refuse (see `fake_nft_change`, `fake_nft_elements`,
`fake_nft_hooks`); a test runs both side by side. A script is one transaction: all of it or nothing. It knows the rules that svcc writes
and takes no other, so what svcc would write by mistake is refused here, where the real one may take it.
"""

from collections.abc import Iterator, Mapping, Sequence

from svcc.emit.nftables.ruleset import TABLE
from svcc.kernel.fake_nft_change import change
from svcc.kernel.fake_nft_hooks import check_hooks
from svcc.kernel.fake_nft_script import BadScript, Command, Line, Refused, read
from svcc.kernel.fake_nft_table import MISSING, Held, HeldSet, Tables, copied
from svcc.kernel.nftables import Nftables
from svcc.kernel.run import failure

Failures = Mapping[int, "str | BaseException"]
"""The number of a command, from 0 → what it raises, or the kernel's words about its line. The last of a script is its end: it is done then."""


class FakeNft:
    """Tables of all families; see `Failures` for `fail_at`."""

    def __init__(self, foreign: str = "", fail_at: Failures | None = None) -> None:
        self.tables: Tables = {}
        self.scripts: list[str] = []
        self.operations = 0
        self.generation = 1
        """Raised by every script that changes something, as the kernel's."""
        self.fail_at: dict[int, str | BaseException] = {}
        if foreign:
            self.run(foreign)
        self.scripts, self.operations = [], 0
        self.fail_at = dict(fail_at or {})

    def comments(self) -> dict[str, str]:
        """Return every table, `ip svcc`, with its comment."""
        return {place: held.comment for place, held in self.tables.items()}

    def listing(self, place: str) -> str:
        """Return what nft lists of a table."""
        if place not in self.tables:
            raise failure("nft", 1, f"Error: {MISSING}\nlist table {place}")
        return "".join(f"{line}\n" for line in _listed(place, self.tables[place]))

    def run(self, text: str, *, check: bool = False) -> None:
        """Run a script as one transaction; a `check` keeps nothing, counts nothing, and never fails by `fail_at`."""
        if not check:
            self.scripts.append(text)
        try:
            commands = tuple(read(text))
        except BadScript as problem:
            raise failure("nft", 1, _complaint(problem.line, str(problem), "")) from None
        tables = self._interpreted(commands, counting=not check)
        if check:
            return
        if tables != self.tables:
            self.generation += 1
        self.tables = tables
        self._count(None)

    def _interpreted(self, commands: Sequence[Command], *, counting: bool) -> Tables:
        """Return the tables as they are after the commands.

        What nft itself refuses comes before what the kernel does, wherever it stands: nft has read everything before it asks the kernel.
        """
        tables = copied(self.tables)
        first: tuple[Command, Refused] | None = None
        for command in commands:
            try:
                if counting:
                    self._count(command)
                change(tables, command)
            except Refused as problem:
                if not problem.by_kernel:
                    raise _failed(command, problem) from None
                first = first or (command, problem)
        if first is not None:
            raise _failed(*first)
        try:
            _check(tables)
        except Refused:
            raise self._unreachable(commands) from None
        return tables

    def _unreachable(self, commands: Sequence[Command]) -> Exception:
        """Return the complaint about the command after which the tables make no sense: the kernel too does everything again to find it."""
        tables = copied(self.tables)
        for command in commands:
            change(tables, command)
            try:
                if command.kind in ("rule", "element"):
                    _check(tables)
            except Refused as problem:
                whole = command.statement.text.strip()
                return failure(
                    "nft", 1, _complaint(command.statement, f"Could not process rule: {problem.words}", whole)
                )
        raise AssertionError("bug in svcc: the fake finds no command to blame")

    def _count(self, command: Command | None) -> None:
        number, self.operations = self.operations, self.operations + 1
        failing = self.fail_at.pop(number, None)
        if isinstance(failing, str) and command is not None:
            raise Refused(failing, command.text or command.name)
        if failing is not None:
            raise failing if isinstance(failing, BaseException) else failure("nft", 1, failing)


class FakeNftables(Nftables):
    """The nftables subsystem over tables in memory."""

    def __init__(
        self, foreign: str = "", fail_at: Failures | None = None, *, known: str | None = None, table: str = TABLE
    ) -> None:
        self.tools = FakeNft(foreign, fail_at)
        super().__init__(self.tools, known, table)


def _check(tables: Tables) -> None:
    for table in tables.values():
        check_hooks(table)


def _failed(command: Command, problem: Refused) -> Exception:
    words = f"Could not process rule: {problem.words}" if problem.by_kernel else problem.words
    # A set or table that is not there is told at the head of the statement.
    about_whole = problem.blamed in (command.name, command.place.split(" ")[1])
    line = command.statement if about_whole else command.line
    return failure("nft", 1, _complaint(line, words, problem.blamed))


def _complaint(line: Line, words: str, blamed: str) -> str:
    """Return what nft prints about a line: the place of what is to blame, and the line with that underlined."""
    start = max(line.text.rfind(blamed), 0) if blamed else 0
    end = start + max(len(blamed), 1)
    return (
        f"/dev/stdin:{line.number}:{start + 1}-{end}: Error: {words}\n{line.text}\n{' ' * start}{'^' * (end - start)}\n"
    )


def _listed(place: str, table: Held) -> Iterator[str]:
    yield f"table {place} {{"
    if table.comment:
        yield f'\tcomment "{table.comment}"'
    for name, held in table.sets.items():
        yield f"\t{held.kind} {name} {{"
        yield from (f"\t\t{line}" for line in held.head)
        if held.elements:
            yield f"\t\telements = {{ {', '.join(_elements(held))} }}"
        yield "\t}"
    for name, chain in table.chains.items():
        yield f"\tchain {name} {{"
        yield from (f"\t\t{line}" for line in (chain.base, *chain.rules) if line)
        yield "\t}"
    yield "}"


def _elements(held: HeldSet) -> Iterator[str]:
    for key, data in held.elements.items():
        comment = f' comment "{held.comments[key]}"' if key in held.comments else ""
        yield f"{key}{comment} : {data}" if data else f"{key}{comment}"
