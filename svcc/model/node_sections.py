"""Check the sections of a NodeConfig that only the names read, `dns` first of all, and where the node is.

dns: {ttl: 3601}   SVC106 dns.ttl
zone: eu/a         SVC136 zone

A word that is empty is the default.
"""

from svcc.model.decode_meta import check_subdomain
from svcc.model.names import check_label_value
from svcc.source.cursor import Cursor, Fields

_DNS = frozenset({"ttl", "pods"})
_POD_NAMES = {word: word for word in ("disabled", "insecure")}
_MAX_TTL = 3600


def check_dns(cursor: Cursor, found: Fields) -> None:
    """Report mistakes in what names answer: the domain of the cluster, the time to live, names of pods."""
    domain = cursor.text(found.get("clusterDomain"))
    if domain:
        check_subdomain(cursor, domain, found["clusterDomain"])
    dns = cursor.fields(found.get("dns"), _DNS)
    cursor.integer(dns.get("ttl"), 0, _MAX_TTL)
    cursor.choice(dns.get("pods"), _POD_NAMES)


def zone(cursor: Cursor, found: Fields) -> str | None:
    """Return the zone of the node; SVC136: one that no node can be labelled with."""
    word = cursor.text(found.get("zone"))
    if word:
        check_label_value(cursor, word, found["zone"])
    return word or None
