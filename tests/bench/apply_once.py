"""Apply a cluster, then the same with one endpoint changed, and time plan and commit alone; prints one line of JSON.

    apply_once.py bench-1 nft svcc.yaml before.yaml after.yaml
        ->  {"cold": 8.2, "warm": 1.1, "script": 1021, "chains": 1}

Compiling is done before the clock starts. Both times hold everything that `svcc apply` does with a kernel: choosing the backend,
snapshot, plan, check, commit, re-read, and remembering.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from svcc.apply import Opened, Part, apply
from svcc.cli.live import Machine
from svcc.config import Mode
from svcc.diag import Diagnostics
from svcc.emit.iptables.ruleset import IptablesRuleset
from svcc.kernel.backend import Backend
from svcc.kernel.netns import enter
from svcc.model.decode_config import decode_config
from svcc.net import Family
from svcc.pipeline import compile_graph, lower_iptables
from svcc.plan.change import Plan
from svcc.plan.iptables import script
from svcc.reading import collector_paused, read
from svcc.source.files import read_source, sources


def rulesets(config: Path, manifests: Path) -> Mapping[Family, IptablesRuleset]:
    """Compile one file."""
    sink = Diagnostics()
    source = read_source(str(config), sink)
    assert source is not None, f"cannot read {config}"
    node = decode_config(source, sink)
    with collector_paused():
        graph = compile_graph(read(sources([str(manifests)], sink), node, sink).manifests, node).graph
        return lower_iptables(graph, sink)


def applied(backend: Backend, want: Mapping[Family, IptablesRuleset]) -> tuple[float, Plan]:
    """Bring the namespace to a ruleset; return the seconds and what was changed."""
    seen: list[Machine] = []

    def look() -> Opened:
        seen.append(Machine.look(Mode.IPTABLES, backend.value))
        return Opened([Part(seen[0].rules[0], want)])

    began = time.perf_counter()
    with collector_paused():
        done = apply("iptables", look)
        seen[0].keep(want)
    return time.perf_counter() - began, done.plan


def main() -> None:
    """Read the arguments and measure."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("namespace")
    reader.add_argument("backend", choices=[one.value for one in Backend])
    reader.add_argument("config", type=Path)
    reader.add_argument("before", type=Path)
    reader.add_argument("after", type=Path)
    given = reader.parse_args()
    backend = Backend(given.backend)
    first, second = rulesets(given.config, given.before), rulesets(given.config, given.after)
    enter(given.namespace)
    cold, _ = applied(backend, first)
    warm, plan = applied(backend, second)
    size = sum(len(script(plan.changes, family)) for family in Family)
    json.dump({"cold": cold, "warm": warm, "script": size, "chains": len(plan.changes)}, sys.stdout)


if __name__ == "__main__":
    main()
