"""What each command makes of tables in memory, and what nft or the kernel refuses.

    tables = {};  change(tables, Command("add", "table", "ip svcc", …))         the table is there, and empty
    change(tables, Command("delete", "chain", "ip svcc", "pick-2", …))        Refused: Device or resource busy: `picks` leads to it

As it was measured (nft 1.0.6, Linux 6.18): what is there already may be added again as it is; a table keeps its comment. A chain goes
with its rules, unless a rule, one of its own too, or an element leads to it.
"""

import re
from collections.abc import Callable

from svcc.emit.nftables.statement import Assign, Lookup, SendBy, Statement, Transport, VerdictMap, statements
from svcc.kernel.fake_nft_elements import add_element, delete_element
from svcc.kernel.fake_nft_script import Command, Refused
from svcc.kernel.fake_nft_table import BUSY, EXISTS, MISSING, UNABLE, Held, HeldChain, HeldSet, Tables, aimed, check_aim
from svcc.kernel.fake_nft_types import VERDICT, Types, declared, types_of


def change(tables: Tables, command: Command) -> None:
    """Do what a command says.

    Raises:
        Refused: nft or the kernel would not do it.
    """
    table = tables.get(command.place)
    what = (command.verb, command.kind)
    if what == ("add", "table"):
        tables.setdefault(command.place, Held(command.text))
    elif table is None:
        # nft knows the sets itself, and asks the kernel about anything else.
        raise Refused(MISSING, command.place.split(" ")[1], by_kernel=command.kind != "element")
    elif what == ("delete", "table"):
        del tables[command.place]
    else:
        _CHANGES[what](table, command)


def _add_set(table: Held, command: Command) -> None:
    held = table.sets.get(command.name)
    if held is None:
        table.sets[command.name] = HeldSet(command.kind, command.head, *declared(command.head))
    elif (held.kind, held.head) != (command.kind, command.head):
        raise Refused(EXISTS, command.name)


def _add_chain(table: Held, command: Command) -> None:
    held = table.chains.setdefault(command.name, HeldChain(command.text))
    before, after = (base.partition(" policy ")[0].split(" ") for base in (held.base, command.text))
    if command.text and before != after:
        # type KIND hook …
        raise Refused(EXISTS if held.base and before[1] != after[1] else UNABLE, command.name)
    held.base = command.text or held.base


def _chain(table: Held, name: str) -> HeldChain:
    if name not in table.chains:
        raise Refused(MISSING, name)
    return table.chains[name]


def _flush_chain(table: Held, command: Command) -> None:
    _chain(table, command.name).rules.clear()


def _delete_chain(table: Held, command: Command) -> None:
    _chain(table, command.name)
    if table.leads_to(command.name):
        raise Refused(BUSY, command.name)
    del table.chains[command.name]


def _add_rule(table: Held, command: Command) -> None:
    for name in re.findall(r"@(\S+)", command.text):
        if name not in table.sets:
            raise Refused(MISSING, f"@{name}", by_kernel=False)
    try:
        read = statements(command.text)
    except ValueError as problem:
        raise Refused(f"syntax error: {problem}", command.text, by_kernel=False) from None
    for index, one in enumerate(read):
        _check_types(table, one, read[:index])
    _chain(table, command.name).rules.append(command.text)
    for name in aimed(command.text):
        check_aim(table, name, name)


def _check_types(table: Held, one: Statement, before: tuple[Statement, ...]) -> None:
    if not isinstance(one, Lookup | Assign | VerdictMap | SendBy):
        return
    held = table.sets[one.name]
    wanted: Types | None = None
    if isinstance(one, VerdictMap):
        wanted = VERDICT
    elif isinstance(one, Assign):
        wanted = ("classid",)
    elif isinstance(one, SendBy):
        wanted = (held.data_types[0] if held.data_types else "", "inet_service")
        if not any(isinstance(earlier, Transport) for earlier in before):
            words = "transport protocol mapping is only valid after transport protocol match"
            raise Refused(words, f"@{one.name}", by_kernel=False)
    if types_of(one.fields) != held.key_types or (wanted is not None and held.data_types != wanted):
        raise Refused(f"datatype mismatch, {one.name} is declared {held.head[0]}", f"@{one.name}", by_kernel=False)


_CHANGES: dict[tuple[str, str], Callable[[Held, Command], None]] = {
    ("add", "set"): _add_set,
    ("add", "map"): _add_set,
    ("add", "chain"): _add_chain,
    ("flush", "chain"): _flush_chain,
    ("delete", "chain"): _delete_chain,
    ("add", "rule"): _add_rule,
    ("add", "element"): add_element,
    ("delete", "element"): delete_element,
}
