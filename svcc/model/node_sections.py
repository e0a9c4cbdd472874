"""Read the sections of a NodeConfig that only the names need, `clusterDomain` and `dns`, and where the node is.

dns: {ttl: 30, pods: insecure}     DnsOptions(ttl=30, pods=True)
dns: {ttl: 3601}                   SVC106 dns.ttl
zone: eu/a                         SVC136 zone

A word that is empty is the default.
"""

import re

from svcc.config import DnsOptions, NodeConfig
from svcc.model.decode_meta import MAX_LABEL, check_subdomain
from svcc.model.names import check_label_value
from svcc.model.node_options import check_differ
from svcc.source.cursor import Cursor, Fields

_DNS = frozenset({"ttl", "pods", "endpoints", "serviceSRV", "addresses"})
_POD_NAMES = {"disabled": False, "insecure": True}
_ENDPOINT_NAMES = {"all": True, "headless": False}
_MAX_TTL = 3600
_REVERSE = re.compile(r"(?:.*\.)?(?:in-addr|ip6)\.arpa\Z")


def cluster_domain(cursor: Cursor, found: Fields) -> str:
    """Return the zone of the cluster; SVC103: no name, or one of the zones for addresses."""
    node = found.get("clusterDomain")
    domain = cursor.text(node)
    if not domain or node is None:
        return NodeConfig().cluster_domain
    check_subdomain(cursor, domain, node)
    if max(map(len, domain.split("."))) > MAX_LABEL:
        cursor.report("SVC103", f"a label of a name has at most {MAX_LABEL} characters", node)
    if _REVERSE.match(domain):
        hint = "as in cluster.local; svcc makes the reverse zones itself"
        cursor.report("SVC103", f'"{domain[:60]}" is a zone for addresses', node, hint=hint)
    return domain


def dns_options(cursor: Cursor, found: Fields) -> DnsOptions:
    """Return what zones answer: the time to live, names of pods and endpoints, where the name server is."""
    dns = cursor.fields(found.get("dns"), _DNS)
    default = DnsOptions()
    ttl = cursor.integer(dns.get("ttl"), 0, _MAX_TTL)
    endpoints = cursor.choice(dns.get("endpoints"), _ENDPOINT_NAMES)
    check_differ(cursor, dns.get("addresses"))
    addresses = [cursor.address(one) for one in cursor.sequence(dns.get("addresses"))]
    return DnsOptions(
        ttl=default.ttl if ttl is None else ttl,
        pods=bool(cursor.choice(dns.get("pods"), _POD_NAMES)),
        endpoints=default.endpoints if endpoints is None else endpoints,
        service_srv=bool(cursor.boolean(dns.get("serviceSRV"))),
        addresses=tuple(one for one in addresses if one is not None),
    )


def zone(cursor: Cursor, found: Fields) -> str | None:
    """Return the zone of the node; SVC136: one that no node can be labelled with."""
    word = cursor.text(found.get("zone"))
    if word:
        check_label_value(cursor, word, found["zone"])
    return word or None
