"""Rules, chains, tables and sets of others at random, in the places where svcc works too, and a listing of all that is not svcc's.

add(Random(7), Backend.NFT, 90)      90 objects: rules in base chains before and behind, chains, tables of nf_tables, sets
everything(Backend.NFT)              what the tools list of them, to the letter
"""

import re
from collections.abc import Iterator
from random import Random

from svcc.emit.iptables.text import without_ours
from svcc.kernel.backend import Backend
from svcc.net import Family
from tests.lab.edits import run

BASE = {
    "raw": ("PREROUTING", "OUTPUT"),
    "mangle": ("PREROUTING", "FORWARD", "POSTROUTING"),
    "nat": ("PREROUTING", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
}
CHAINS = ("DOCKER", "DOCKER-USER", "MY-SVCC", "SVCCX", "svcc", "f2b-sshd", "INPUT_ZONES", "cali-FORWARD")
TABLES = ("firewalld", "svcc-other", "svcc2", "filter2", "mine", "SVCC")
COMMENTS = ("", ' -m comment --comment "was -j SVCC-SERVICES once"', ' -m comment --comment "shop/cart:http"')
_TABLE = re.compile(r"^table (\S+) (\S+) \{\n.*?^\}\n", re.DOTALL | re.MULTILINE)
_OURS = ("svcc", "svcc-digest", "svcc-ipvs", "svcc-ipvs-digest")


def add(rng: Random, backend: Backend, number: int) -> int:
    """Add so many objects at random, rules of one backend of iptables among them; return how many there are of each kind."""
    scripts: dict[tuple[Family, str], list[str]] = {}
    tables, sets, made = [], [], 0
    while made < number:
        serial = f"{rng.randrange(10**6):06d}"
        kind = rng.choice(("rule", "rule", "rule", "chain", "table", "set"))
        if kind == "table":
            tables += list(_table(rng, serial))
        elif kind == "set":
            sets += [f"create s{serial} hash:ip", f"add s{serial} 192.0.2.{rng.randint(1, 250)}"]
        else:
            family, table = rng.choice(list(Family)), rng.choice(list(BASE))
            lines = scripts.setdefault((family, table), [])
            lines += _chain(rng, table, serial, family) if kind == "chain" else [_in_base(rng, table, family)]
        made += 1
    for (family, table), lines in scripts.items():
        chains = [line for line in lines if line.startswith(":")]
        text = "\n".join((f"*{table}", *chains, *(line for line in lines if line not in chains), "COMMIT\n"))
        run(backend.tool(family, "restore"), "--noflush", text=text)
    run("nft", "-f", "-", text="\n".join(tables) + "\n")
    run("ipset", "restore", text="\n".join(sets) + "\n")
    return made


def _in_base(rng: Random, table: str, family: Family) -> str:
    chain = rng.choice(BASE[table])
    return f"{rng.choice(('-A', '-I'))} {chain} {_rule(rng, family)}"


def _rule(rng: Random, family: Family) -> str:
    number = rng.randint(1, 250)
    address = f"192.0.2.{number}/32" if family is Family.IPV4 else f"2001:db8::{number:x}/128"
    port = f"-p tcp -m tcp --dport {number}"
    match = rng.choice((f"-s {address}", f"-d {address} {port}", f"-s {address} {port}"))
    return f"{match}{rng.choice(COMMENTS)} -j {rng.choice(('ACCEPT', 'RETURN'))}"


def _chain(rng: Random, table: str, serial: str, family: Family) -> Iterator[str]:
    name = f"{rng.choice(CHAINS)}-{serial}"
    yield f":{name} - [0:0]"
    yield f"-A {name} {_rule(rng, family)}"
    yield f"{rng.choice(('-A', '-I'))} {rng.choice(BASE[table])} -j {name}"


def _table(rng: Random, serial: str) -> Iterator[str]:
    place = f"{rng.choice(('ip', 'ip6', 'inet'))} {rng.choice(TABLES)}-{serial}"
    hook, priority = rng.choice(("prerouting", "input", "forward", "output")), rng.randint(-250, 250)
    yield f"table {place} {{"
    yield "\tset picks { type inet_service; elements = { 80, 443 }; }"
    yield "\tmap endpoints { type inet_service : verdict; elements = { 22 : accept }; }"
    yield f"\tchain services {{ type filter hook {hook} priority {priority}; tcp dport @picks counter accept; }}"
    yield "}"


def everything(backend: Backend) -> dict[str, str]:
    """Return what the tools list of all that is not svcc's; tables without any rule or chain of others are no more than places."""
    found = {"sets": run("ipset", "save")}
    for family in Family:
        for table, text in _tables(without_ours(run(backend.tool(family, "save")))):
            if re.search(r"^(-A |:\S+ -|:\S+ DROP)", text, re.MULTILINE):
                found[f"{backend.value} {family.value} {table}"] = text
    for held in _TABLE.finditer(run("nft", "list", "ruleset")):
        if held[2] not in _OURS and held[2] not in BASE:
            found[f"{held[1]} {held[2]}"] = held[0]
    return found


def _tables(text: str) -> Iterator[tuple[str, str]]:
    for held in re.finditer(r"^\*(\S+)\n(.*?)^COMMIT$", text, re.DOTALL | re.MULTILINE):
        yield held[1], held[2]
