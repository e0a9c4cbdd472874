"""Run svcc, as a user does, against the node of a lab.

    Svcc(lab, folder, "legacy").apply(manifests, config)      svcc apply MANIFESTS --config CONFIG --netns … --backend legacy
    Svcc(lab, folder, "nftables").apply(manifests, config)    svcc apply MANIFESTS --config CONFIG --netns … --mode nftables

State and locks go to a folder of the test, never to the host's.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.lab.namespaces import NODE, Lab

SECONDS = 120
NFTABLES = "nftables"


class SvccError(Exception):
    """A command of svcc ended in another way than it should; the message holds all that it printed."""


class Svcc:
    """The command line of this checkout, bound to one lab and one target: nftables, or an iptables backend."""

    def __init__(self, lab: Lab, folder: Path, target: str) -> None:
        self._lab = lab
        self._target = target
        self._options = ("--mode", NFTABLES) if target == NFTABLES else ("--mode", "iptables", "--backend", target)
        self._applied: tuple[Path, Path] | None = None
        self._environment = {
            **os.environ,
            "SVCC_RUN_DIR": str(folder / "run"),
            "SVCC_STATE_DIR": str(folder / "state"),
        }

    def apply(self, manifests: Path, config: Path) -> str:
        """Apply manifests to the node."""
        self._applied = None
        printed = self._ours("apply", str(manifests), "--config", str(config), *self._options)
        self._applied = (manifests, config)
        return printed

    def ensure(self, manifests: Path, config: Path) -> None:
        """Apply manifests unless they were the last to be applied."""
        if self._applied != (manifests, config):
            self.apply(manifests, config)

    def plan_is_empty(self, manifests: Path, config: Path) -> bool:
        """Tell whether another apply would do nothing."""
        status, _ = self._run(
            "plan", str(manifests), "--config", str(config), "--exit-code", *self._here, *self._options
        )
        return status == 0

    def clean(self) -> str:
        """Remove everything of svcc from the node."""
        self._applied = None
        return self._ours("clean")

    def saved(self, namespace: str) -> str:
        """Return every rule of a namespace: what nft lists, or what both families' iptables-save print."""
        if self._target == NFTABLES:
            return self._lab.run(namespace, "nft", "list", "ruleset")
        tools = (f"iptables-{self._target}-save", f"ip6tables-{self._target}-save")
        return "".join(self._lab.run(namespace, tool) for tool in tools)

    @property
    def _here(self) -> tuple[str, ...]:
        return ("--netns", self._lab.netns(NODE))

    def _ours(self, *words: str) -> str:
        status, printed = self._run(*words, *self._here)
        if status != 0:
            raise SvccError(f"svcc {' '.join(words)}: exit {status}\n{printed}")
        return printed

    def _run(self, *words: str) -> tuple[int, str]:
        command = (str(Path(sys.executable).with_name("svcc")), *words)
        done = subprocess.run(
            command, text=True, capture_output=True, check=False, timeout=SECONDS, env=self._environment
        )
        return done.returncode, done.stdout + done.stderr
