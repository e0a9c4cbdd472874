"""What nftables costs: loading, changing one endpoint, connecting, and how many rules there are."""

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from examples import big
from svcc.emit.nftables.text import parse_tables
from svcc.plan.nftables import NftState, diff, printed, script
from tests.bench.case import Case, Row, Setting
from tests.bench.connect import Way
from tests.bench.measure import Failed, namespace, timed
from tests.bench.nft_baseline import kube_proxy_nft
from tests.bench.nft_change import compiled

HERE = Path(__file__).parent
MIDDLE, SMALL, TINY = 2000, 100, 10
"""Services where the baseline takes minutes for more, and where little is compared with much."""
PATIENCE = 1200
TURNS = 15
"""Of connecting in either cluster, so that a slow spell of the machine meets both."""
SLOW_ROUNDS = 2
"""Rounds of a baseline that takes minutes."""


def cluster(setting: Setting, services: int) -> list[big.Shape]:
    """Write a cluster of so many Services, the same with one endpoint moved, and the script that loads it; return its Services."""
    wanted = list(big.shapes(services, setting.endpoints, 1))
    before = Path(setting.file(f"{services}.yaml"))
    if before.exists():
        return wanted
    text = "".join(big.documents(services, setting.endpoints, 1))
    moved = wanted[len(wanted) // 2].backends[0].address
    Path(setting.file(f"{services}-moved.yaml")).write_text(
        text.replace(f"[{moved}]", "[10.131.255.254]"), encoding="utf-8"
    )
    before.write_text(text, encoding="utf-8")
    _, want = compiled(Path(setting.file("svcc.yaml")), before)
    Path(setting.file(f"{services}.nft")).write_text(printed(script(diff(NftState(), want))), encoding="utf-8")
    return wanted


class NftLoad(Case):
    """A fresh load of what `svcc apply` commits against kube-proxy's rules, in each of the forms that it has."""

    name = "nft-load"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._rounds = 0

    def round(self) -> None:
        """Load each into a namespace of its own; what takes minutes only a few times."""
        size, middle = self.setting.services, min(MIDDLE, self.setting.services)
        cluster(self.setting, size)
        wanted = cluster(self.setting, middle)
        baseline = Path(self.setting.file("kube-proxy.nft"))
        baseline.write_text(kube_proxy_nft(wanted), encoding="utf-8")
        self.add("svcc", lambda: self._loaded("nft", "-f", f"{size}.nft"))
        self.add("legacy", lambda: self._loaded("iptables-legacy-restore", "kube-proxy.v4"))
        self.add("svcc middle", lambda: self._loaded("nft", "-f", f"{middle}.nft"))
        if self._rounds < SLOW_ROUNDS:
            self.add("restore", lambda: self._loaded("iptables-nft-restore", "kube-proxy.v4"))
            self.add("chains", lambda: self._loaded("nft", "-f", "kube-proxy.nft"))
        self._rounds += 1

    def _loaded(self, *words: str) -> float:
        with namespace() as name:
            tool = ["ip", "netns", "exec", name, *words[:-1], self.setting.file(words[-1])]
            return timed(tool, timeout=PATIENCE).seconds

    def rows(self) -> Iterator[Row]:
        """One row a baseline."""
        what = "nftables, loading"
        yield from self.compared(
            f"{what}: ours / kube-proxy's script with iptables-legacy-restore", "svcc", "legacy", 0.35
        )
        yield from self.compared(
            f"{what}: ours / kube-proxy's script with iptables-nft-restore", "svcc", "restore", 0.1
        )
        middle = f"{min(MIDDLE, self.setting.services):,} Services"
        yield from self.compared(
            f"{what} {middle}: ours / a chain a Service and endpoint", "svcc middle", "chains", 0.1
        )


class NftChange(Case):
    """The kernel's part of an apply after one endpoint changed, with few Services and with all."""

    name = "nft-change"

    def round(self) -> None:
        """Apply and change, in one process each."""
        for services in (SMALL, self.setting.services):
            cluster(self.setting, services)
            with namespace() as name:
                self.add(f"{services} cold", lambda n=name, s=services: self._changed(n, s))

    def _changed(self, name: str, services: int) -> float:
        files = [self.setting.file(one) for one in ("svcc.yaml", f"{services}.yaml", f"{services}-moved.yaml")]
        argv = [sys.executable, str(HERE / "nft_change.py"), name, *files]
        environment = {**self.setting.environment, "PYTHONPATH": str(HERE.parents[1])}
        found = json.loads(timed(argv, env=environment, keep=True).printed)
        for key in ("kernel", "part", "script"):
            self.seconds.setdefault(f"{services} {key}", []).append(found[key])
        self.setting.say(
            f"  {self.name} {services} kernel: {1000 * found['kernel']:.1f} ms, part {found['part']:.2f} s"
        )
        return float(found["cold"])

    def rows(self) -> Iterator[Row]:
        """The ratio, then each alone."""
        size = self.setting.services
        ours, few = self.middle(f"{size} kernel"), self.middle(f"{SMALL} kernel")
        what = "nftables, one changed endpoint, the kernel's part"
        if ours is not None and few is not None:
            cells = (f"{1000 * ours:.1f} ms", f"{1000 * few:.1f} ms")
            yield Row(f"{what}: {size:,} Services / {SMALL}", *cells, ours / few, 1.5, ours / few)
            yield Row(f"{what}: {size:,} Services", cells[0], "", None, 50, 1000 * ours, "ms")
        yield from self.bounded("nftables, one changed endpoint: script", f"{size} script", "bytes", None)
        yield from self.compared(
            "nftables, one changed endpoint: without compiling / cold", f"{size} part", f"{size} cold", None
        )


class NftConnect(Case):
    """Connections to the first, the middle and the last Service, with few Services and with all."""

    name = "nft-connect"

    def round(self) -> None:
        """Connect in both clusters in turn."""
        with contextlib.ExitStack() as both:
            ways = []
            for services in (TINY, self.setting.services):
                wanted = cluster(self.setting, services)
                ways.append((services, both.enter_context(Way(self.setting.file(f"{services}.nft"))), wanted))
            for _ in range(TURNS):
                for services, way, wanted in ways:
                    picked = [wanted[0].address, wanted[len(wanted) // 2].address, wanted[-1].address]
                    self.add(f"{services}", lambda w=way, p=picked: 1_000_000 * w.seconds(p))

    def rows(self) -> Iterator[Row]:
        """One ratio."""
        all_, few = self.middle(f"{self.setting.services}"), self.middle(f"{TINY}")
        if all_ is not None and few is not None:
            what = f"nftables, setting up a connection: {self.setting.services:,} Services / {TINY}"
            yield Row(what, f"{all_:.0f} µs", f"{few:.0f} µs", all_ / few, 1.15, all_ / few)


class NftSize(Case):
    """How many chains and rules there are, with few Services and with all."""

    name = "nft-size"

    def round(self) -> None:
        """Count once: it is no measurement."""
        if self.seconds:
            return
        for services in (TINY, self.setting.services):
            cluster(self.setting, services)
            with namespace() as name:
                self.add(f"{services}", lambda n=name, s=services: self._counted(n, s))

    def _counted(self, name: str, services: int) -> float:
        nft = ["ip", "netns", "exec", name, "nft"]
        timed([*nft, "-f", self.setting.file(f"{services}.nft")])
        listed = timed([*nft, "list", "table", "ip", "svcc"], keep=True).printed
        tables = parse_tables(listed)
        if not tables:
            raise Failed("no table of ours")
        (table,) = tables.values()
        return len(table.chains) + sum(len(one.rules) for one in table.chains.values())

    def rows(self) -> Iterator[Row]:
        """The number, and that it is the same."""
        all_, few = self.middle(f"{self.setting.services}"), self.middle(f"{TINY}")
        if all_ is not None and few is not None:
            what = f"nftables, chains and rules: {self.setting.services:,} Services / {TINY}"
            yield Row(what, f"{all_:.0f}", f"{few:.0f}", all_ / few, 1.0, all_ / few)
