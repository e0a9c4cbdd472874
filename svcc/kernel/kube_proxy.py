"""What kube-proxy has left behind in the whole kernel, and its removal.

    look()          ->  LeftBehind(changes=(jump IPv4 nat PREROUTING, chain IPv4 nat KUBE-SERVICES, …, table ip kube-proxy,
                                            set KUBE-CLUSTER-IP, interface kube-ipvs0, virtual server 10.96.0.10:80/TCP), stays=(…))
    remove(found)       each backend and family in one transaction a table; then tables, sets, virtual servers, the interface

Everything is looked at and removed by its own name: nothing of anybody else is written. Sets of ipset go after the rules that ask them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from svcc.emit.ipvs.ruleset import IpvsState, VirtualKey
from svcc.kernel import backend, modules, nft_tables, processes, rtnetlink
from svcc.kernel.backend import Backend, Saved
from svcc.kernel.base import KernelError
from svcc.kernel.ipvs import Ipvs
from svcc.kernel.ipvs_tools import Netlink
from svcc.kernel.run import installed, run
from svcc.net import Address, Family
from svcc.plan import ipvs
from svcc.plan.change import Action, Change, ChangeReason
from svcc.plan.kube_proxy import LeftBehind, left_behind, script

PROCESS = "kube-proxy"
INTERFACE = "kube-ipvs0"
NFT_TABLES = ("ip kube-proxy", "ip6 kube-proxy")
_NFTABLES, _IPSET, _LINKS = "nftables", "ipset", "links"
_SETS = "KUBE-"
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of kube-proxy."""

    left: LeftBehind
    process: int | None
    """The number of a kube-proxy that runs here."""


def signs() -> tuple[str, ...]:
    """Return what beside iptables shows that kube-proxy is here: tables of nf_tables, and its interface."""
    tables = nft_tables.comments()
    found = [f"{_FAMILIES[one]} nftables kube-proxy" for one in NFT_TABLES if one in tables]
    return (*found, *([f"interface {INTERFACE}"] if rtnetlink.present(INTERFACE) else []))


_FAMILIES = {"ip kube-proxy": Family.IPV4.value, "ip6 kube-proxy": Family.IPV6.value}


def look() -> Found:
    """Return what kube-proxy has left behind, and whether it runs."""
    saved = backend.read_all(needed=False)
    kept = [left_behind(text, family, _carrier(one)) for (one, family), text in sorted(saved.texts.items(), key=_order)]
    sets, needed = _sets(saved, [change for one in kept for change in one.changes])
    changes = [*(change for one in kept for change in one.changes), *_tables(), *sets, *_servers()]
    stays = [*(why for one in kept for why in one.stays), *needed]
    return Found(LeftBehind(tuple(changes), tuple(stays)), processes.running([PROCESS]).get(PROCESS))


def _order(held: tuple[tuple[Backend, Family], str]) -> tuple[str, str]:
    return held[0][0].value, held[0][1].value


def _carrier(one: Backend) -> str:
    return f"iptables-{one.value}"


def _tables() -> Iterator[Change]:
    there = nft_tables.comments()
    return (_gone(_NFTABLES, "table", place) for place in NFT_TABLES if place in there)


def _sets(saved: Saved, changes: Sequence[Change]) -> tuple[list[Change], list[str]]:
    """Return the sets of kube-proxy, and which of them rules of others ask."""
    names = (
        sorted(one for one in run(["ipset", "list", "-n"]).split() if one.startswith(_SETS))
        if installed("ipset")
        else []
    )
    gone = {rule for one in changes for rule in one.before or ()}
    asked = {
        word
        for text in (saved.texts.values() if names else ())
        for line in text.splitlines()
        if "--match-set" in line and line.split(" ", 2)[2] not in gone
        for word in line.split(" ")
    }
    stays = [f"set {one}: a rule of others asks it" for one in names if one in asked]
    return [_gone(_IPSET, "set", one) for one in names if one not in asked], stays


def _bound() -> frozenset[Address]:
    number = rtnetlink.index(INTERFACE)
    return frozenset(rtnetlink.addresses(number)) if number is not None else frozenset()


def _subsystem(bound: frozenset[Address]) -> Ipvs:
    def owned(at: VirtualKey) -> bool:
        return at.address in bound

    return Ipvs(owned, Netlink())


def _servers() -> Iterator[Change]:
    """Yield the virtual servers at the addresses of its interface, and the interface."""
    bound = _bound()
    if bound and modules.present("ip_vs"):
        servers = _subsystem(bound)
        yield from servers.plan(servers.snapshot(), IpvsState())
    if rtnetlink.present(INTERFACE):
        yield _gone(_LINKS, "interface", INTERFACE, tuple(sorted(bound)))


def _gone(subsystem: str, kind: str, key: str, lines: tuple[str, ...] = ()) -> Change:
    return Change(Action.DELETE, subsystem, kind, key, lines, None, ChangeReason.LEFT_BEHIND)


def remove(found: LeftBehind) -> None:
    """Remove what was found.

    Raises:
        KernelError: something was refused; what went before it is gone, as its message says.
    """
    done = 0
    for subsystem, some in _grouped(found.changes):
        try:
            _remove(subsystem, some)
        except KernelError as problem:
            problem.now = f"{done} of {len(found.changes)} objects of kube-proxy are removed"
            problem.hint = problem.hint or "mend that, and run it again"
            raise
        done += len(some)


def _grouped(changes: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    groups: dict[str, list[Change]] = {}
    for one in changes:
        groups.setdefault(one.subsystem, []).append(one)
    return iter(groups.items())


def _remove(subsystem: str, changes: Sequence[Change]) -> None:
    if subsystem == _NFTABLES:
        run(["nft", "-f", "-"], stdin="".join(f"delete table {one.key}\n" for one in changes), timeout=_SECONDS)
    elif subsystem == _IPSET:
        run(["ipset", "restore"], stdin="".join(f"destroy {one.key}\n" for one in changes))
    elif subsystem == _LINKS:
        number = rtnetlink.index(INTERFACE)
        assert number is not None, f"bug in svcc: {INTERFACE} went by itself"
        rtnetlink.remove(number)
    elif subsystem == ipvs.SUBSYSTEM:
        _subsystem(_bound()).commit(changes)
    else:
        used = Backend(subsystem.removeprefix("iptables-"))
        for family in Family:
            if text := script([one for one in changes if one.key.startswith(f"{family.value} ")]):
                run([used.tool(family, "restore"), "--noflush", "--wait", "10"], stdin=text, timeout=_SECONDS)
