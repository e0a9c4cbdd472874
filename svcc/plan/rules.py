"""Read the two facts that a plan needs out of an iptables rule: whose it is, and where it sends to.

    -d 10.96.0.10/32 -p tcp … -m comment --comment "shop/cart:http" -j DNAT --to-destination 10.128.7.21:8080
        service_of      ->  "shop/cart:http"
        destination_of  ->  "10.128.7.21:8080"

Rules are canonical text (see emit/iptables/ruleset.py): iptables-save always quotes a comment, and writes an address with a
port as one word, IPv6 in brackets.
"""

from collections.abc import Iterable

_COMMENT = '--comment "'
_DESTINATION = "--to-destination "


def service_of(rule: str) -> str:
    """Return the Service port that a rule's comment names, or "" when it names none."""
    comment = rule.partition(_COMMENT)[2].partition('"')[0]
    name = comment.partition(" ")[0]
    return name if "/" in name else ""


def destination_of(rule: str) -> str:
    """Return the backend of a DNAT rule, `10.128.7.21:8080`, or ""."""
    return rule.partition(_DESTINATION)[2].partition(" ")[0]


def only_service(rules: Iterable[str]) -> str:
    """Return the one Service port that all comments of these rules name, or "" when several are named or none."""
    names = {name for rule in rules if (name := service_of(rule))}
    return names.pop() if len(names) == 1 else ""
