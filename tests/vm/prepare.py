"""Compile what the tests inside the machine are about: the flow table's cluster as each of its nodes sees it, and `cases`.

    write()   ->   .vm/given/flow-base.pickle, flow-worker-2.pickle, …, few.pickle, services.pickle, listeners.pickle

`few` is one file of the cluster, for what takes long inside. Its node and that of `cases` is the one of the flow table's configuration.
"""

import json
import os
import pickle
from collections.abc import Iterable, Iterator

from svcc.artifacts import artifacts, ipvs_files
from svcc.diag import Diagnostics, Source, Stopped
from svcc.model.decode_config import decode_config
from svcc.pipeline import compile_graph, lower_ipvs
from svcc.reading import read
from svcc.source.files import sources
from tests.flow import table
from tests.flow.table import Row, Variant
from tests.lab import flow_cluster
from tests.lab.stock import Made
from tests.vm.cases import LISTENERS, services
from tests.vm.given import FEW, PLACE, SERVERS


def write() -> None:
    """Compile every case and leave the result where the machine finds it."""
    PLACE.mkdir(parents=True, exist_ok=True)
    cases = dict(_cases())
    needed = (*flow_cluster.listeners(row for one in cases.values() for row in one.rows), *LISTENERS)
    for name, one in {**cases, SERVERS: needed}.items():
        # Another machine of this checkout may be reading, or prepare the same.
        fresh = PLACE / f"{name}.{os.getpid()}"
        fresh.write_bytes(pickle.dumps(one))
        fresh.rename(PLACE / f"{name}.pickle")


def _cases() -> Iterator[tuple[str, Made]]:
    config = table.CONFIG.read_text(encoding="utf-8")
    for node in (Variant("base", config, table.rows()), *map(table.variant, table.VARIANTS)):
        yield f"flow-{node.name}", made(sources([str(table.CLUSTER)], Diagnostics()), node.config, node.rows)
    few = made(sources([str(FEW)], Diagnostics()), config)
    held = {at.address for at in few.state.virtuals}
    yield "few", few._replace(rows=tuple(one for one in table.rows() if one.to in held))
    listed = {"apiVersion": "v1", "kind": "List", "items": services()}
    yield "services", made([Source("services.json", json.dumps(listed))], config)


def made(manifests: Iterable[Source], config: str, rows: tuple[Row, ...] = ()) -> Made:
    """Return what svcc compiles of manifests for the node of a configuration.

    Raises:
        ValueError: they have errors.
    """
    sink = Diagnostics()
    node = decode_config(Source("svcc.yaml", config), sink)
    try:
        graph = compile_graph(read(manifests, node, sink).manifests, node).graph
        lowered = lower_ipvs(graph, node, sink)
    except Stopped as error:
        raise ValueError("\n".join(f"{one.object}: {one.message}" for one in sink)) from error
    files = ipvs_files(graph, lowered, strict_arp=node.ipvs.strict_arp)
    return Made(artifacts(graph, files, "ipvs"), lowered.state, rows)
