"""Apply a cluster with nftables, then again and again with one endpoint changed, and time the kernel's part; prints one line of JSON.

    nft_change.py bench-1 svcc.yaml before.yaml after.yaml
        ->  {"cold": 3.1, "kernel": 0.021, "part": 0.9, "script": 512}

The kernel's part is everything that talks to it: netlink requests, `nft -c -f -`, `nft -f -`, and reading the digest back. `part` is all that
`svcc apply` does behind compiling: the look, the journal and what is remembered on disk, the difference, and the kernel's part.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from svcc.apply import Opened, apply
from svcc.cli.live import Machine, needed_settings
from svcc.cli.live_restore import LastApplied
from svcc.cli.live_undo import Assurance, recorded
from svcc.config import Mode
from svcc.diag import Diagnostics
from svcc.graph.nodes import RuleGraph
from svcc.kernel import generation
from svcc.kernel.netns import enter
from svcc.kernel.nftables import Nft, Nftables
from svcc.model.decode_config import decode_config
from svcc.pipeline import compile_graph, lower_nftables
from svcc.plan.nftables import NftState, printed, script
from svcc.reading import collector_paused, read
from svcc.source.files import read_source, sources

TIMES = 6
"""How often the endpoint changes, to and fro."""


class Timed(Nft):
    """The real nft, with a clock."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def _timed(self, what: Callable[..., Any], *words: Any, **options: Any) -> Any:
        began = time.perf_counter()
        try:
            return what(*words, **options)
        finally:
            self.seconds += time.perf_counter() - began

    def comments(self) -> dict[str, str]:
        """Return every table with its comment."""
        return self._timed(super().comments)  # type: ignore[no-any-return]

    def listing(self, place: str) -> str:
        """Return what nft lists of a table."""
        return self._timed(super().listing, place)  # type: ignore[no-any-return]

    def run(self, text: str, *, check: bool = False) -> None:
        """Run a script, or only check it."""
        self._timed(super().run, text, check=check)


def compiled(config: Path, manifests: Path) -> tuple[RuleGraph, NftState]:
    """Compile one file."""
    sink = Diagnostics()
    source = read_source(str(config), sink)
    assert source is not None, f"cannot read {config}"
    node = decode_config(source, sink)
    with collector_paused():
        graph = compile_graph(read(sources([str(manifests)], sink), node, sink).manifests, node).graph
        return graph, NftState.of(lower_nftables(graph, sink))


def applied(graph: RuleGraph, want: NftState) -> tuple[float, float, int]:
    """Bring the namespace to a state; return the seconds of the kernel, of everything, and the letters of the script."""
    clock = Timed()

    def look() -> Opened:
        found = Machine.look(Mode.NFTABLES, "auto")
        machine = replace(found, tables=Nftables(clock, known=found.tables.known))
        needed = needed_settings(graph, want)
        opened = machine.opened(needed, want, force=False)
        return recorded(opened, "nftables", Assurance(), LastApplied("nftables", None, needed, want).text())

    began = time.perf_counter()
    with collector_paused():
        plan = apply("nftables", look).plan
    whole = time.perf_counter() - began
    began = time.perf_counter()
    generation.current()
    asked = time.perf_counter() - began
    size = len(printed(script([one for one in plan.changes if one.subsystem == Nftables.name])))
    # The generation is asked for before the look, by what is remembered, and behind the commit.
    return clock.seconds + 3 * asked, whole, size


def main() -> None:
    """Read the arguments and measure."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("namespace")
    reader.add_argument("config", type=Path)
    reader.add_argument("before", type=Path)
    reader.add_argument("after", type=Path)
    given = reader.parse_args()
    first, second = compiled(given.config, given.before), compiled(given.config, given.after)
    enter(given.namespace)
    _, cold, _ = applied(*first)
    found = [applied(*(first if number % 2 else second)) for number in range(TIMES)]
    kernel, part, size = (median(column) for column in zip(*found, strict=True))
    json.dump({"cold": cold, "kernel": kernel, "part": part, "script": size}, sys.stdout)


if __name__ == "__main__":
    main()
