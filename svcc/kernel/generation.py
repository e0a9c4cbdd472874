"""Ask nf_tables for the generation of its rules: a number that every change of this network namespace's rules raises by one.

    current()  ->  4          after one more transaction, of anybody: 5; None on a kernel without nf_tables

Only changes count: a transaction that changes nothing leaves the number as it is, packets and listings never raise it (measured
on Linux 6.18). So what was read at a generation is what the kernel holds for as long as the generation stays.
"""

from svcc.kernel.netlink import HEADER, NETFILTER_HEADER, REQUEST, TABLES, attributes, connected, message

_GET_GENERATION = TABLES << 8 | 16
"""NFT_MSG_GETGEN."""
_ID = 1


def current() -> int | None:
    """Return the generation of this network namespace, or None when the kernel does not tell."""
    try:
        with connected() as netlink:
            netlink.send(message(_GET_GENERATION, REQUEST))
            return _read(netlink.recv(4096))
    except OSError:
        return None


def _read(answer: bytes) -> int | None:
    length, kind, *_ = HEADER.unpack_from(answer)
    if kind >> 8 != TABLES:
        return None
    told = dict(attributes(answer[HEADER.size + NETFILTER_HEADER.size : length]))
    return int.from_bytes(told[_ID], "big") if _ID in told else None
