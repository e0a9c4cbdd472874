"""svcc in forks of this process, each of which can go wrong at one point; and all that the stock tools say of the node.

node = Faulty(lab, folder, "nft")
node.ended("apply", folder / "new", at=Point(3, "before"))    ->  Ended(status=-9, printed="…", done=(…), wrong="tool nft -f -")
node.listing()                                                ->  every line of iptables-save, nft and the settings
"""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from svcc.cli import (  # noqa: F401 - loaded once, so that no fork has to
    live_restore,
    live_undo,
    undone,
)
from svcc.cli.main import run as svcc
from svcc.kernel import run as tools
from tests.lab.namespaces import NODE, Lab
from tests.lab.points import Point, points
from tests.lab.svcc import Forked

SETTINGS = ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv4/conf/all/route_localnet")
_PASSING = re.compile(r"\[\d+:\d+\]|packets \d+ bytes \d+|^#.*$", re.MULTILINE)
# The kernel keeps an empty legacy table until its namespace goes.
_EMPTY = re.compile(r"^\*\w+\n(?::\w+ ACCEPT \n)+COMMIT\n", re.MULTILINE)


class Ended(NamedTuple):
    """How a command ended, all that it printed, what it did up to then, and at which of these something went wrong."""

    status: int
    printed: str
    done: tuple[str, ...]
    wrong: str | None


class Faulty(Forked):
    """The command line of this checkout on the node of a lab, with a fault on its way or without."""

    def __init__(self, lab: Lab, folder: Path, target: str) -> None:
        super().__init__(lab, folder, target)
        self.sbin, self.seconds = tools._SBIN, 60.0
        """Where tools are looked for beside PATH, and how long one may take."""
        self.prepare: Callable[[], object] = lambda: None
        """Called in each fork before it is svcc."""
        self._folder, self._told, self._at = folder, folder / "told", None

    def learn(self, manifests: Path) -> None:
        """Compile manifests once in this process: it has everything loaded then that a fork of it needs."""
        mode = next(word for word in self.options if word in ("iptables", "nftables", "ipvs"))
        status = svcc(["compile", str(manifests), "--mode", mode, "-q", "-o", str(self._folder / "compiled")])
        assert 0 == status, f"{manifests} cannot be compiled"

    def ended(self, command: str, *words: object, at: Point | None = None) -> Ended:
        """Run a command."""
        self._at = at
        status, printed = self._run(command, *map(str, words), *self._here)
        lines = [line.partition(" ") for line in self._told.read_text().splitlines()]
        wrong = next((name for how, _, name in lines if how), None)
        return Ended(status, printed, tuple(name for _, _, name in lines), wrong)

    def _become(self, words: tuple[str, ...], output: int) -> NoReturn:
        tools._SBIN = self.sbin
        real, seconds = tools.ended, self.seconds
        tools.ended = lambda argv, stdin="", timeout=seconds: real(argv, stdin, min(timeout, seconds))
        self.prepare()
        with points(self._at, self._told):
            super()._become(words, output)

    def journal(self) -> dict[str, Any]:
        """Return what the journal says first."""
        (path,) = (self._folder / "run").glob("*.journal")
        return dict(json.loads(path.read_text().partition("\n")[0]))

    def remembered(self) -> dict[str, str]:
        """Return what svcc has written down to stay; the rest in its folder is only ever a shortcut."""
        folder = self._folder / "state"
        return {path.name: path.read_text() for kind in ("json", "applied") for path in folder.glob(f"*.{kind}")}

    def listing(self) -> set[str]:
        """Return every line with how often it stands there, since what is the same may be listed in another order."""
        tools = [(f"{tool}-nft-save",) for tool in ("iptables", "ip6tables")]
        tools += [(f"{tool}-legacy-save",) for tool in ("iptables", "ip6tables")]
        with self._lab.inside(NODE):
            saved = [_said(*argv) for argv in tools]
            # What nft says of rules of iptables depends on which table it has read before; iptables-save has said it already.
            listed = [
                line
                for line in _said("nft", "-s", "list", "ruleset").splitlines()
                if not (line.startswith("\t") and "counter" in line)
            ]
            settings = [f"{one} = {Path('/proc/sys', one).read_text()}" for one in SETTINGS]
        lines = [*"".join(_EMPTY.sub("", _PASSING.sub("", one)) for one in saved).splitlines(), *listed, *settings]
        return {f"{line} {number}" for line, number in Counter(line for line in lines if line.strip()).items()}


def _said(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout
