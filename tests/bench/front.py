"""What reading costs: checking and compiling against libyaml alone, and the worst that hostile inputs can do."""

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.case import SVCC, Case, Row
from tests.bench.measure import timed
from tests.fuzz.large import LARGE
from tests.fuzz.test_bounds import MB, measured

COMPOSE = "import sys, yaml\nfor _ in yaml.compose_all(open(sys.argv[1], 'rb'), yaml.CSafeLoader): pass"


class Check(Case):
    """Everything that is judged, against libyaml alone; both as programs of their own, on the same bytes."""

    name = "check"

    def round(self) -> None:
        """Compose, then check."""
        source = self.setting.file("before.yaml")
        argv = [SVCC, "check", "--config", self.setting.file("svcc.yaml"), source]
        self.add("libyaml", lambda: timed([sys.executable, "-c", COMPOSE, source]).seconds)
        self.add("svcc", lambda: timed(argv, env=self.setting.environment).seconds)

    def rows(self) -> Iterator[Row]:
        """Time."""
        yield from self.compared("check / libyaml composing the same file", "svcc", "libyaml", 1.3)


class Compile(Case):
    """The compiler against libyaml alone, both as programs of their own, on the same bytes."""

    name = "compile"

    def round(self) -> None:
        """Compose, then compile."""
        source = self.setting.file("before.yaml")
        argv = [SVCC, "compile", "--mode", "iptables", "--config", self.setting.file("svcc.yaml"), source]
        self.add("libyaml", lambda: timed([sys.executable, "-c", COMPOSE, source]).seconds)
        self.add("svcc", lambda: self._compiled(argv))

    def _compiled(self, argv: list[str]) -> float:
        run = timed(argv, env=self.setting.environment)
        self.seconds.setdefault("memory", []).append(run.peak)
        return run.seconds

    def rows(self) -> Iterator[Row]:
        """Time and memory."""
        yield from self.compared("compile --mode iptables / libyaml composing the same file", "svcc", "libyaml", 3.0)
        yield from self.bounded("compile: peak memory", "memory", "MB", 600)


class Hostile(Case):
    """The slowest and the largest run among the hostile inputs, without what a run on nothing takes."""

    name = "hostile"

    def round(self) -> None:
        """Check each input once: they are many, and none is near its bound."""
        if self.seconds:
            return
        folder = Path(self.setting.folder)
        empty = measured(b"", folder)
        for name, make in LARGE.items():
            content = make(MB)
            cost = measured(content, folder)
            size = len(content) / MB
            self.seconds.setdefault("pace", []).append((cost.seconds - empty.seconds) / size)
            self.seconds.setdefault("memory", []).append((cost.peak - empty.peak) / len(content))
            self.setting.say(f"  {self.name} {name}: {self.seconds['pace'][-1]:.2f} s/MB")

    def rows(self) -> Iterator[Row]:
        """The worst of each."""
        for key, what, unit, target in (("pace", "time", "s/MB", 2), ("memory", "memory", "× input", 50)):
            if key in self.seconds:
                worst = max(self.seconds[key])
                text = f"hostile input of 1 MB, worst {what} of {len(LARGE)}"
                yield Row(text, f"{worst:.1f} {unit}", "", None, target, worst, unit)
