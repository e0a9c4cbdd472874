"""Judge whether packets would arrive at all, before anything is changed.

    Facts(forwarding={Family.IPV4: False}, …)  ->  Remark(WARNING, "IPv4 forwarding is off: …", hint="…")

A plan can be right and no packet arrive: forwarding off, a firewall that drops, no route to the Services' addresses. These
remarks never stop a plan. The facts are gathered by kernel/facts.py; this is a function of them alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from svcc.diag import Severity
from svcc.net import Address, Family

FORWARDING = {Family.IPV4: "net.ipv4.ip_forward", Family.IPV6: "net.ipv6.conf.all.forwarding"}
LOCAL_PORTS = "net.ipv4.ip_local_port_range"
RESERVED_PORTS = "net.ipv4.ip_local_reserved_ports"
_OLDEST_IPTABLES = (1, 8)
_OLDEST_KERNEL = (4, 18)
_OLDEST_NFT, _OLDEST_NFT_KERNEL = (1, 0), (5, 13)
_SHOWN = 3


class Remark(NamedTuple):
    """Something about the machine that the user should know before applying."""

    severity: Severity
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What of the machine decides whether packets arrive."""

    forwarding: Mapping[Family, bool] = field(default_factory=dict)
    """For each family that the Services use."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What this plan sets."""
    strict: Sequence[str] = ()
    """Interfaces with strict reverse-path filtering."""
    unrouted: Sequence[Address] = ()
    """Addresses of Services to which there is no route."""
    dropping: Sequence[str] = ()
    """Base chains with policy DROP: `IPv4 FORWARD`."""
    ahead: Sequence[str] = ()
    """Base chains in which a rule of others stands before our jump: `IPv4 nat PREROUTING`."""
    hidden: bool = False
    """Rules in legacy iptables cannot be seen."""
    node_ports: Sequence[int] = ()
    """Of the Services, those for health checks too."""
    local_ports: range = range(0)
    """What the kernel gives to connections that name no port of their own."""
    reserved_ports: Sequence[range] = ()
    """What it leaves out of them."""
    iptables: str = ""
    """Version of iptables, `1.8.9`; empty where the plan does not use it."""
    nft: str = ""
    """Version of nft, `1.0.6`; empty where the plan does not use it."""
    kernel: str = ""
    """Release of the kernel, `6.1.0-18-amd64`."""


def remarks(facts: Facts) -> tuple[Remark, ...]:
    """Return what stands in the way of packets, gravest first."""
    found = (
        *_too_old(facts),
        *_forwarding(facts),
        *_policies(facts),
        *_ahead(facts),
        *_hidden(facts),
        *_local_ports(facts),
        *_routes(facts),
        *_reverse_path(facts),
    )
    order = list(Severity)
    return tuple(sorted(found, key=lambda remark: order.index(remark.severity)))


def _too_old(facts: Facts) -> Iterator[Remark]:
    for what, version, oldest in (
        ("iptables", facts.iptables, _OLDEST_IPTABLES),
        ("nft", facts.nft, _OLDEST_NFT),
        ("the kernel", facts.kernel, _OLDEST_NFT_KERNEL if facts.nft else _OLDEST_KERNEL),
    ):
        if version and _numbers(version) < oldest:
            needed = ".".join(str(number) for number in oldest)
            yield Remark(Severity.WARNING, f"{what} is too old: {version}", f"svcc is made for {needed} and later")


def _forwarding(facts: Facts) -> Iterator[Remark]:
    for family, on in facts.forwarding.items():
        key = FORWARDING[family]
        if on:
            continue
        if facts.settings.get(key) == "1":
            yield Remark(Severity.NOTE, f"{family.value} forwarding is off; this plan sets {key} to 1")
        else:
            text = f"{family.value} forwarding is off: this node passes no packet on to other hosts"
            yield Remark(Severity.WARNING, text, f"sysctl -w {key}=1")


def _policies(facts: Facts) -> Iterator[Remark]:
    for chain in facts.dropping:
        text = f"the policy of {chain} is DROP: packets of Services pass only where another rule accepts them"
        yield Remark(Severity.WARNING, text, f"accept the traffic of Services in {chain.partition(' ')[2]}")


def _ahead(facts: Facts) -> Iterator[Remark]:
    for chain in facts.ahead:
        text = f"in {chain} a rule of others stands before ours: packets that it takes never reach the Services"
        yield Remark(Severity.WARNING, text, "`svcc clean` and `svcc apply` again put ours first")


def _hidden(facts: Facts) -> Iterator[Remark]:
    if facts.hidden:
        text = "what legacy iptables holds is told to root alone: rules there may take packets that this cannot see"
        yield Remark(Severity.NOTE, text, "`iptables-legacy-save` as root shows them")


def _local_ports(facts: Facts) -> Iterator[Remark]:
    """A connection whose source port is a node port: answers to it are taken for a client's packets."""
    inside = sorted({port for port in facts.node_ports if port in facts.local_ports})
    given = [port for port in inside if not any(port in reserved for reserved in facts.reserved_ports)]
    if given:
        low, high = facts.local_ports[0], facts.local_ports[-1]
        shown = _listed([str(port) for port in given])
        several = "s" * (len(given) > 1)
        text = f"the kernel may give node port{several} {shown} to connections: {LOCAL_PORTS} is {low} to {high}"
        yield Remark(Severity.WARNING, text, f"add {'them' if several else 'it'} to {RESERVED_PORTS}")


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def _routes(facts: Facts) -> Iterator[Remark]:
    if facts.unrouted:
        shown = _listed(facts.unrouted)
        text = f"there is no route to {shown}: processes of this node get “network is unreachable”"
        hint = "a default route is enough, or a route to the service range, as in `ip route add 10.96.0.0/16 dev eth0`"
        yield Remark(Severity.WARNING, text, hint)


def _reverse_path(facts: Facts) -> Iterator[Remark]:
    if facts.strict:
        text = f"reverse-path filtering is strict on {', '.join(facts.strict)}"
        hint = "answers that come in by another interface than requests leave by are dropped; 2 is loose"
        yield Remark(Severity.NOTE, text, hint)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: (6, 1) of `6.1.0-18-amd64`."""
    parts = version.split(".")[:2]
    return tuple(int("".join(digit for digit in part if digit.isdigit()) or 0) for part in parts)
