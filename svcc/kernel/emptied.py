"""Delete a table or a chain of nf_tables, but only one that is empty: the kernel itself refuses any other.

    delete("ip", "nat", "OUTPUT")   ->  True: it held no rule and is gone
    delete("ip", "nat")             ->  False: a chain is in it, whoever made that, and however shortly ago

`nft delete table` takes along whatever a table holds at that moment. A request with NLM_F_NONREC does not: the kernel answers
EBUSY for a table with a chain, set or object and for a chain with a rule, deciding under its own lock (measured on Linux 6.18;
Linux honours it since 4.15). So nothing that somebody adds while we work can be lost.
"""

import errno
import os
import socket
import struct

from svcc.kernel import rights
from svcc.kernel.base import KernelError
from svcc.kernel.netlink import ACKNOWLEDGE, ERROR, HEADER, REQUEST, TABLES, attribute, connected, message

_FAMILIES = {"ip": 2, "ip6": 10}
_BEGIN, _END = 16, 17
"""NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END."""
_DELETE_TABLE, _DELETE_CHAIN = TABLES << 8 | 2, TABLES << 8 | 5
_TABLE_NAME = 1
_CHAIN_TABLE, _CHAIN_NAME = 1, 3
_NOT_RECURSIVE = 0x100
_STILL_HERE = (errno.EBUSY, errno.ENOENT)


def delete(family: str, table: str, chain: str | None = None) -> bool:
    """Delete a table, or a chain of it, if it is empty; tell whether it went.

    Raises:
        Denied: the right to do so is missing.
        KernelError: the kernel refused for any other reason than that it is not empty, or not there.
    """
    if chain is None:
        kind, names = _DELETE_TABLE, _named(_TABLE_NAME, table)
    else:
        kind, names = _DELETE_CHAIN, _named(_CHAIN_TABLE, table) + _named(_CHAIN_NAME, chain)
    error = _asked(kind, _FAMILIES[family], names)
    if error == errno.EPERM:
        raise rights.denied("deleting an empty table", rights.NET_ADMIN)
    if error and error not in _STILL_HERE:
        what = f"{family} {table}" if chain is None else f"{family} {table} {chain}"
        raise KernelError(f"the empty {what} cannot be deleted: {os.strerror(error)}")
    return error == 0


def _asked(kind: int, family: int, names: bytes) -> int:
    """Send one change as a transaction of its own; return the kernel's error number, 0 for none."""
    batch = (
        message(_BEGIN, REQUEST, (0, 0, socket.htons(TABLES)))
        + message(kind, REQUEST | ACKNOWLEDGE | _NOT_RECURSIVE, (family, 0, 0), names)
        + message(_END, REQUEST, (0, 0, socket.htons(TABLES)))
    )
    try:
        with connected() as netlink:
            netlink.send(batch)
            answer = netlink.recv(4096)
    except OSError as problem:
        return problem.errno or errno.ETIMEDOUT
    _, told, *_ = HEADER.unpack_from(answer)
    assert told == ERROR, f"bug in svcc: netlink answered with a message of type {told}"
    (error,) = struct.unpack_from("=i", answer, HEADER.size)
    return -int(error)


def _named(number: int, name: str) -> bytes:
    return attribute(number, name.encode() + b"\0")
