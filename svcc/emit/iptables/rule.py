"""One iptables rule as a value: matches, then a target; printed exactly as iptables-save prints it, and read back.

    Rule((Destination(10.96.0.10/32), Proto(TCP), Ports(80, 80)), Goto("SVCC-SVC-…"))
      ⇄  -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -g SVCC-SVC-…

    parse_rule(rule.print(family), family) == rule

iptables-save orders `-s -d -i -p` itself and keeps other matches in the order given; a Rule's matches are in that order.
The forms are fixed points of restore → save on iptables 1.8.9, nft and legacy backend alike. A rule that svcc never writes
does not parse: `parse_rule` raises, so a walk over a chain edited by hand says so instead of guessing.
"""

from dataclasses import dataclass

from svcc.emit.iptables.match import Match
from svcc.net import Address, Family, endpoint_text

REJECTS = {Family.IPV4: "icmp-port-unreachable", Family.IPV6: "icmp6-port-unreachable"}


@dataclass(frozen=True, slots=True)
class Jump:
    """`-j CHAIN`: go through a chain and come back."""

    chain: str

    def print(self, _family: Family) -> str:
        return f"-j {self.chain}"


@dataclass(frozen=True, slots=True)
class Goto:
    """`-g CHAIN`: go through a chain and come back to where this chain was jumped to from."""

    chain: str

    def print(self, _family: Family) -> str:
        return f"-g {self.chain}"


@dataclass(frozen=True, slots=True)
class SetMark:
    """`-j MARK --set-xmark`: put `value` into the bits of `mask`."""

    value: int
    mask: int

    def print(self, _family: Family) -> str:
        return f"-j MARK --set-xmark {self.value:#x}/{self.mask:#x}"


@dataclass(frozen=True, slots=True)
class DnatTo:
    """`-j DNAT`: rewrite the destination."""

    address: Address
    port: int

    def print(self, _family: Family) -> str:
        return f"-j DNAT --to-destination {endpoint_text(self.address, self.port)}"


@dataclass(frozen=True, slots=True)
class Masquerade:
    """`-j MASQUERADE --random-fully`: rewrite the source to the node's."""

    def print(self, _family: Family) -> str:
        return "-j MASQUERADE --random-fully"


@dataclass(frozen=True, slots=True)
class Refuse:
    """`-j REJECT`: answer that nobody listens."""

    def print(self, family: Family) -> str:
        return f"-j REJECT --reject-with {REJECTS[family]}"


@dataclass(frozen=True, slots=True)
class Discard:
    """`-j DROP`: say nothing."""

    def print(self, _family: Family) -> str:
        return "-j DROP"


@dataclass(frozen=True, slots=True)
class Return:
    """`-j RETURN`: leave this chain."""

    def print(self, _family: Family) -> str:
        return "-j RETURN"


Action = Jump | Goto | SetMark | DnatTo | Masquerade | Refuse | Discard | Return


@dataclass(frozen=True, slots=True)
class Rule:
    """Matches in iptables-save's order, and what happens when all of them hold."""

    matches: tuple[Match, ...]
    action: Action

    def print(self, family: Family) -> str:
        """Return the canonical text, without `-A CHAIN`."""
        words = [one.print(family) for one in self.matches]
        words.append(self.action.print(family))
        return " ".join(words)
