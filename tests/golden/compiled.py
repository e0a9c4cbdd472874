"""Compile one golden scenario to the texts that stand in its file.

compiled("apiVersion: v1 …", "kind: NodeConfig …")  ->  Texts(graph="host\\n…", iptables_v4="*filter\\n…", …)
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from svcc.cli.diagnostics import human
from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source, Stopped
from svcc.emit.iptables.text import render
from svcc.graph.show import lines
from svcc.model.decode_config import decode_config
from svcc.net import Family
from svcc.pipeline import Compiled, compile_graph, lower_iptables, read

CASES = tuple(sorted((Path(__file__).parents[2] / "golden").glob("**/*.yml")))


class Texts(NamedTuple):
    """What one scenario compiles to; None where there is nothing."""

    graph: str | None
    iptables_v4: str | None
    iptables_v6: str | None
    diagnostics: str | None


def compiled(manifests: str, config: str) -> Texts:
    """Return everything that manifests and configuration compile to, as text."""
    sink = Diagnostics()
    graph, rulesets = _compiled(manifests, config, sink)
    return Texts(
        None if graph is None else "\n".join(lines(graph.graph)) + "\n",
        rulesets.get(Family.IPV4) or None,
        rulesets.get(Family.IPV6) or None,
        _told(sink) or None,
    )


def _compiled(manifests: str, config: str, sink: Diagnostics) -> tuple[Compiled | None, Mapping[Family, str]]:
    node = decode_config(Source("svcc.yaml", config), sink) if config else NodeConfig()
    graph = None
    try:
        graph = compile_graph(read([Source("input.yaml", manifests)], node, sink).manifests, node)
        held = lower_iptables(graph.graph, sink)
    except Stopped:
        return graph, {}
    return graph, {family: render(ruleset) for family, ruleset in held.items()}


def _told(sink: Diagnostics) -> str:
    told = ("".join(text for _, text in line).rstrip() for one in sink for line in human(one))
    return "".join(f"{line}\n" for line in told)


def rules(case: Path) -> dict[Family, str]:
    """Return the restore scripts that a golden file holds, by family."""
    held = yaml.safe_load(case.read_text(encoding="utf-8"))
    texts = {Family.IPV4: held.get("iptables_v4"), Family.IPV6: held.get("iptables_v6")}
    return {family: text for family, text in texts.items() if text}
