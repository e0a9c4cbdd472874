"""Schedulers of IPVS, and which one a pool has.

    None, weights 1 1   ->   rr          sh, any weights   ->   sh
    rr, weights 3 1     ->   wrr         lc, weights 3 1   ->   wlc        random   ->   rr or wrr

`rr` and `lc` do not look at weights; where a pool has different ones, their weighted twins stand in, so that weights hold everywhere.
"""

from svcc.graph.nodes import Pool

NAMES = ("rr", "wrr", "lc", "wlc", "sh", "dh", "sed", "nq", "mh", "lblc", "lblcr", "fo", "ovf")
"""All that Linux has and svcc offers."""
FLAGS = {"sh": ("sh-fallback", "sh-port"), "mh": ("mh-fallback", "mh-port")}
"""The flags of a scheduler of its own; `ops` goes with every one."""
ONE_PACKET = "ops"
_WEIGHTED = {"rr": "wrr", "lc": "wlc"}


def scheduler_of(pool: Pool) -> str:
    """Return the scheduler of a pool's virtual servers."""
    asked = pool.scheduler if pool.scheduler in NAMES else "rr"
    assert asked is not None
    equal = len({one.weight for one in pool.backends}) <= 1
    return asked if equal else _WEIGHTED.get(asked, asked)
