"""Find out which iptables backend holds the rules here, without making a table by looking.

    nothing of ours; kube-router's rules in legacy   ->  Backend.LEGACY   (follow the foreigner)
    rules of ours in nft                             ->  Backend.NFT      (asking for legacy is refused)
    rules of ours in both                            ->  KernelError: never mix them

Both backends filter every packet, so rules in the wrong one seem to work and then shadow each other. `iptables-legacy-save`
would load the kernel's legacy tables where there are none, so it is run only when /proc/net/ip_tables_names lists some.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from svcc.emit.iptables.ruleset import PREFIX
from svcc.emit.iptables.text import jumps_to_ours
from svcc.kernel import nft_tables, rights
from svcc.kernel.base import KernelError, NotFound, ToolFailed
from svcc.kernel.run import installed, run
from svcc.net import Family


class Backend(Enum):
    """One of the two ways in which iptables reaches the kernel; the value is the middle of the tools' names."""

    NFT = "nft"
    LEGACY = "legacy"

    def tool(self, family: Family, verb: str = "") -> str:
        """Return a tool's name: `ip6tables-legacy-save`."""
        start = "iptables" if family is Family.IPV4 else "ip6tables"
        return f"{start}-{self.value}-{verb}" if verb else f"{start}-{self.value}"


@dataclass(frozen=True, slots=True)
class Saved:
    """What every backend's `iptables-save` printed; a backend without tables is left out."""

    texts: Mapping[tuple[Backend, Family], str]
    hidden: bool = False
    """Legacy iptables is there, and what it holds is for root's eyes alone."""

    def ours(self, backend: Backend) -> bool:
        """Tell whether a backend holds chains of ours."""
        return any(f"\n:{PREFIX}" in text for (where, _), text in self.texts.items() if where is backend)

    def used(self, backend: Backend) -> bool:
        """Tell whether a backend holds anything beyond empty base chains that accept."""
        return any(_USED.search(text) for (where, _), text in self.texts.items() if where is backend)


@dataclass(frozen=True, slots=True)
class Foreign:
    """What of others matters to us."""

    kube_proxy: tuple[str, ...] = ()
    """Chains of kube-proxy: `IPv4 nat KUBE-SERVICES`."""
    dropping: tuple[str, ...] = ()
    """Base chains whose policy would cut our traffic: `IPv4 FORWARD`."""
    ahead: tuple[str, ...] = ()
    """Base chains in which a rule of others stands before our jump: `IPv4 nat PREROUTING`."""
    hidden: bool = False
    """There may be more of it in legacy iptables, where only root can look."""


_USED = re.compile(r"^(?:-A |:\S+ (?!ACCEPT))", re.MULTILINE)
_CHAIN = re.compile(r"^(?:\*(?P<table>\S+)|:(?P<chain>\S+) (?P<policy>\S+).*)$", re.MULTILINE)
# Without kube-proxy, the kubelet still makes KUBE-FIREWALL, KUBE-MARK-… and KUBE-POSTROUTING: these are not a sign of it.
_KUBE_PROXY = frozenset(
    {
        *("KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES", "KUBE-PROXY-FIREWALL", "KUBE-PROXY-CANARY"),
        *("KUBE-NODE-PORT", "KUBE-LOAD-BALANCER", "KUBE-IPVS-FILTER", "KUBE-SOURCE-RANGES-FIREWALL"),
    }
)
_SHOWN = 100
_LEGACY_NAMES = {Family.IPV4: Path("/proc/net/ip_tables_names"), Family.IPV6: Path("/proc/net/ip6_tables_names")}


def read_all(known: Mapping[Family, str] | None = None, *, needed: bool = True) -> Saved:
    """Return what both backends hold now; `known` is what iptables-nft-save would print, where that is certain.

    Raises:
        NotFound: iptables is `needed`, or rules of ours may be there, and it is not installed.
        Denied: the right to read is missing.
    """
    tools = any(installed(backend.tool(family, "save")) for backend in Backend for family in Family)
    if not tools and (needed or _may_hold_ours()):
        raise NotFound("iptables is not installed", hint="apt-get install iptables")
    texts: dict[tuple[Backend, Family], str] = {}
    hidden = _legacy_is_hidden()
    for family in () if hidden else Family:
        if _legacy_tables(family):
            texts[Backend.LEGACY, family] = save(Backend.LEGACY, family)
    for family in Family:
        if known is not None:
            texts[Backend.NFT, family] = known[family]
        elif installed(Backend.NFT.tool(family, "save")):
            texts[Backend.NFT, family] = save(Backend.NFT, family)
    return Saved(texts, hidden)


def save(backend: Backend, family: Family) -> str:
    """Return what a backend's iptables-save prints.

    Raises:
        ToolFailed: that is not all of it, or something else: what is not seen would be taken for not there.
    """
    tool = backend.tool(family, "save")
    text = run([tool])
    if (odd := _odd(text)) is not None:
        raise ToolFailed(f"{tool} ended well, and printed something else than rules: {odd}")
    return text


def _odd(text: str) -> str | None:
    """Return what of a text is not as iptables-save prints it, if anything."""
    inside = False
    for line in text.splitlines():
        if line.startswith("*") and not inside:
            inside = True
        elif line == "COMMIT" and inside:
            inside = False
        elif line and not line.startswith("#") and not (inside and line[0] in ":-["):
            return f"[{line[:_SHOWN]}]"
    return "a table without its end" if inside else None


def _may_hold_ours() -> bool:
    """Tell, without iptables, whether there are chains of ours; of the legacy backend, whether it holds anything."""
    if not _legacy_is_hidden() and any(_legacy_tables(family) for family in Family):
        return True
    return any(place.split(" ")[2].startswith(PREFIX) for place in nft_tables.chains())


def _legacy_tables(family: Family) -> bool:
    try:
        return bool(_LEGACY_NAMES[family].read_text().strip())
    except FileNotFoundError:
        return False


def _legacy_is_hidden() -> bool:
    """Tell whether legacy iptables is there, and may not be looked at, as only root may.

    Raises:
        Denied: then nothing else may be looked at either.
    """
    hidden = any(path.exists() and not os.access(path, os.R_OK) for path in _LEGACY_NAMES.values())
    if hidden and not rights.held(rights.NET_ADMIN):
        raise rights.denied("reading iptables", rights.NET_ADMIN)
    return hidden


def choose(saved: Saved, explicit: Backend | None = None) -> Backend:
    """Return the backend to use: the one that holds our rules, else an explicit choice, else the one others use.

    Raises:
        KernelError: both hold rules of ours, or another one than the explicit choice does.
    """
    ours = [backend for backend in Backend if saved.ours(backend)]
    if len(ours) > 1:
        hint = "a saved copy may have been loaded by the other one; `svcc clean` removes both, then apply again"
        raise KernelError("rules of svcc are in both iptables backends, nft and legacy", hint=hint)
    if ours and explicit not in (None, ours[0]):
        where = ours[0].value
        hint = f"`svcc clean` first, or go on with the {where} backend"
        raise KernelError(f"rules of svcc are in the {where} backend already; backends are never mixed", hint=hint)
    if ours:
        return ours[0]
    if explicit is not None:
        return explicit
    used = [backend for backend in Backend if saved.used(backend)]
    return used[0] if len(used) == 1 else default()


def default() -> Backend:
    """Return the backend of the `iptables` command.

    Raises:
        NotFound: iptables is not installed.
    """
    try:
        return Backend.NFT if "nf_tables" in run(["iptables", "--version"]) else Backend.LEGACY
    except NotFound:
        for backend in Backend:
            if installed(backend.tool(Family.IPV4, "restore")):
                return backend
        raise


def version() -> str:
    """Return the version of the `iptables` command, `1.8.9`."""
    found = re.search(r"v(\S+)", run(["iptables", "--version"]))
    return found[1] if found else ""


def foreign(saved: Saved) -> Foreign:
    """Return what of others matters to us, in both backends."""
    kube_proxy: dict[str, None] = {}
    dropping: dict[str, None] = {}
    ahead: dict[str, None] = {}
    for (_, family), text in sorted(saved.texts.items(), key=lambda held: (held[0][1].value, held[0][0].value)):
        for table, chain, policy in chains(text):
            if chain in _KUBE_PROXY:
                kube_proxy[f"{family.value} {table} {chain}"] = None
            elif table == "filter" and chain in ("INPUT", "FORWARD") and policy == "DROP":
                dropping[f"{family.value} {chain}"] = None
        ahead.update(dict.fromkeys(f"{family.value} {place}" for place in _ahead(text)))
    return Foreign(tuple(kube_proxy), tuple(dropping), tuple(ahead), saved.hidden)


def _ahead(text: str) -> Iterator[str]:
    """Yield table and chain of each base chain where a rule of others stands before our jump."""
    table, others = "", set[str]()
    for line in text.splitlines():
        if line.startswith("*"):
            table, others = line[1:], set()
        elif line.startswith("-A ") and not line.startswith(f"-A {PREFIX}"):
            _, chain, rule = line.split(" ", 2)
            if not jumps_to_ours(rule):
                others.add(chain)
            elif chain in others:
                yield f"{table} {chain}"


def chains(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield table, chain and policy of every chain in a text of iptables-save."""
    table = ""
    for line in _CHAIN.finditer(text):
        if line["table"]:
            table = line["table"]
        else:
            yield table, line["chain"], line["policy"]
