"""What the commands that look at a kernel share: the namespace, the facts that a configuration left out, the subsystems.

with_facts(NodeConfig())           ->  NodeConfig(node_name="worker-1", node_ips=("172.20.5.11", …))
Machine.look("auto")      ->  what both iptables backends hold, and the backend chosen from it
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from svcc.apply import Opened, Part
from svcc.config import NodeConfig
from svcc.graph.nodes import AddressPort, NodePort, RuleGraph
from svcc.graph.settings import around, settings
from svcc.kernel import backend as backends
from svcc.kernel import facts, generation, links, memory, netns, seen, sysctl
from svcc.kernel.backend import Backend, Foreign, Saved
from svcc.kernel.base import Denied
from svcc.kernel.iptables import Iptables, Rulesets
from svcc.kernel.sysctl import Sysctl
from svcc.plan.change import Plan
from svcc.plan.guard import guard
from svcc.plan.preflight import Facts, Remark, remarks


def enter(name: str | None) -> None:
    """Go into a network namespace, where one is named."""
    if name is not None:
        netns.enter(name)


def with_facts(config: NodeConfig) -> NodeConfig:
    """Return the configuration with the node's name and addresses read from the system where it names none."""
    return replace(
        config,
        node_name=config.node_name or os.uname().nodename,
        node_ips=config.node_ips or links.local_addresses(),
    )


@dataclass(frozen=True, slots=True)
class Machine:
    """One reading of what both iptables backends hold, and the backend chosen from it."""

    saved: Saved
    backend: Backend
    rules: Iptables
    generation: int | None
    """Of nf_tables, before the reading."""
    foreign: Foreign
    """What of others matters to us."""
    recalled: bool
    """Whether what the nft backend holds was remembered instead of listed."""

    @classmethod
    def look(cls, asked: str, *, whole: bool = False) -> "Machine":
        """Read the kernel; `asked` is `auto`, `nft` or `legacy`, and `whole` never takes what is remembered for it."""
        before = generation.current()
        known = None if whole else seen.recall()
        saved = backends.read_all(known)
        chosen = backends.choose(saved, None if asked == "auto" else Backend(asked))
        alien = backends.foreign(saved)
        return cls(saved, chosen, Iptables(chosen, saved=saved), before, alien, known is not None)

    def parts(self, graph: RuleGraph, rulesets: Rulesets) -> tuple[Part, ...]:
        """Return what an apply brings to the kernel: the rules, and around them the settings.

        Forwarding comes first, since rules that send packets on need it. A setting that an earlier apply changed and that is
        not needed any more goes back to the value that was found.
        """
        before, after = around({**_to_put_back(), **settings(graph)})
        return (*_of_settings(before), Part(self.rules, rulesets), *_of_settings(after))

    def opened(self, graph: RuleGraph, rulesets: Rulesets, *, force: bool, done: Callable[[], None]) -> Opened:
        """Return what an apply brings to the kernel, and what it remembers; `done` is called when it has succeeded.

        Raises:
            Denied: what is remembered cannot be read, so that nothing could be remembered.
        """
        before = memory.held()

        def keep(_: Plan) -> None:
            memory.settle(settings(graph))
            self.keep(rulesets)
            done()

        return Opened(
            self.parts(graph, rulesets),
            guard=lambda _: guard(self.foreign.kube_proxy, force=force),
            journal=lambda plan: memory.remember(plan, self.backend),
            undo=lambda _: memory.take_back(before, self.backend),
            keep=keep,
        )

    def keep(self, rulesets: Rulesets) -> None:
        """Remember what was applied, if nobody else has changed a rule since this machine was looked at."""
        if self.recalled and not self.rules.transactions:
            return  # it is written down already
        if self.foreign.ahead:
            return  # what is written down forgets in which order our jumps and others' rules stand
        if self.backend is Backend.NFT and self.generation is not None:
            after = self.generation + self.rules.transactions
            if after == generation.current():
                seen.keep(self.saved, rulesets, after)

    def bypassed(self) -> tuple[Remark, ...]:
        """Return where packets can be taken before they reach our rules, of which our rules say nothing."""
        return remarks(Facts(ahead=self.foreign.ahead))

    def preflight(self, graph: RuleGraph) -> tuple[Remark, ...]:
        """Return what stands in the way of packets on this machine."""
        asked = dict.fromkeys(one.at.address for one in graph.frontends if isinstance(one.at, AddressPort))
        ports = {one.at.port for one in graph.frontends if isinstance(one.at, NodePort)}
        ports |= {one.port for one in graph.health_checks}
        return remarks(facts.gather(tuple(asked), sorted(ports), self.foreign, settings(graph)))


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What `clean` brings to the kernel, the backends that it cleans, and those that it leaves with rules of ours."""

    parts: tuple[Part, ...]
    cleaned: tuple[Backend, ...]
    left: tuple[Backend, ...]

    @classmethod
    def look(cls, asked: str) -> "Cleaning":
        """Read the kernel; `asked` is `auto` for every backend, or one of them.

        Only here may both hold rules of ours. Settings are put back before the rules go, and with them the guard that one of
        the settings needs; but not while a backend is left that relies on them.
        """
        saved = backends.read_all()
        cleaned = tuple(Backend) if asked == "auto" else (Backend(asked),)
        left = tuple(one for one in Backend if one not in cleaned and saved.ours(one))
        rules = tuple(Part(Iptables(one, saved=saved), {}) for one in cleaned if saved.ours(one))
        wanted = {} if left else _of_this_kernel(memory.settings_found())
        return cls((*_of_settings(wanted), *rules), cleaned, left)


def _to_put_back() -> dict[str, str]:
    """Return the settings that we changed, with the values that were found; none where that is not known."""
    try:
        return _of_this_kernel(memory.settings_found())
    except Denied:
        return {}


def _of_this_kernel(found: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in found.items() if sysctl.read(key) is not None}


def _of_settings(wanted: Mapping[str, str]) -> tuple[Part, ...]:
    return (Part(Sysctl(wanted), wanted),) if wanted else ()
