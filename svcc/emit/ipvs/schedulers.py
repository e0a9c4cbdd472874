"""Schedulers of IPVS, and which one a pool has.

    None, weights 1 1   ->   rr          sh, any weights   ->   sh
    rr, weights 3 1     ->   wrr         lc, weights 3 1   ->   wlc        random   ->   rr or wrr

`rr` and `lc` do not look at weights; where a pool has different ones, their weighted twins stand in, so that weights hold everywhere.
To `fo` a weight is a rank, to `ovf` a number of connections: what they are for.

`sh` and `mh` have their fallback whether it is asked for or not. A server that is on its way out has weight 0 while it has connections, and
one at its limit takes no new ones either: without the fallback, Linux refuses the clients whose hash leads there instead of hashing again.
"""

from svcc.graph.nodes import Pool
from svcc.net import Protocol

NAMES = ("rr", "wrr", "lc", "wlc", "sh", "dh", "sed", "nq", "mh", "lblc", "lblcr", "fo", "ovf")
"""All that Linux has and svcc offers."""
ONE_PACKET = "ops"
"""A flag of the virtual server, not of its scheduler: every packet is balanced on its own. Linux has it for UDP alone."""
_WEIGHTED = {"rr": "wrr", "lc": "wlc"}
_FALLBACK = {"sh": "sh-fallback", "mh": "mh-fallback"}


def scheduler_of(pool: Pool) -> str:
    """Return the scheduler of a pool's virtual servers."""
    asked = pool.scheduler if pool.scheduler in NAMES else "rr"
    assert asked is not None
    equal = len({one.weight for one in pool.backends}) <= 1
    return asked if equal else _WEIGHTED.get(asked, asked)


def flags_of(pool: Pool) -> tuple[str, ...]:
    """Return the flags of a pool's virtual servers, sorted."""
    flags = {one for one in pool.flags if one != ONE_PACKET or pool.protocol is Protocol.UDP}
    fallback = _FALLBACK.get(scheduler_of(pool))
    return tuple(sorted(flags | {fallback} if fallback is not None else flags))
