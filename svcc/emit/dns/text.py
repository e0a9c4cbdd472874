"""Print a zone as name servers read it: absolute names, one record a line, the SOA first.

    Zone("cluster.local.", …), serial 7   ->   cluster.local. 5 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 7 7200 1800 86400 5
                                               cluster.local. 5 IN NS ns.dns.cluster.local.
                                               ns.dns.cluster.local. 5 IN A 10.96.0.10
                                               …

The digest is that of everything but the serial, which follows from it (`svcc.lock`). The timers are those of CoreDNS. What no
name has is cached as long as anything else: the last number, and the TTL of the SOA (RFC 2308).
"""

import hashlib

from svcc.graph.names import Zone

_REFRESH, _RETRY, _EXPIRE = 7200, 1800, 86400
_DIGITS = 16
"""Of the digest: enough to tell two sets of records apart, and short enough for a line of the lock."""


def render(zone: Zone, serial: int) -> str:
    """Return the text of a zone, without a header."""
    return _start(zone, str(serial)) + _body(zone)


def digest(zone: Zone) -> str:
    """Return what is the same as long as the records are."""
    return hashlib.sha256((_start(zone, "") + _body(zone)).encode()).hexdigest()[:_DIGITS]


def _start(zone: Zone, serial: str) -> str:
    words = f"{zone.server} {zone.mailbox} {serial} {_REFRESH} {_RETRY} {_EXPIRE} {zone.ttl}"
    return f"{zone.origin} {zone.ttl} IN SOA {words}\n"


def _body(zone: Zone) -> str:
    return "".join([f"{owner} {ttl} IN {kind.value} {data}\n" for owner, kind, data, ttl in zone.records])
