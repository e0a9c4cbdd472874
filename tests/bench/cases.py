"""What is measured: each case is one round of a claim, ours and what it is held against, and the rows that follow from it."""

import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from examples import big
from svcc.emit.iptables.text import parse
from svcc.net import Family
from tests.bench.baseline import kube_proxy_script, read_script
from tests.bench.measure import Failed, namespace, timed
from tests.bench.path import crossed

SVCC = str(Path(sys.executable).with_name("svcc"))
HERE = Path(__file__).parent
BACKENDS = ("legacy", "nft")
COMPOSE = "import sys, yaml\nfor _ in yaml.compose_all(open(sys.argv[1], 'rb'), yaml.CSafeLoader): pass"
CONFIG = """\
apiVersion: svcc.dev/v1alpha1
kind: NodeConfig
nodeName: worker-1
nodeIPs: [172.20.5.11]
clusterCIDRs: [10.128.0.0/14]
serviceCIDRs: [10.96.0.0/16]
"""
SAMPLED = 50
"""Services of kube-proxy's linear chain whose path is counted; ours are counted all."""


class Row(NamedTuple):
    """One line of the table. `target` bounds the ratio, or ours where there is none; None is only told."""

    what: str
    ours: str
    baseline: str
    ratio: float | None
    target: float | None
    measured: float
    unit: str = "×"


class Setting(NamedTuple):
    """Where the input and the numbers of one bench are."""

    folder: Path
    services: int
    endpoints: int
    say: Callable[[str], None]

    def file(self, name: str) -> str:
        """Return the path of a file of the bench."""
        return str(self.folder / name)

    @property
    def environment(self) -> dict[str, str]:
        """Keep svcc's state and locks out of the machine's own."""
        return {"SVCC_RUN_DIR": self.file("run"), "SVCC_STATE_DIR": self.file("state")}


class Case(ABC):
    """One claim. `round` measures once and appends to `seconds`; `rows` tells the medians."""

    name = ""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.seconds: dict[str, list[float]] = {}
        self.failures: list[str] = []

    def add(self, key: str, measure: Callable[[], float]) -> None:
        """Measure and remember; a failure is told in the table instead of ending the bench."""
        try:
            taken = measure()
        except (Failed, OSError, ValueError) as problem:
            self.failures.append(f"{self.name} {key}: {problem}")
            self.setting.say(f"  {self.name} {key}: failed: {problem}")
            return
        self.seconds.setdefault(key, []).append(taken)
        self.setting.say(f"  {self.name} {key}: {taken:.2f}")

    def middle(self, key: str) -> float | None:
        """Return the median of one key, or None where nothing could be measured."""
        return median(self.seconds[key]) if key in self.seconds else None

    def compared(self, what: str, ours: str, baseline: str, target: float | None) -> Iterator[Row]:
        """Yield the row that compares two times."""
        one, other = self.middle(ours), self.middle(baseline)
        if one is not None and other is not None:
            yield Row(what, f"{one:.2f} s", f"{other:.2f} s", one / other, target, one / other)

    def bounded(self, what: str, key: str, unit: str, target: float | None) -> Iterator[Row]:
        """Yield the row of a number that stands alone."""
        one = self.middle(key)
        if one is not None:
            yield Row(what, f"{one:,.0f} {unit}", "", None, target, one, unit)

    @abstractmethod
    def round(self) -> None:
        """Measure everything of this case once."""

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Yield the lines of the table."""


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


class Restore(Case):
    """A fresh load of our script against kube-proxy's, per backend, with the same tool and flags.

    On the nft backend both are loaded without `--noflush`: with it, kube-proxy's script takes more than five minutes at 10,000
    Services. What ours takes then is told beside it; `svcc apply` loads in yet another form that avoids that cost.
    """

    name = "restore"

    def round(self) -> None:
        """Load each script into a namespace of its own."""
        for backend in BACKENDS:
            plain = [] if backend == "nft" else ["--noflush"]
            self.add(f"{backend} kube-proxy", lambda b=backend, p=plain: self._loaded(b, [*p, "kube-proxy.v4"]))
            self.add(f"{backend} svcc", lambda b=backend, p=plain: self._loaded(b, [*p, "compiled/iptables/rules.v4"]))

    def _loaded(self, backend: str, words: list[str]) -> float:
        script = self.setting.file(words[-1])
        with namespace() as name:
            tool = ["ip", "netns", "exec", name, f"iptables-{backend}-restore"]
            return timed([*tool, *words[:-1], script]).seconds

    def rows(self) -> Iterator[Row]:
        """One row a backend."""
        for backend, target in (("legacy", 0.3), ("nft", 0.6)):
            what = f"restore into an empty namespace, {backend}: ours / kube-proxy's script"
            yield from self.compared(what, f"{backend} svcc", f"{backend} kube-proxy", target)


class Apply(Case):
    """A cold apply against plan and commit after one endpoint changed, per backend."""

    name = "apply"

    def round(self) -> None:
        """Apply as a command, then plan and commit alone, inside one process."""
        for backend in BACKENDS:
            with namespace() as name:
                self.add(f"{backend} command cold", lambda n=name, b=backend: self._command(n, b, "before.yaml"))
                self.add(f"{backend} command warm", lambda n=name, b=backend: self._command(n, b, "after.yaml"))
            with namespace() as name:
                self.add(f"{backend} part cold", lambda n=name, b=backend: self._parts(n, b))

    def _command(self, name: str, backend: str, source: str) -> float:
        where = ["--netns", name, "--backend", backend, "--config", self.setting.file("svcc.yaml")]
        return timed([SVCC, "apply", *where, self.setting.file(source)], env=self.setting.environment).seconds

    def _parts(self, name: str, backend: str) -> float:
        files = [self.setting.file(one) for one in ("svcc.yaml", "before.yaml", "after.yaml")]
        argv = [sys.executable, str(HERE / "apply_once.py"), name, backend, *files]
        found = json.loads(timed(argv, env=self.setting.environment, keep=True).printed)
        for key in ("warm", "script", "chains"):
            self.seconds.setdefault(f"{backend} part {key}", []).append(found[key])
        self.setting.say(f"  {self.name} {backend} part warm: {found['warm']:.2f}")
        return float(found["cold"])

    def rows(self) -> Iterator[Row]:
        """Ratios of part and command, then what was committed."""
        for backend in BACKENDS:
            what = f"plan + commit of one changed endpoint / cold apply, {backend}"
            yield from self.compared(
                f"{what}: both without compiling", f"{backend} part warm", f"{backend} part cold", 0.3
            )
            yield from self.compared(
                f"{what}: part alone / whole cold command", f"{backend} part warm", f"{backend} command cold", 0.3
            )
            yield from self.compared(
                f"{what}: whole commands", f"{backend} command warm", f"{backend} command cold", None
            )
        for backend in BACKENDS:
            yield from self.bounded(
                f"one changed endpoint, {backend}: chains committed", f"{backend} part chains", "", 1
            )
            yield from self.bounded(f"one changed endpoint, {backend}: script", f"{backend} part script", "bytes", None)


class Path_(Case):  # noqa: N801 - Path is pathlib's
    """The rules that a first packet crosses on its worst path."""

    name = "path"

    def round(self) -> None:
        """Count once: it is no measurement."""
        if self.seconds:
            return
        wanted = list(big.shapes(self.setting.services, self.setting.endpoints))
        self.add("svcc", lambda: self._ours(wanted))
        self.add("kube-proxy", lambda: self._kube_proxy(wanted))

    def _ours(self, wanted: list[big.Shape]) -> float:
        script = Path(self.setting.file("compiled/iptables/rules.v4")).read_text(encoding="utf-8")
        ruleset = parse(script, Family.IPV4)
        lengths = [crossed(ruleset, one.address, 80) for one in wanted]
        self.seconds["svcc mean"] = [sum(lengths) / len(lengths)]
        return max(lengths)

    def _kube_proxy(self, wanted: list[big.Shape]) -> float:
        ruleset = read_script(Path(self.setting.file("kube-proxy.v4")).read_text(encoding="utf-8"))
        picked = [*wanted[:: max(1, len(wanted) // SAMPLED)], wanted[-1]]
        lengths = [crossed(ruleset, one.address, 80) for one in picked]
        self.seconds["kube-proxy mean"] = [sum(lengths) / len(lengths)]
        return max(lengths)

    def rows(self) -> Iterator[Row]:
        """Longest and mean."""
        for what, suffix, target in (("longest", "", 60), ("mean", " mean", None)):
            ours, theirs = self.middle(f"svcc{suffix}"), self.middle(f"kube-proxy{suffix}")
            if ours is not None and theirs is not None:
                text = f"rules that a first packet crosses, {what}"
                yield Row(text, f"{ours:,.0f}", f"{theirs:,.0f}", ours / theirs, target, ours, "rules")


CASES: tuple[type[Case], ...] = (Compile, Restore, Apply, Path_)


def prepare(setting: Setting, seed: int = 1) -> None:
    """Write the inputs: the cluster, the same with one endpoint moved, the configuration and both scripts."""
    size = (setting.services, setting.endpoints, seed)
    text = "".join(big.documents(*size))
    wanted = list(big.shapes(*size))
    moved = wanted[len(wanted) // 2].backends[0].address
    Path(setting.file("before.yaml")).write_text(text, encoding="utf-8")
    Path(setting.file("after.yaml")).write_text(text.replace(f"[{moved}]", "[10.131.255.254]"), encoding="utf-8")
    Path(setting.file("svcc.yaml")).write_text(CONFIG, encoding="utf-8")
    Path(setting.file("kube-proxy.v4")).write_text(kube_proxy_script(wanted), encoding="utf-8")
    argv = [SVCC, "compile", "-o", setting.file("compiled"), "--config", setting.file("svcc.yaml")]
    timed([*argv, setting.file("before.yaml")], env=setting.environment)
