"""Leave the nftables side of iptables as it was found: take away empty tables that are there because of us.

    before the first apply   base_chains()  ->  ()                       no table at all
    after clean              table ip nat { chain PREROUTING { … } }     made by iptables-nft on our behalf, empty now
    remove_created(())       ->  ("ip nat",)                             what was taken away

A base chain goes only if it was not found before, holds no rule and accepts; a table only if nothing at all is left in it.
The kernel refuses to delete either while it holds anything (see `emptied`), so that a rule somebody adds meanwhile is never lost;
what can be lost is a DROP policy given to an empty chain of ours between the look and the deletion.
The legacy backend has no such thing: the kernel drops an empty legacy table only with its module or its namespace.
"""

import contextlib
import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from svcc.emit.iptables.ruleset import TABLES
from svcc.kernel import nft_tables
from svcc.kernel.base import KernelError
from svcc.kernel.emptied import delete
from svcc.kernel.run import installed, run

_FAMILIES = ("ip", "ip6")


def base_chains() -> tuple[str, ...]:
    """Return the tables that iptables-nft would use and are there, `ip nat`, and their base chains, `ip nat OUTPUT`."""
    found = {
        f"{one['family']} {one['name']}" for one in _listed("table", "tables") if _shared(one["family"], one["name"])
    }
    for one in _listed("chain", "chains"):
        if _shared(one["family"], one["table"]) and "hook" in one:
            found.add(f"{one['family']} {one['table']} {one['name']}")
    return tuple(sorted(found))


def remove_created(found: Sequence[str]) -> tuple[str, ...]:
    """Take away empty tables and base chains that are not among `found`; return the tables that went."""
    gone = []
    for place in base_chains():
        family, table, *chain = place.split(" ")
        if not chain and _swept(family, table, set(found)) and place not in found and delete(family, table):
            gone.append(place)
    return tuple(gone)


def tables() -> tuple[str, ...]:
    """Return the tables that are there and that iptables-nft would use, `ip nat`; this lists no rule."""
    places = (one.split(" ", 1) for one in nft_tables.comments())
    return tuple(sorted(f"{family} {table}" for family, table in places if _shared(family, table)))


def remove_new(before: Collection[str]) -> tuple[str, ...]:
    """Take away empty tables that are not among those `before`; return those that went. It fails for no reason."""
    with contextlib.suppress(KernelError):
        new = [place for place in tables() if place not in before] if installed("nft") else []
        return tuple(place for place in new if _emptied(*place.split(" ")))
    return ()


def _emptied(family: str, table: str) -> bool:
    return _swept(family, table, set()) and delete(family, table)


def _swept(family: str, table: str, found: set[str]) -> bool:
    """Delete the empty base chains of a table that were not found before; tell whether nothing is left in it."""
    held = [one for one in _objects("list", "table", family, table) if "table" not in one]
    filled = {one["rule"]["chain"] for one in held if "rule" in one}
    created = [one["chain"]["name"] for one in held if _created(one.get("chain"), filled, found)]
    deleted = [name for name in created if delete(family, table, name)]
    return len(deleted) == len(held)


def _created(chain: dict[str, Any] | None, filled: set[str], found: set[str]) -> bool:
    return (
        chain is not None
        and chain.get("policy") == "accept"
        and chain["name"] not in filled
        and f"{chain['family']} {chain['table']} {chain['name']}" not in found
    )


def _shared(family: str, table: str) -> bool:
    return family in _FAMILIES and table in TABLES


def _listed(kind: str, what: str) -> Iterator[dict[str, Any]]:
    return (one[kind] for one in _objects("list", what) if kind in one)


def _objects(*words: str) -> list[dict[str, Any]]:
    held: list[dict[str, Any]] = json.loads(run(["nft", "-j", *words]))["nftables"]
    return [one for one in held if "metainfo" not in one]
