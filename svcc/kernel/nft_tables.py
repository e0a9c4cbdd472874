"""List the tables of nf_tables with their comments, and its chains, without nft: one request, a millisecond.

    comments()  ->  {"ip svcc": "", "ip6 svcc": "", "inet svcc-digest": "5f70bf18a086…", "ip kube-proxy": "rules for kube-proxy"}
    chains()    ->  {"ip svcc services", "ip nat PREROUTING", …}

A comment is how nft keeps it: in the table's user data, as type, length and letters that end with a zero.
"""

import errno
from collections.abc import Iterator

from svcc.kernel import rights
from svcc.kernel.netlink import TABLES, attributes, dump

_GET_TABLE, _GET_CHAIN = TABLES << 8 | 1, TABLES << 8 | 4
_NAME, _USER_DATA = 1, 6
_CHAIN_NAME = 3
_FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
_COMMENT = 0


def comments() -> dict[str, str]:
    """Return the comment of each table, "" where it has none; nothing at all on a kernel without nf_tables.

    Raises:
        Denied: listing needs more rights.
    """
    return {place: _comment(told.get(_USER_DATA, b"")) for place, told in _every(_GET_TABLE)}


def chains() -> set[str]:
    """Return every chain with its table; nothing at all on a kernel without nf_tables.

    Raises:
        Denied: listing needs more rights.
    """
    return {f"{place} {_text(told[_CHAIN_NAME])}" for place, told in _every(_GET_CHAIN)}


def _every(kind: int) -> Iterator[tuple[str, dict[int, bytes]]]:
    """Yield the table, `ip svcc`, and the attributes of each object of a kind."""
    try:
        every = [(family, dict(attributes(body))) for family, body in dump(kind)]
    except OSError as problem:
        if problem.errno in (errno.EPERM, errno.EACCES):
            raise rights.denied("listing the tables of nf_tables", rights.NET_ADMIN) from None
        every = []
    for family, told in every:
        yield f"{_FAMILIES.get(family, family)} {_text(told[_NAME])}", told


def _comment(data: bytes) -> str:
    at = 0
    while at + 2 <= len(data):
        kind, size = data[at], data[at + 1]
        if kind == _COMMENT:
            return _text(data[at + 2 : at + 2 + size])
        at += 2 + size
    return ""


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode(errors="replace")
