r"""Write down what a subsystem holds, and read it back: what a rollback needs when the process that saw it is gone.

    write(Iptables(Backend.NFT), {Family.IPV4: …, Family.IPV6: …})
        ->  {"place": "iptables nft", "held": {"IPv4": "*nat\n:SVCC-SERVICES - [0:0]\n…", "IPv6": "…"}}
    read({"place": "iptables nft", "held": {…}})
        ->  "iptables nft", {Family.IPV4: …, Family.IPV6: …}

Each state is the text that its own tool takes: iptables-restore's, nft's, ipvsadm's. A place says which subsystem it is: the backend of
iptables, the name of the tables of nftables.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from svcc.emit.iptables.text import parse, render
from svcc.emit.ipvs.ruleset import IpvsState
from svcc.emit.ipvs.text import parse as parse_servers
from svcc.emit.ipvs.text import render as render_servers
from svcc.emit.nftables.ruleset import NftTable
from svcc.emit.nftables.text import parse_tables
from svcc.kernel.dummy import Svcc0
from svcc.kernel.iptables import Iptables, Rulesets
from svcc.kernel.ipvs import Ipvs
from svcc.kernel.nftables import Nftables
from svcc.kernel.sysctl import Sysctl
from svcc.net import Address, Family
from svcc.plan.links import Dummy
from svcc.plan.nftables import NftState

IPTABLES, NFTABLES, IPVS, LINKS, SYSCTL = "iptables", "nftables", "ipvs", "links", "sysctl"


def write(subsystem: object, state: Any) -> dict[str, Any]:
    """Return the state of a subsystem as JSON can hold it."""
    match subsystem:
        case Iptables():
            held = {family.value: render(state[family]) for family in Family if family in state}
            return {"place": f"{IPTABLES} {subsystem.backend.value}", "held": held}
        case Nftables():
            unread = [family.value for family, table in state.tables.items() if not table.chains]
            tables = {"tables": state.text, "unread": unread, "digest": state.digest}
            return {"place": f"{NFTABLES} {subsystem.table}", "held": tables}
        case Ipvs():
            names = {str(at): one.service for at, one in state.virtuals.items()}
            return {"place": IPVS, "held": {"servers": render_servers(state), "services": names}}
        case Svcc0():
            return {"place": LINKS, "held": None if state.addresses is None else list(state.addresses)}
        case _:
            assert isinstance(subsystem, Sysctl), f"bug in svcc: nobody can write down {subsystem}"
            return {"place": SYSCTL, "held": dict(state)}


def read(written: Mapping[str, Any]) -> tuple[str, Any]:
    """Return the place and the state of what was written.

    Raises:
        ValueError, KeyError, TypeError: it is damaged.
    """
    place, held = written["place"], written["held"]
    return place, _READERS[place.partition(" ")[0]](held)


def _rulesets(held: Mapping[str, str]) -> Rulesets:
    return {Family(family): parse(text, Family(family)) for family, text in held.items()}


def _tables(held: Mapping[str, Any]) -> NftState:
    unread = {Family(family): NftTable(Family(family)) for family in held["unread"]}
    return NftState({**parse_tables(held["tables"]), **unread}, held["digest"], held["tables"])


def _servers(held: Mapping[str, Any]) -> IpvsState:
    state, names = parse_servers(held["servers"]), held["services"]
    return replace(state, virtuals={at: replace(one, service=names[str(at)]) for at, one in state.virtuals.items()})


def _dummy(held: list[str] | None) -> Dummy:
    return Dummy(None if held is None else tuple(map(Address, held)))


_READERS: Mapping[str, Callable[[Any], Any]] = {
    IPTABLES: _rulesets,
    NFTABLES: _tables,
    IPVS: _servers,
    LINKS: _dummy,
    SYSCTL: dict,
}
