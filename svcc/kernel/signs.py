"""Gather the signs of other programs that change rules, settings or addresses: their chains, tables and processes.

gather(saved)  ->  Signs(Since.SAME, programs={"Docker": ("chain DOCKER in IPv4 nat", "process dockerd (pid 812)")}, …)
"""

from collections.abc import Iterator

from svcc.emit.iptables.ruleset import PREFIX
from svcc.emit.iptables.text import jumps_to_ours
from svcc.kernel import backend, netns, nft_tables, processes, state
from svcc.kernel.backend import Saved
from svcc.plan import owners
from svcc.plan.causes import Signs, Since

_OURS = ("svcc", "svcc-digest", "svcc-ipvs", "svcc-ipvs-digest")


def gather(saved: Saved) -> Signs:
    """Return the signs that are there now; `saved` is what the backends of iptables held when the kernel was looked at."""
    tables = tuple(sorted(one for one in nft_tables.comments() if one.partition(" ")[2] not in _OURS))
    programs: dict[str, list[str]] = {}
    for owner, sign in (*_chains(saved), *_tables(tables), *_processes()):
        programs.setdefault(owner, []).append(sign)
    seen = {owner: tuple(some) for owner, some in sorted(programs.items())}
    return Signs(since(), seen, tables, frozenset(_filled(saved)), dict(_ahead(saved)))


def since() -> Since:
    """Return what has become of the place where the last apply was made."""
    then, now = state.applied_in(netns.identity()), netns.instance()
    if then is None or then == now:
        return Since.SAME
    return Since.NAMESPACE if then.partition(":")[0] == now.partition(":")[0] else Since.BOOT


def _chains(saved: Saved) -> Iterator[tuple[str, str]]:
    """Yield each program that has chains, with the first of them in each table."""
    seen: set[tuple[str, str]] = set()
    for (_, family), text in _sorted(saved):
        for table, chain, _ in backend.chains(text):
            owner, place = owners.of_chain(chain), f"{family} {table}"
            if owner and (owner, place) not in seen:
                seen.add((owner, place))
                yield owner, f"chain {chain} in {place}"


def _tables(tables: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    return ((owner, f"table {place}") for place in tables if (owner := owners.of_table(place)))


def _processes() -> Iterator[tuple[str, str]]:
    for name, number in processes.running(owners.PROCESSES).items():
        yield owners.PROCESSES[name], f"process {name} (pid {number})"


def _filled(saved: Saved) -> Iterator[str]:
    for family, table, _, rule in _rules(saved):
        if not jumps_to_ours(rule):
            yield f"{family} {table}"


def _ahead(saved: Saved) -> Iterator[tuple[str, str]]:
    """Yield each base chain where a rule of others stands before our jump, with the last of those rules."""
    last: dict[str, str] = {}
    for family, table, chain, rule in _rules(saved):
        place = f"{family} {table} {chain}"
        if not jumps_to_ours(rule):
            last[place] = rule
        elif place in last:
            yield place, last[place]


def _rules(saved: Saved) -> Iterator[tuple[str, str, str, str]]:
    """Yield family, table, chain and rule of each rule that is not in a chain of ours."""
    for (_, family), text in _sorted(saved):
        table = ""
        for line in text.splitlines():
            if line.startswith("*"):
                table = line[1:]
            elif line.startswith("-A ") and not line.startswith(f"-A {PREFIX}"):
                _, chain, rule = line.split(" ", 2)
                yield family, table, chain, rule


def _sorted(saved: Saved) -> list[tuple[tuple[str, str], str]]:
    held = [((where.value, family.value), text) for (where, family), text in saved.texts.items()]
    return sorted(held)
