"""Check the sections of a NodeConfig that only some targets and the names read: `dns`, `ipvs`, and where the node is.

dns: {ttl: 3601}                   SVC106 dns.ttl
ipvs: {excludeCIDRs: [10.0.0/8]}   SVC108 ipvs.excludeCIDRs[0]

A word that is empty is the default.
"""

from svcc.model.decode_meta import check_subdomain
from svcc.model.durations import read_duration
from svcc.model.fields import SCHEDULERS
from svcc.model.names import check_label_value
from svcc.model.node_options import check_differ, networks
from svcc.source.cursor import Cursor, Fields

_DNS = frozenset({"ttl", "pods"})
_IPVS_TIMES = ("tcpTimeout", "tcpFinTimeout", "udpTimeout")
_IPVS = frozenset({"scheduler", "innerCIDRs", "strictARP", "excludeCIDRs", *_IPVS_TIMES})
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


def check_ipvs(cursor: Cursor, found: Fields) -> None:
    """Report mistakes in the section `ipvs`."""
    ipvs = cursor.fields(found.get("ipvs"), _IPVS)
    scheduler = ipvs.get("scheduler")
    if scheduler is not None and scheduler.value != "":
        cursor.choice(scheduler, SCHEDULERS)
    for name in ("innerCIDRs", "excludeCIDRs"):
        networks(cursor, ipvs.get(name))
        check_differ(cursor, ipvs.get(name))
    cursor.boolean(ipvs.get("strictARP"))
    for name in _IPVS_TIMES:
        read_duration(cursor, ipvs.get(name))


def zone(cursor: Cursor, found: Fields) -> str | None:
    """Return the zone of the node; SVC136: one that no node can be labelled with."""
    word = cursor.text(found.get("zone"))
    if word:
        check_label_value(cursor, word, found["zone"])
    return word or None
