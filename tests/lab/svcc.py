"""Run svcc, as a user does, against the node of a lab.

    Svcc(lab, folder, "legacy").apply(manifests, config)      svcc apply MANIFESTS --config CONFIG --netns … --backend legacy
    Svcc(lab, folder, "nftables").apply(manifests, config)    svcc apply MANIFESTS --config CONFIG --netns … --mode nftables
    Forked(lab, folder, "ipvs").apply(manifests, config)      the same with --mode ipvs --no-fallback, in a fork of this process

A fork spares the start of Python and all its imports, which inside the machine of tests/vm take longer than the command itself. State and locks go to a folder of the test, never to the host's.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from svcc.cli.main import run as svcc
from tests.lab.namespaces import NODE, Lab

SECONDS = 120
NFTABLES, IPVS = "nftables", "ipvs"
_OPTIONS = {NFTABLES: ("--mode", NFTABLES), IPVS: ("--mode", IPVS, "--no-fallback")}


class SvccError(Exception):
    """A command of svcc ended in another way than it should; the message holds all that it printed."""


class Svcc:
    """The command line of this checkout, bound to one lab and one target: nftables, ipvs, or an iptables backend."""

    def __init__(self, lab: Lab, folder: Path, target: str) -> None:
        self._lab = lab
        self.target = target
        self.options = _OPTIONS.get(target, ("--mode", "iptables", "--backend", target))
        self._applied: tuple[Path, Path] | None = None
        self.environment = {
            **os.environ,
            "SVCC_RUN_DIR": str(folder / "run"),
            "SVCC_STATE_DIR": str(folder / "state"),
        }

    def apply(self, manifests: Path, config: Path) -> str:
        """Apply manifests to the node, however much they take away: one cluster follows another."""
        self._applied = None
        printed = self._ours("apply", str(manifests), "--config", str(config), "--force", *self.options)
        self._applied = (manifests, config)
        return printed

    def told(self, command: str, manifests: Path, config: Path) -> dict[str, Any]:
        """Return what `plan`, `apply` or `status` prints as JSON."""
        given = (str(manifests), "--config", str(config), "--format", "json", "--quiet")
        return dict(json.loads(self._ours(command, *given, *self.options)))

    def on_node(self, *words: object) -> tuple[int, str]:
        """Run any command on the node, whatever the target; return its status, and what it printed."""
        return self._run(*map(str, words), *self._here)

    def ensure(self, manifests: Path, config: Path) -> None:
        """Apply manifests unless they were the last to be applied."""
        if self._applied != (manifests, config):
            self.apply(manifests, config)

    def plan_is_empty(self, manifests: Path, config: Path) -> bool:
        """Tell whether another apply would do nothing."""
        status, _ = self._run(
            "plan", str(manifests), "--config", str(config), "--exit-code", *self._here, *self.options
        )
        return status == 0

    def run(self, *words: str) -> tuple[int, str]:
        """Run one command on the node, for this target; return how it ended, and all that it printed."""
        return self._run(*words, *self._here, *self.options)

    def rollback(self) -> str:
        """Go back to before the last apply."""
        self._applied = None
        return self._ours("rollback")

    def clean(self) -> str:
        """Remove everything of svcc from the node."""
        self._applied = None
        return self._ours("clean")

    def saved(self, namespace: str) -> str:
        """Return every rule of a namespace: what nft lists (and ipvsadm), or what both families' iptables-save print."""
        if self.target in _OPTIONS:
            servers = self._lab.run(namespace, "ipvsadm", "-Sn") if self.target == IPVS else ""
            return servers + self._lab.run(namespace, "nft", "list", "ruleset")
        tools = (f"iptables-{self.target}-save", f"ip6tables-{self.target}-save")
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
            command, text=True, capture_output=True, check=False, timeout=SECONDS, env=self.environment
        )
        return done.returncode, done.stdout + done.stderr


class Forked(Svcc):
    """The same in forks of this process, which has everything loaded that they need."""

    def __init__(self, lab: Lab, folder: Path, target: str) -> None:
        super().__init__(lab, folder, target)
        for command in ("apply", "clean", "plan", "restore", "rollback", "status"):
            importlib.import_module(f"svcc.cli.cmd_{command}")

    def _run(self, *words: str) -> tuple[int, str]:
        with tempfile.TemporaryFile("w+", encoding="utf-8") as printed:
            child = os.fork()
            if child == 0:
                self._become(words, printed.fileno())
            _, status = os.waitpid(child, 0)
            printed.seek(0)
            return os.waitstatus_to_exitcode(status), printed.read()

    def _become(self, words: tuple[str, ...], output: int, at_last: Callable[[], object] = lambda: None) -> NoReturn:
        """Be svcc, and end as it ends."""
        status = 1
        try:
            os.dup2(output, 1)
            os.dup2(output, 2)
            sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115 - descriptors
            os.environ.update(self.environment)
            status = svcc(list(words))
            at_last()
        except BaseException:  # noqa: BLE001 - whatever it is, the process of the test must not go on here
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
