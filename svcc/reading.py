"""The stages that every command begins with: from the texts to manifests that are valid and have nothing left open.

    sources ─decode→ Manifests ─select→ ─mirror→ ─check→ ─allocate↔ svcc.lock → ─slice→ Allocated

Every stage appends its diagnostics to one sink and goes on; `Stopped` is raised once, after the last stage that looks at the
manifests as they are, so that one run shows every mistake; and again where allocation has found no room. Graph and targets, which
`pipeline` puts behind this, are not loaded here.
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from svcc.allocate import Allocated, Lock, allocate, demand_same
from svcc.check import check
from svcc.config import NodeConfig
from svcc.derive.endpoints import mirror
from svcc.derive.pods import slice_pods
from svcc.derive.select import select
from svcc.diag import Diagnostics, Source, Stopped
from svcc.model.decode import decode

NO_FACTS = Lock()


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector, and start it again if it was on.

    No stage makes cycles, and walking hundreds of thousands of live values costs more than all of the work.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read(
    sources: Iterable[Source], config: NodeConfig, sink: Diagnostics, lock: Lock = NO_FACTS, *, locked: bool = False
) -> Allocated:
    """Return the manifests of all sources, checked and with nothing left open, and the lock that they lead to.

    Raises:
        Stopped: the sink holds at least one error; with `locked`, also where the lock would change.
    """
    manifests = mirror(select(decode(sources, config, sink)))
    check(manifests, config, sink)
    stop_on_errors(sink)
    told = sink.fresh() if locked else sink
    allocated = allocate(manifests, config, lock, told)
    if locked and told.errors:
        sink.extend(told)
    elif locked:
        demand_same(lock, allocated.lock, manifests, sink, tuple(told))
    stop_on_errors(sink)
    return allocated._replace(manifests=slice_pods(allocated.manifests))


def stop_on_errors(sink: Diagnostics) -> None:
    """Go no further with what has errors.

    Raises:
        Stopped: the sink holds at least one.
    """
    if sink.errors:
        raise Stopped
