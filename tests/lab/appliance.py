"""The node of a lab, brought to compiled states by svcc's own apply, in a child process each time, as a command would.

    node = Appliance(lab, folder)
    node.apply(want)                              ->  Ended(0, "")
    node.apply(want, at=Fault(3, "kill"))         killed, like by SIGKILL, right before the fourth thing that changes the kernel
    node.apply(want, at=Fault(3, "fail"))         the machine refuses that thing, and lets everything after it pass
    node.steps(want)                              how many such things there are

What changes the kernel is counted where it is told: a message to ip_vs or rtnetlink, a script of nft, a setting. In the machine with ip_vs a
command takes seconds to start, so manifests are compiled once, outside of the children.
"""

import contextlib
import os
import pickle
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from svcc.apply import Opened, RollbackFailed, apply
from svcc.cli import live_undo
from svcc.cli.live import Cleaning, Machine, Wanted, needed_settings
from svcc.cli.live_ipvs import WantedIpvs
from svcc.config import Mode, NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.graph.nodes import RuleGraph
from svcc.kernel import ipvs_tools, journal, lock, memory, netns, nftables, rtnetlink, sysctl
from svcc.kernel.base import KernelError
from svcc.model.decode_config import decode_config
from svcc.pipeline import compile_graph, lower_iptables, lower_ipvs, lower_nftables
from svcc.plan.nftables import NftState
from svcc.reading import read
from tests.lab.namespaces import NODE, Lab

KILLED = 137


class Want(NamedTuple):
    """Compiled manifests, and the mode that they are for."""

    mode: Mode
    graph: RuleGraph
    wanted: Wanted


class Fault(NamedTuple):
    """What happens at the n-th thing that changes the kernel: `kill` or `fail`."""

    place: int
    how: str


class Ended(NamedTuple):
    """How an apply ended: the exit code, what was told, and how many things were told to the kernel."""

    status: int
    message: str
    steps: int


def want(text: str, config: str, mode: Mode) -> Want:
    """Compile manifests for a mode."""
    sink = Diagnostics()
    node: NodeConfig = decode_config(Source("config.yaml", f"{config}\nmode: {mode.value}\n"), sink)
    graph = compile_graph(read([Source("cluster.yaml", text)], node, sink).manifests, node).graph
    if mode is Mode.NFTABLES:
        return Want(mode, graph, NftState.of(lower_nftables(graph, sink)))
    if mode is Mode.IPVS:
        return Want(mode, graph, WantedIpvs.of(graph, lower_ipvs(graph, node, sink), node.ipvs))
    return Want(mode, graph, lower_iptables(graph, sink))


class Appliance:
    """The node of a lab as a place to apply to."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self._folder = folder

    def apply(self, to: Want, at: Fault | None = None, *, cut: bool = False, force: bool = False) -> Ended:
        """Apply, with a fault on the way or without."""
        return _in_a_child(lambda: self._applied(to, at, cut=cut, force=force))

    def clean(self) -> Ended:
        """Remove everything of svcc, at once."""

        def cleaned() -> Ended:
            self._inside()
            found = Cleaning.look("auto")
            apply("", lambda: Opened(found.parts), lock.hold("node"))
            memory.leave(found.cleaned, found.left, tables=found.tables)
            return Ended(0, "", 0)

        return _in_a_child(cleaned)

    def roll_back(self) -> Ended:
        """Go back to what was there before the last apply."""

        def rolled_back() -> Ended:
            self._inside()
            told = journal.read(netns.identity())
            assert told is not None, "there was no apply"
            live_undo.roll_back(told, why="a test asked for it")
            return Ended(0, "", 0)

        return _in_a_child(rolled_back)

    def plan_is_empty(self, to: Want) -> bool:
        """Tell whether another apply would do nothing."""

        def planned() -> Ended:
            machine = self._entered(to)
            changes = [
                one
                for part in machine.parts(needed_settings(to.graph, to.wanted), to.wanted)
                for one in part.subsystem.plan(part.subsystem.snapshot(), part.want)
            ]
            return Ended(0, "\n".join(one.key for one in changes), len(changes))

        return _in_a_child(planned).steps == 0

    def steps(self, to: Want, *, cut: bool = False) -> int:
        """Apply, and return how many things were told to the kernel."""
        ended = self.apply(to, cut=cut)
        assert 0 == ended.status, ended.message
        return ended.steps

    def listing(self) -> str:
        """Return what the stock tools show of the node."""
        return "\n".join(map(in_order, self.lab.run(NODE, "sh", "-ec", _LISTING).split(_NEXT)))

    def recorded(self) -> str:
        """Return which virtual servers are written down as svcc's, "" where nothing is."""
        texts = [path.read_text(encoding="utf-8") for path in (self._folder / "state").glob("*.ipvs")]
        assert len(texts) <= 1
        return in_order("".join(texts))

    def _inside(self) -> None:
        os.environ |= {"SVCC_RUN_DIR": str(self._folder / "run"), "SVCC_STATE_DIR": str(self._folder / "state")}
        netns.enter(self.lab.netns(NODE))

    def _entered(self, to: Want, *, force: bool = False) -> Machine:
        self._inside()
        taken = to.wanted.state.virtuals if force and isinstance(to.wanted, WantedIpvs) else None
        return Machine.look(to.mode, "auto", taken=taken)

    def _applied(self, to: Want, at: Fault | None, *, cut: bool, force: bool) -> Ended:
        counter = _Counter(at)

        def open_parts() -> Opened:
            self._inside()
            live_undo.ready()
            needed = needed_settings(to.graph, to.wanted)
            opened = self._entered(to, force=force).opened(needed, to.wanted, force=force, cut=cut)
            return live_undo.recorded(opened, to.mode.value, live_undo.Assurance())

        with counter.counting():
            try:
                apply(to.mode.value, open_parts, lock.hold("node"))
            except RollbackFailed as problem:
                return Ended(5, problem.message, counter.number)
            except KernelError as problem:
                return Ended(4, problem.message, counter.number)
        return Ended(0, "", counter.number)


_NEXT = "== next\n"
_LISTING = f"""\
ipvsadm -Sn
printf '{_NEXT}'
ip -br addr show dev svcc0 2>/dev/null | tr ' ' '\\n' || echo no svcc0
printf '{_NEXT}'
nft -s list ruleset
printf '{_NEXT}'
sysctl net.ipv4.vs.conntrack net.ipv4.vs.expire_nodest_conn net.ipv4.ip_forward
"""
"""In one process: each takes long to start in the machine with ip_vs."""


def in_order(text: str) -> str:
    """Return lines in an order that does not hang on the kernel's hash, or on what came when."""
    return "\n".join(sorted(text.splitlines()))


class _Counter:
    """Counts what is told to the kernel, and makes the fault happen."""

    def __init__(self, fault: Fault | None) -> None:
        self.number = 0
        self._fault = fault

    def count(self) -> None:
        number, self.number = self.number, self.number + 1
        if self._fault is None or number != self._fault.place:
            return
        if self._fault.how == "kill":
            os._exit(KILLED)
        raise KernelError("the machine refuses")

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Count within a block; messages to ip_vs and rtnetlink are told one by one."""
        real = ipvs_tools.Netlink.tell, rtnetlink.tell, nftables.Nft.run, sysctl.write

        def tell(netlink: Any, some: Any) -> dict[int, int]:
            found: dict[int, int] = {}
            for place, one in enumerate(some):
                self.count()
                found |= {place + index: error for index, error in real[0](netlink, [one]).items()}
            return found

        def told(netlink: Any, messages: Any) -> dict[int, int]:
            found: dict[int, int] = {}
            for place, one in enumerate(messages):
                self.count()
                found |= {place + index: error for index, error in real[1](netlink, [one]).items()}
            return found

        def ran(nft: Any, text: str, *, check: bool = False) -> None:
            if not check:
                self.count()
            real[2](nft, text, check=check)

        def written(key: str, value: str) -> None:
            self.count()
            real[3](key, value)

        ipvs_tools.Netlink.tell, rtnetlink.tell, nftables.Nft.run, sysctl.write = tell, told, ran, written
        try:
            yield
        finally:
            ipvs_tools.Netlink.tell, rtnetlink.tell, nftables.Nft.run, sysctl.write = real


def _in_a_child(work: Callable[[], Ended]) -> Ended:
    """Do something in a child of this process and return how it ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        ended = None
        try:
            ended = work()
        finally:
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(ended or Ended(70, traceback.format_exc(), 0), pipe)
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        held = pipe.read()
    _, status = os.waitpid(child, 0)
    if not held:
        return Ended(os.waitstatus_to_exitcode(status), "", 0)
    ended: Ended = pickle.loads(held)
    return ended
