"""Judge from how a subsystem differs from what was applied last what somebody may have done to it.

    Differs("iptables-nft", (CREATE jump IPv4 nat PREROUTING,), held={"IPv4 nat"}), signs of Docker
        ->  Cause(JUMPS, "only the jumps to the chains of svcc are gone, from …", who=("Docker",), evidence=("chain DOCKER in IPv4 nat",))

A change is what would lead back: CREATE of what somebody has deleted. A cause names a command where nothing but such a command leaves things
like that, and a program only where there is a sign of it; a sign is no proof.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from svcc.plan import diff as iptables
from svcc.plan import ipvs, links, nftables, owners, sysctl
from svcc.plan.change import Action, Change

_SHOWN = 3
LEGACY = "iptables-legacy"


class Since(Enum):
    """What has become of the place where the last apply was made."""

    SAME = "same"
    BOOT = "boot"
    NAMESPACE = "namespace"


class What(Enum):
    """What happened to objects of ours; the value is the word in JSON."""

    GONE = "gone"
    EMPTIED = "emptied"
    JUMPS = "jumps"
    EDITED = "edited"
    STRAY = "stray"
    ADDRESSES = "addresses"
    SERVERS = "servers"
    SETTINGS = "settings"
    OVERTAKEN = "overtaken"
    BESIDE = "beside"


@dataclass(frozen=True, slots=True)
class Signs:
    """What there is of others."""

    since: Since = Since.SAME
    programs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Program → its signs: `chain DOCKER in IPv4 nat`, `process dockerd (pid 4711)`."""
    tables: tuple[str, ...] = ()
    """Tables of nf_tables that are not ours: `inet firewalld`."""
    filled: frozenset[str] = frozenset()
    """Tables of iptables that hold rules of others: `IPv4 nat`."""
    ahead: Mapping[str, str] = field(default_factory=dict)
    """Base chain in which a rule of others stands before our jump, `IPv4 nat PREROUTING` → that rule."""


@dataclass(frozen=True, slots=True)
class Differs:
    """How one subsystem differs from what was applied last: the changes that would lead back, at least one."""

    carrier: str
    """`iptables-nft`, `iptables-legacy`, `nftables`, …"""
    changes: tuple[Change, ...]
    held: frozenset[str] = frozenset()
    """Places that hold anything of ours: `IPv4 nat`, `ip svcc`."""
    stray: bool = False
    """The last apply put nothing here."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What may have happened: one sentence, the programs that may have done it, and what speaks for them."""

    what: What
    text: str
    objects: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


def causes(differs: Differs, signs: Signs) -> Iterator[Cause]:
    """Yield what may have happened to one subsystem."""
    return _OF[differs.changes[0].subsystem](differs, signs)


def of_others(signs: Signs) -> Iterator[Cause]:
    """Yield what of others stands in our way, though nothing of ours need have changed."""
    for place, rule in signs.ahead.items():
        who = owners.of_chain(rule.rpartition("-j ")[2].partition(" ")[0])
        text = f"in {place} a rule of others has come before ours"
        yield Cause(What.OVERTAKEN, text, (place,), (who,) if who else (), (rule,))
    if owners.KUBE_PROXY in signs.programs:
        evidence = signs.programs[owners.KUBE_PROXY]
        yield Cause(What.BESIDE, "kube-proxy is here too", (), (owners.KUBE_PROXY,), evidence)


def _of_rules(differs: Differs, signs: Signs) -> Iterator[Cause]:
    """Yield what happened to tables of iptables or nftables, each table judged by itself."""
    if differs.stray:
        text = f"rules of svcc are in {differs.carrier}, where the last apply put none: a saved copy that was loaded again does that"
        yield Cause(What.STRAY, text, _keys(differs.changes))
        return
    places: dict[str, list[Change]] = {}
    for one in differs.changes:
        places.setdefault(_place(one), []).append(one)
    found: dict[What, list[Change]] = {what: [] for what in (What.GONE, What.EMPTIED, What.JUMPS, What.EDITED)}
    for place, changes in places.items():
        found[_what(place, changes, differs.held)] += changes
    for what, tell in (
        (What.GONE, _gone),
        (What.EMPTIED, _emptied),
        (What.JUMPS, _jumps),
        (What.EDITED, _edited),
    ):
        if any(one.kind != nftables.DIGEST for one in found[what]):
            yield from tell(differs, found[what], signs)


def _place(change: Change) -> str:
    return " ".join(change.key.split(" ", 2)[:2])


def _what(place: str, changes: Sequence[Change], held: frozenset[str]) -> What:
    if place not in held and all(one.action is Action.CREATE for one in changes):
        return What.GONE
    jumps = [one for one in changes if one.kind == iptables.JUMP]
    if len(jumps) == len(changes) and all(one.action is Action.CREATE for one in jumps):
        return What.JUMPS
    chains = [one for one in changes if one.kind in (iptables.CHAIN, nftables.CHAIN)]
    emptied = [one for one in chains if one.before == () and one.after]
    if 1 < len(emptied) == len(chains) and len(chains) + len(jumps) == len(changes):
        return What.EMPTIED
    return What.EDITED


def _gone(differs: Differs, changes: Sequence[Change], signs: Signs) -> Iterator[Cause]:
    places = tuple(dict.fromkeys(_place(one) for one in changes if one.kind != nftables.DIGEST))
    what = f"everything of svcc in {_listed(places)}" if differs.held else f"everything of svcc in {differs.carrier}"
    keys, nft = _keys(changes), differs.carrier == nftables.SUBSYSTEM
    if signs.since is not Since.SAME:
        text, evidence = _SINCE[signs.since]
        yield Cause(What.GONE, f"{what} is gone: {text}", keys, evidence=(evidence,))
    elif differs.carrier != LEGACY and not signs.tables:
        text = f"{what} is gone with every other table: `nft flush ruleset` does that"
        yield Cause(What.GONE, text, keys, evidence=("nf_tables holds no table of anybody",))
    elif nft:
        text = f"{what} is gone, while {_listed(signs.tables)} of others is there"
        yield _suspected(What.GONE, text, keys, signs, (owners.FIREWALLD,))
    elif signs.filled.intersection(places):
        text = f"{what} is gone, while rules of others are there: iptables-restore without --noflush does that"
        yield _suspected(What.GONE, text, keys, signs, (owners.FIREWALLD, owners.UFW))
    else:
        text = f"{what} is gone with all rules of others in these tables: `iptables -F` and `iptables -X` do that"
        yield Cause(What.GONE, text, keys, evidence=(f"no rule is in {_listed(places)}",))


_SINCE = {
    Since.BOOT: ("this machine was started anew since the last apply", "the boot is not that of the last apply"),
    Since.NAMESPACE: (
        "the network namespace was made anew since the last apply",
        "the network namespace is not that of the last apply",
    ),
}


def _emptied(differs: Differs, changes: Sequence[Change], signs: Signs) -> Iterator[Cause]:  # noqa: ARG001 - one signature
    places = dict.fromkeys(_place(one) for one in changes)
    command = "nft flush table" if differs.carrier == nftables.SUBSYSTEM else "iptables -F"
    text = f"the chains of svcc in {_listed(tuple(places))} are there and hold no rule: `{command}` does that"
    yield Cause(What.EMPTIED, text, _keys(changes))


def _jumps(differs: Differs, changes: Sequence[Change], signs: Signs) -> Iterator[Cause]:  # noqa: ARG001 - one signature
    places = _listed(_keys(changes))
    text = f"only the jumps to the chains of svcc are gone, from {places}: whoever fills base chains anew does that"
    yield _suspected(What.JUMPS, text, _keys(changes), signs, (owners.FIREWALLD, owners.DOCKER, owners.UFW))


def _edited(differs: Differs, changes: Sequence[Change], signs: Signs) -> Iterator[Cause]:  # noqa: ARG001 - one signature
    """Yield what was done to single objects: chains that went, came or changed, and elements."""
    edits: dict[str, list[Change]] = {}
    for one in changes:
        if one.kind != nftables.DIGEST:
            edits.setdefault(_edit(one), []).append(one)
    for edit, some in edits.items():
        evidence = _differences(some)
        yield Cause(What.EDITED, f"{edit} by hand, or by a program that knows svcc", _keys(some), evidence=evidence)


def _edit(change: Change) -> str:
    noun = _NOUNS.get(change.kind, change.kind)
    if change.before is None:
        return f"{noun} deleted"
    return f"{noun} added" if change.after is None else f"{noun} edited"


_NOUNS = {nftables.TABLE_KIND: "tables", iptables.CHAIN: "chains", iptables.JUMP: "jumps"}


def _differences(changes: Sequence[Change]) -> tuple[str, ...]:
    """Return the first lines that somebody has added, `+`, or taken away, `-`, with where; more than these as their number."""
    found: list[str] = []
    for one in changes:
        was, now = one.after or (), one.before or ()
        kept = set(was).intersection(now)
        lines = [f"+ {line}" for line in now if line not in kept] + [f"- {line}" for line in was if line not in kept]
        found += [f"{one.key}: {line}" for line in lines] or [f"{one.key}: in another order"]
    more = (f"and {len(found) - _SHOWN} more",) if len(found) > _SHOWN else ()
    return (*found[:_SHOWN], *more)


def _of_links(differs: Differs, signs: Signs) -> Iterator[Cause]:
    keys = _keys(differs.changes)
    whole = any(one.kind == links.INTERFACE for one in differs.changes)
    text = "the interface svcc0 is gone" if whole else f"addresses of svcc0 are not as they were: {_listed(keys)}"
    if signs.since is not Since.SAME:
        yield Cause(What.ADDRESSES, f"{text}: {_SINCE[signs.since][0]}", keys, evidence=_SINCE[signs.since][1:])
    else:
        yield _suspected(What.ADDRESSES, text, keys, signs, (owners.NETWORK_MANAGER, owners.NETWORKD))


def _of_servers(differs: Differs, signs: Signs) -> Iterator[Cause]:
    keys = _keys(differs.changes)
    if signs.since is not Since.SAME:
        yield Cause(
            What.SERVERS,
            f"virtual servers are gone: {_SINCE[signs.since][0]}",
            keys,
            evidence=_SINCE[signs.since][1:],
        )
    elif not differs.held and all(one.action is Action.CREATE for one in differs.changes):
        yield _suspected(
            What.SERVERS, "every virtual server is gone: `ipvsadm -C` does that", keys, signs, (owners.KUBE_PROXY,)
        )
    else:
        text = f"virtual servers are not as they were: {_listed(keys)}"
        yield _suspected(What.SERVERS, text, keys, signs, (owners.KUBE_PROXY,))


def _of_settings(differs: Differs, signs: Signs) -> Iterator[Cause]:
    for one in differs.changes:
        before, after = (one.before or ("not there",))[0], (one.after or ("",))[0]
        text = f"{one.key} is {before} and was {after}"
        if signs.since is not Since.SAME:
            yield Cause(What.SETTINGS, f"{text}: {_SINCE[signs.since][0]}", (one.key,))
        else:
            yield Cause(What.SETTINGS, f"{text}: a program or `sysctl --system` has set it", (one.key,))


_OF: Mapping[str, Callable[[Differs, Signs], Iterator[Cause]]] = {
    iptables.SUBSYSTEM: _of_rules,
    nftables.SUBSYSTEM: _of_rules,
    links.SUBSYSTEM: _of_links,
    ipvs.SUBSYSTEM: _of_servers,
    sysctl.SUBSYSTEM: _of_settings,
}


def _suspected(what: What, text: str, keys: tuple[str, ...], signs: Signs, candidates: Sequence[str]) -> Cause:
    """Return a cause with those candidates of which there are signs."""
    who = tuple(one for one in candidates if one in signs.programs)
    return Cause(what, text, keys, who, tuple(sign for one in who for sign in signs.programs[one]))


def _keys(changes: Sequence[Change]) -> tuple[str, ...]:
    return tuple(one.key for one in changes)


def _listed(some: Sequence[str]) -> str:
    more = f" and {len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
    return ", ".join(some[:_SHOWN]) + more
