"""Put the nftables tables of a cluster on the node of a lab, as scripts of nft.

    Nftables(lab).ensure(manifests, config)      nft -f - <<< "table ip svcc { … }", later only what differs

It has the methods of `Svcc` that the packet tests use.
"""

from pathlib import Path

from svcc.diag import Diagnostics, Source
from svcc.emit.nftables.lower import lower
from svcc.emit.nftables.ruleset import TABLE, NftTable
from svcc.emit.nftables.text import parse
from svcc.graph.settings import settings
from svcc.model.decode_config import decode_config
from svcc.net import Family
from svcc.pipeline import compile_graph
from svcc.plan.nftables import script
from svcc.reading import read
from svcc.source.files import sources
from tests.lab.namespaces import NODE, Lab


class Nftables:
    """The tables that a lab's node holds."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._applied: tuple[Path, Path] | None = None
        self._tables = {family: NftTable(family) for family in Family}

    def ensure(self, manifests: Path, config: Path) -> None:
        """Load the manifests unless they were the last to be loaded."""
        if self._applied == (manifests, config):
            return
        graph, tables = _compiled(manifests, config)
        text = "".join(script(self._tables[family], tables[family]) for family in Family)
        self._lab.run(NODE, "nft", "-f", "-", text=text)
        self._lab.sysctl(NODE, {key.replace(".", "/"): value for key, value in settings(graph).items()})
        self._tables, self._applied = tables, (manifests, config)

    def plan_is_empty(self, manifests: Path, config: Path) -> bool:
        """Tell whether the kernel lists what the manifests ask for."""
        _, tables = _compiled(manifests, config)
        listed = {
            family: parse(self._lab.run(NODE, "nft", "list", "table", table.word, TABLE))
            for family, table in tables.items()
        }
        return not any(script(listed[family], tables[family]) for family in Family)

    def clean(self) -> str:
        """Remove the tables."""
        self._applied = None
        text = "".join(script(table, NftTable(family)) for family, table in self._tables.items())
        self._tables = {family: NftTable(family) for family in Family}
        return self._lab.run(NODE, "nft", "-f", "-", text=text)

    def saved(self, namespace: str) -> str:
        """Return every rule of a namespace."""
        return self._lab.run(namespace, "nft", "list", "ruleset")


def _compiled(manifests: Path, config: Path):
    sink = Diagnostics()
    node = decode_config(Source(str(config), config.read_text(encoding="utf-8")), sink)
    graph = compile_graph(read(sources([str(manifests)], sink), node, sink).manifests, node).graph
    return graph, lower(graph)
