"""Tell what kube-proxy has left behind in iptables, and write the script that removes exactly that.

    *nat                                                              DELETE jump   IPv4 nat PREROUTING
    :KUBE-SERVICES - [0:0]                                            DELETE chain  IPv4 nat KUBE-SERVICES
    :KUBE-MARK-MASQ - [0:0]                                      ->   stays: chain IPv4 nat KUBE-MARK-MASQ, since CNI-HOSTPORT leads there
    -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    -A CNI-HOSTPORT -j KUBE-MARK-MASQ

The chains are those that `kube-proxy --cleanup` removes in Kubernetes 1.18 to 1.34, of its modes iptables and IPVS. KUBE-FIREWALL, KUBE-KUBELET-…
and KUBE-IPTABLES-HINT are the kubelet's and never count, but for the KUBE-FIREWALL that old kube-proxies have in `nat`. A kubelet before 1.28 has
KUBE-MARK-DROP, and then KUBE-MARK-MASQ and KUBE-POSTROUTING are its own too. A chain to which rules of others lead stays, with all that it needs.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise

from svcc.emit.iptables.text import split
from svcc.net import Family
from svcc.plan.change import Action, Change, ChangeReason
from svcc.plan.diff import CHAIN, JUMP, key_of, place_of

_MASQUERADE, _POSTROUTING = "KUBE-MARK-MASQ", "KUBE-POSTROUTING"
_OLD_KUBELET = "KUBE-MARK-DROP"
_CANARY = "KUBE-PROXY-CANARY"
_CHAINS: Mapping[str, AbstractSet[str]] = {
    "nat": {
        *("KUBE-SERVICES", "KUBE-NODEPORTS", _POSTROUTING, _MASQUERADE, _CANARY),
        *("KUBE-NODE-PORT", "KUBE-LOAD-BALANCER", "KUBE-FIREWALL"),
    },
    "filter": {
        *("KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES", "KUBE-FORWARD", "KUBE-NODEPORTS", "KUBE-PROXY-FIREWALL", _CANARY),
        *("KUBE-NODE-PORT", "KUBE-SOURCE-RANGES-FIREWALL", "KUBE-IPVS-FILTER", "KUBE-IPVS-OUT-FILTER"),
    },
    "mangle": {_CANARY},
}
_OF_A_SERVICE = ("KUBE-SVC-", "KUBE-SVL-", "KUBE-SEP-", "KUBE-FW-", "KUBE-EXT-", "KUBE-XLB-")
_COMMENT = re.compile(r'--comment "?(?:kubernetes|kube-proxy) ')
"""What the jumps of kube-proxy in base chains are commented with, and nobody else's."""


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What of kube-proxy goes, and what stays, each with the reason."""

    changes: tuple[Change, ...] = ()
    stays: tuple[str, ...] = ()


@dataclass(slots=True)
class _Table:
    """One table of iptables: base chains, and the rules of every chain."""

    base: set[str] = field(default_factory=set)
    rules: dict[str, list[str]] = field(default_factory=dict)


def left_behind(text: str, family: Family, carrier: str) -> LeftBehind:
    """Return what kube-proxy has left in a text of iptables-save; `carrier` is `iptables-nft` or `iptables-legacy`."""
    changes: list[Change] = []
    stays: list[str] = []
    for name, table in _tables(text).items():
        found = _in_table(table, name)
        kept = _kept(table, found)
        stays += (f"chain {key_of(family, name, chain)} in {carrier}: {why}" for chain, why in sorted(kept.items()))
        gone = found - kept.keys()
        for chain, rules in table.rules.items():
            if chain in table.base:
                jumps = tuple(rule for rule in rules if _is_jump(rule, gone))
                if jumps:
                    changes.append(_change(carrier, JUMP, key_of(family, name, chain), jumps))
            elif chain in gone:
                changes.append(_change(carrier, CHAIN, key_of(family, name, chain), tuple(rules)))
    return LeftBehind(tuple(changes), tuple(stays))


def _tables(text: str) -> dict[str, _Table]:
    found: dict[str, _Table] = {}
    table = _Table()
    for line in text.splitlines():
        if line.startswith("*"):
            table = found.setdefault(line[1:], _Table())
        elif line.startswith(":"):
            name, policy, _ = line[1:].split(" ", 2)
            table.rules[name] = []
            if policy != "-":
                table.base.add(name)
        elif line.startswith("-A "):
            _, name, rule = line.split(" ", 2)
            table.rules.setdefault(name, []).append(rule)
    return found


def _in_table(table: _Table, name: str) -> set[str]:
    """Return the chains of kube-proxy in a table."""
    known = _CHAINS.get(name, frozenset())
    services = _OF_A_SERVICE if name in ("nat", "filter") else ()
    found = {one for one in table.rules if one in known or one.startswith(services)}
    return found - {_MASQUERADE, _POSTROUTING} if _OLD_KUBELET in table.rules else found


def _kept(table: _Table, found: AbstractSet[str]) -> dict[str, str]:
    """Return the chains that rules of others need, each with who leads there."""
    kept: dict[str, str] = {}
    waiting = [(chain, rule) for chain, rules in table.rules.items() if chain not in found for rule in rules]
    while waiting:
        chain, rule = waiting.pop()
        target = _target(rule)
        if target not in found or target in kept or (chain in table.base and _COMMENT.search(rule)):
            continue
        kept[target] = f"a rule in {chain} leads there"
        waiting += [(target, one) for one in table.rules[target]]
        if target == _MASQUERADE and _POSTROUTING in found:
            # The mark means nothing without the chain that acts on it.
            kept.setdefault(_POSTROUTING, f"it acts on what {_MASQUERADE} marks")
            waiting += [(_POSTROUTING, one) for one in table.rules[_POSTROUTING]]
    return kept


def _is_jump(rule: str, gone: AbstractSet[str]) -> bool:
    return _target(rule) in gone and _COMMENT.search(rule) is not None


def _target(rule: str) -> str:
    words = split(rule) if "KUBE-" in rule else []
    return next((after for word, after in pairwise(words) if word in ("-j", "-g")), "")


def _change(carrier: str, kind: str, key: str, lines: tuple[str, ...]) -> Change:
    return Change(Action.DELETE, carrier, kind, key, lines, None, ChangeReason.LEFT_BEHIND)


def script(changes: Sequence[Change]) -> str:
    """Return the `iptables-restore --noflush` input that removes chains and jumps of one family: all or nothing per table."""
    tables: dict[str, list[Change]] = {}
    for one in changes:
        tables.setdefault(place_of(one.key)[1], []).append(one)
    return "".join(f"{line}\n" for table, some in tables.items() for line in _lines(table, some))


def _lines(table: str, changes: Sequence[Change]) -> Iterator[str]:
    chains = sorted(place_of(one.key)[2] for one in changes if one.kind == CHAIN)
    yield f"*{table}"
    yield from (f":{chain} - [0:0]" for chain in chains)
    for one in changes:
        if one.kind == JUMP:
            yield from (f"-D {place_of(one.key)[2]} {rule}" for rule in one.before or ())
    yield from (f"-X {chain}" for chain in chains)
    yield "COMMIT"
