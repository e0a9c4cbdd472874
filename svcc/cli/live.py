"""What the commands that look at a kernel share: the namespace, the facts that a configuration left out, the subsystems.

with_facts(NodeConfig())           ->  NodeConfig(node_name="worker-1", node_ips=("172.20.5.11", …))
read_live("lab", "auto", config)   ->  the rulesets of ours that the kernel holds, and the node's addresses
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from svcc.apply import Part
from svcc.config import NodeConfig
from svcc.emit.iptables.ruleset import IptablesRuleset
from svcc.graph.nodes import AddressPort, RuleGraph
from svcc.graph.settings import settings
from svcc.kernel import backend as backends
from svcc.kernel import facts, generation, links, memory, netns, seen
from svcc.kernel.backend import Backend, Saved
from svcc.kernel.iptables import Iptables
from svcc.kernel.sysctl import Sysctl
from svcc.net import Address, Family
from svcc.plan.preflight import Remark, remarks

Rulesets = Mapping[Family, IptablesRuleset]


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

    @classmethod
    def look(cls, asked: str, *, whole: bool = False) -> "Machine":
        """Read the kernel; `asked` is `auto`, `nft` or `legacy`, and `whole` never takes what is remembered for it."""
        before = generation.current()
        saved = backends.read_all(None if whole else seen.recall())
        chosen = backends.choose(saved, None if asked == "auto" else Backend(asked))
        return cls(saved, chosen, Iptables(chosen, saved=saved), before)

    @property
    def kube_proxy(self) -> tuple[str, ...]:
        """The chains of kube-proxy, as the guard wants them."""
        return backends.foreign(self.saved).kube_proxy

    def parts(self, graph: RuleGraph, rulesets: Rulesets) -> tuple[Part, ...]:
        """Return what an apply brings to the kernel. Settings first: rules that send packets on need forwarding."""
        needed = settings(graph)
        return (Part(Sysctl(needed), needed), Part(self.rules, rulesets))

    def keep(self, rulesets: Rulesets) -> None:
        """Remember what was applied, if nobody else has changed a rule since this machine was looked at."""
        if self.backend is Backend.NFT and self.generation is not None:
            after = self.generation + self.rules.transactions
            if after == generation.current():
                seen.keep(self.saved, rulesets, after)

    def preflight(self, graph: RuleGraph) -> tuple[Remark, ...]:
        """Return what stands in the way of packets on this machine."""
        asked = dict.fromkeys(one.at.address for one in graph.frontends if isinstance(one.at, AddressPort))
        return remarks(facts.gather(tuple(asked), backends.foreign(self.saved), settings(graph)))


def parts_of_nothing(asked: str) -> tuple[tuple[Part, ...], tuple[Backend, ...]]:
    """Return what cleaning brings to the kernel, and the backends it concerns: no rules, and the settings that were found.

    Only here may both backends hold rules of ours; `asked` limits it to one.
    """
    saved = backends.read_all()
    wished = tuple(Backend) if asked == "auto" else (Backend(asked),)
    held = tuple(one for one in wished if saved.ours(one))
    found = memory.settings_found()
    rules = tuple(Part(Iptables(one, saved=saved), {}) for one in held)
    return (*rules, Part(Sysctl(found), found)), held or wished


def read_live(name: str | None, asked: str, config: NodeConfig) -> tuple[Rulesets, tuple[Address, ...]]:
    """Return what of ours the kernel holds, and the node's addresses."""
    enter(name)
    return Machine.look(asked).rules.snapshot(), config.node_ips or links.local_addresses()
