"""What the kernel's side costs: loading a ruleset, changing one endpoint, and the rules that a packet crosses."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from examples import big
from svcc.emit.iptables.text import parse
from svcc.net import Family
from tests.bench.baseline import read_script
from tests.bench.case import SVCC, Case, Row
from tests.bench.measure import namespace, timed
from tests.bench.path import crossed

HERE = Path(__file__).parent
BACKENDS = ("legacy", "nft")
SAMPLED = 50
"""Services of kube-proxy's linear chain whose path is counted; ours are counted all."""


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
