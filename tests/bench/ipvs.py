"""What IPVS costs, measured in a machine with a kernel that has it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from examples import big
from svcc.config import NodeConfig
from svcc.diag import Diagnostics
from svcc.emit.ipvs.text import render
from svcc.model.decode_config import decode_config
from svcc.pipeline import compile_graph, lower_ipvs
from svcc.reading import collector_paused, read
from svcc.source.files import read_source, sources
from tests.bench.case import Case, Row, Setting
from tests.bench.measure import Failed, timed

HERE = Path(__file__).parent
ROUNDS = 5
"""In one boot."""
SECONDS = 1800


class Ipvs(Case):
    """Our commit and reading of every Service with one endpoint, against ipvsadm's."""

    name = "ipvs"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._messages: int | None = None

    def round(self) -> None:
        """Measure once, in as many rounds as there are to be, since the machine takes long to start."""
        if self.seconds:
            return
        files = self._compiled()
        inside = [sys.executable, str(HERE / "ipvs_inside.py"), *files, str(ROUNDS)]
        machine = [sys.executable, str(HERE.parent / "vm/run.py"), "--seconds", str(SECONDS)]
        environment = {"PYTHONPATH": str(HERE.parents[1])}
        try:
            printed = timed([*machine, *inside], env=environment, keep=True, timeout=SECONDS + 60).printed
            found = json.loads(printed.strip().splitlines()[-1])
        except (Failed, ValueError, IndexError) as problem:
            self.failures.append(f"{self.name}: {problem}")
            return
        self._messages = found.pop("messages")
        self.seconds.update(found)
        for key, taken in found.items():
            self.setting.say(f"  {self.name} {key}: {', '.join(f'{one:.2f}' for one in taken)}")

    def _compiled(self) -> list[str]:
        """Compile outside, where it is fast: a cluster, and the same with one endpoint moved."""
        files = [self.setting.file("services.ipvsadm"), self.setting.file("moved.ipvsadm")]
        text = "".join(big.documents(self.setting.services, 1, 1))
        (middle,) = list(big.shapes(self.setting.services, 1, 1))[self.setting.services // 2].backends
        for path, held in zip(files, (text, text.replace(f"[{middle.address}]", "[10.131.255.254]")), strict=True):
            manifests = Path(f"{path}.yaml")
            manifests.write_text(held, encoding="utf-8")
            Path(path).write_text(_servers(Path(self.setting.file("svcc.yaml")), manifests), encoding="utf-8")
        return files

    def rows(self) -> Iterator[Row]:
        """Both ratios, and the messages of one changed endpoint."""
        size = f"{self.setting.services:,} Services × 1 endpoint"
        yield from self.compared(f"IPVS, {size}: our commit / ipvsadm -R", "commit", "restore", 0.6)
        yield from self.compared(f"IPVS, {size}: reading back / ipvsadm -Sn", "read", "save", 1.2)
        if self._messages is not None:
            what = "IPVS, one changed endpoint: messages"
            yield Row(what, f"{self._messages}", "", None, 4, self._messages, "messages")


def _servers(config: Path, manifests: Path) -> str:
    sink = Diagnostics()
    source = read_source(str(config), sink)
    assert source is not None, f"cannot read {config}"
    node: NodeConfig = decode_config(source, sink)
    with collector_paused():
        graph = compile_graph(read(sources([str(manifests)], sink), node, sink).manifests, node).graph
        return render(lower_ipvs(graph, node, sink).state)
