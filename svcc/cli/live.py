"""What the commands that look at a kernel share: the namespace, the facts that a configuration left out, the subsystems.

with_facts(NodeConfig())                   ->  NodeConfig(node_name="worker-1", node_ips=("172.20.5.11", …))
Machine.look(Mode.NFTABLES, "auto")        ->  what nf_tables and both iptables backends hold of ours, and of others
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from svcc.apply import Befores, Opened, Part
from svcc.cli.live_ipvs import NOTHING, HeldIpvs, WantedIpvs
from svcc.config import IpvsOptions, Mode, NodeConfig
from svcc.emit.ipvs.ruleset import Virtual, VirtualKey
from svcc.graph.nodes import AddressPort, NodePort, RuleGraph
from svcc.graph.settings import around, settings
from svcc.kernel import backend as backends
from svcc.kernel import facts, generation, kube_proxy, links, memory, netns, seen, state, sysctl
from svcc.kernel.backend import Backend, Foreign, Saved
from svcc.kernel.base import Denied
from svcc.kernel.iptables import Iptables, Rulesets
from svcc.kernel.nftables import Nftables
from svcc.kernel.sysctl import Sysctl
from svcc.plan.change import Plan
from svcc.plan.frontends import Frontends
from svcc.plan.guard import guard
from svcc.plan.nftables import NftState
from svcc.plan.preflight import Facts, Remark, remarks

Wanted = Rulesets | NftState | WantedIpvs
"""What a mode wants the kernel to hold: rules of iptables, tables of nftables, or virtual servers with all that is around them."""
_OF_IPVS = "net.ipv4.vs."


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
    """One reading of what both iptables backends and IPVS hold, and the way to our tables in nf_tables."""

    saved: Saved
    rules: tuple[Iptables, ...]
    """The backend to use with iptables; with other modes, those that hold rules of ours."""
    tables: Nftables
    ipvs: HeldIpvs
    generation: int | None
    """Of nf_tables, before the reading."""
    foreign: Foreign
    """What of others matters to us."""
    recalled: bool
    """Whether what nf_tables holds was remembered instead of listed."""

    @classmethod
    def look(
        cls,
        mode: Mode | None,
        asked: str,
        *,
        whole: bool = False,
        options: IpvsOptions | None = None,
        taken: Mapping[VirtualKey, Virtual] | None = None,
    ) -> "Machine":
        """Read the kernel; `asked` is `auto`, `nft` or `legacy`, and `whole` never takes what is remembered for it.

        Without a mode it is only about what is there, in whichever backend. `options` say which virtual servers are somebody else's; those
        that are `taken` are ours from now on.
        """
        before = generation.current()
        known = None if whole else seen.recall()
        saved = backends.read_all(known, needed=mode is Mode.IPTABLES)
        chosen = tuple(one for one in Backend if saved.ours(one))
        if mode is Mode.IPTABLES:
            chosen = (backends.choose(saved, None if asked == "auto" else Backend(asked)),)
        rules = tuple(Iptables(one, saved=saved) for one in chosen)
        text = _applied(known)
        ipvs = HeldIpvs.look(text, options, taken)
        return cls(saved, rules, Nftables(known=text), ipvs, before, _foreign(saved), known is not None)

    def carrier(self, mode: Mode) -> str:
        """Return what carries the rules of a mode, for people."""
        return mode.value if mode is not Mode.IPTABLES else f"iptables backend: {self.rules[0].backend.value}"

    def parts(self, needed: Mapping[str, str], wanted: Wanted, *, cut: bool = False) -> tuple[Part, ...]:
        """Return what an apply brings to the kernel: the rules, around them the `needed` settings, and at last the end of the other mode's.

        Forwarding comes first, since rules that send packets on need it. A setting that an earlier apply changed and that is
        not needed any more goes back to the value that was found. When the mode changes, both modes' rules are there for a
        moment, and say the same; connections that are open belong to neither. Those of IPVS stay with it: what has them stays too,
        unless they are `cut`.
        """
        before, after = around({**self._to_put_back(wanted, cut=cut), **needed})
        return (
            *_of_settings(before),
            *self._of_rules(wanted, cut=cut),
            *_of_settings(after),
            *self._of_others(wanted, cut=cut),
        )

    def _to_put_back(self, wanted: Wanted, *, cut: bool) -> dict[str, str]:
        """Return the settings that we changed, as they were found; those of IPVS stay while it has connections, unless they are `cut`."""
        busy = not cut and not isinstance(wanted, WantedIpvs) and bool(self.ipvs.stays(NOTHING))
        return {key: value for key, value in _found().items() if not (busy and key.startswith(_OF_IPVS))}

    def _of_rules(self, wanted: Wanted, *, cut: bool) -> tuple[Part, ...]:
        if isinstance(wanted, WantedIpvs):
            return self.ipvs.arriving(wanted, cut=cut)
        if isinstance(wanted, NftState):
            return (Part(self.tables, wanted),)
        (rules,) = self.rules
        return (Part(rules, wanted),)

    def _frontends(self, wanted: Wanted) -> Frontends:
        """Return where rules send clients to a backend."""
        if isinstance(wanted, NftState):
            return self.tables.frontends(wanted)
        return {} if isinstance(wanted, WantedIpvs) else self.rules[0].frontends(wanted)

    def _of_others(self, wanted: Wanted, *, cut: bool) -> tuple[Part, ...]:
        others: list[Part] = []
        if isinstance(wanted, NftState | WantedIpvs):
            others += [Part(one, {}) for one in self.rules]
        if not isinstance(wanted, NftState) and self.tables.present():
            others.append(Part(self.tables, NftState()))
        if not isinstance(wanted, WantedIpvs):
            others += self.ipvs.leaving(self._frontends(wanted), cut=cut)
        return tuple(others)

    def opened(self, needed: Mapping[str, str], wanted: Wanted, *, force: bool, cut: bool = False) -> Opened:
        """Return what an apply brings to the kernel, and what it remembers.

        Raises:
            Denied: what is remembered cannot be read, so that nothing could be remembered.
        """
        before = memory.held()
        backend = self.backend(wanted)
        servers = wanted if isinstance(wanted, WantedIpvs) else NOTHING
        about_ipvs = servers is not NOTHING or self.ipvs.present

        def journal(plan: Plan, _: Befores) -> None:
            memory.remember(plan, backend)
            if about_ipvs:
                self.ipvs.remember(servers, plan)

        def undo(_: Plan) -> None:
            memory.take_back(before, backend)
            if about_ipvs:
                self.ipvs.take_back(servers)

        def keep(_: Plan) -> None:
            memory.settle({*needed, *(_found().keys() - self._to_put_back(wanted, cut=cut).keys())})
            if about_ipvs:
                self.ipvs.settle(servers)
            self.keep(wanted, cut=cut)

        return Opened(
            self.parts(needed, wanted, cut=cut),
            guard=lambda plan: guard(self.foreign.kube_proxy, plan.losses, force=force),
            journal=journal,
            undo=undo,
            keep=keep,
        )

    def backend(self, wanted: Wanted) -> Backend | None:
        """Return which iptables is given something, if any."""
        return None if isinstance(wanted, NftState | WantedIpvs) else self.rules[0].backend

    def keep(self, wanted: Wanted, *, cut: bool = False) -> None:
        """Remember what was applied, if nobody else has changed a rule since this machine was looked at."""
        carrier, held = self.tables, wanted if isinstance(wanted, NftState) else NftState()
        if isinstance(wanted, WantedIpvs):
            carrier, held = self.ipvs.companion, self.ipvs.settled(wanted, cut=cut).companion
        changed = self.tables.transactions + self.ipvs.companion.transactions
        if changed or not carrier.known:
            state.write_tables(netns.identity(), held.text)
        transactions = changed + sum(one.transactions for one in self.rules)
        if self.recalled and not transactions:
            return  # it is written down already
        rules = wanted if not isinstance(wanted, NftState | WantedIpvs) else {}
        if self.backend(wanted) is None:
            if not memory.without_iptables():
                return  # so that the next one looks at everything, and tries again
        elif self.foreign.ahead or self.rules[0].backend is not Backend.NFT:
            return  # what is written down forgets in which order our jumps and others' rules stand
        if self.generation is not None and self.generation + transactions == generation.current():
            seen.keep(self.saved, rules, self.generation + transactions)

    def draining(self, wanted: Wanted) -> tuple[int, int]:
        """Return how many real servers of IPVS stay for their connections, and how many these are."""
        found = self.ipvs.busy(wanted if isinstance(wanted, WantedIpvs) else NOTHING)
        return len(found), sum(found.values())

    def bypassed(self) -> tuple[Remark, ...]:
        """Return where packets can be taken before they reach our rules, of which our rules say nothing."""
        return remarks(Facts(ahead=self.foreign.ahead, hidden=self.foreign.hidden))

    def preflight(self, graph: RuleGraph, mode: Mode) -> tuple[Remark, ...]:
        """Return what stands in the way of packets on this machine."""
        asked = dict.fromkeys(one.at.address for one in graph.frontends if isinstance(one.at, AddressPort))
        ports = {one.at.port for one in graph.frontends if isinstance(one.at, NodePort)}
        ports |= {one.port for one in graph.health_checks}
        if mode is Mode.IPVS:
            asked = {}  # they will stand on svcc0, to which there is always a route
        families = {one.family for one in graph.frontends}
        found = facts.gather(
            tuple(asked), sorted(ports), self.foreign, settings(graph), families, iptables=mode is Mode.IPTABLES
        )
        return remarks(found)


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What `clean` brings to the kernel, the backends that it cleans, and what it leaves of ours."""

    parts: tuple[Part, ...]
    cleaned: tuple[Backend, ...]
    left: tuple[Backend, ...]
    tables: bool
    """Whether what is of nftables and IPVS is left."""

    @classmethod
    def look(cls, asked: str) -> "Cleaning":
        """Read the kernel; `asked` is `auto` for everything, or one backend of iptables.

        Only here may both hold rules of ours. Settings are put back before the rules go, and with them the guard that one of
        the settings needs; but not while rules are left that rely on them.
        """
        known = seen.recall()
        saved, tables = backends.read_all(known, needed=False), Nftables(known=_applied(known))
        ipvs = HeldIpvs.look(tables.known)
        cleaned = tuple(Backend) if asked == "auto" else (Backend(asked),)
        left = tuple(one for one in Backend if one not in cleaned and saved.ours(one))
        stays = (tables.present() or ipvs.present) and asked != "auto"
        rules = [Part(Iptables(one, saved=saved), {}) for one in cleaned if saved.ours(one)]
        if tables.present() and not stays:
            rules.append(Part(tables, NftState()))
        if not stays:
            rules += ipvs.leaving(cut=True)
        wanted = {} if left or stays else _of_this_kernel(memory.settings_found())
        return cls((*_of_settings(wanted), *rules), cleaned, left, stays)

    @property
    def remains(self) -> tuple[str, ...]:
        """What is left of ours, for people."""
        return (*(f"the {one.value} backend" for one in self.left), *(["nftables or IPVS"] if self.tables else []))


def _applied(known: seen.Texts | None) -> str | None:
    """Return the text of our tables in nf_tables as the last apply left them, where nobody has changed a rule since."""
    return None if known is None else state.read_tables(netns.identity())


def needed_settings(graph: RuleGraph, wanted: Wanted) -> dict[str, str]:
    """Return the settings that a mode relies on."""
    return {**settings(graph), **(wanted.settings if isinstance(wanted, WantedIpvs) else {})}


def _foreign(saved: Saved) -> Foreign:
    found = backends.foreign(saved)
    return replace(found, kube_proxy=(*found.kube_proxy, *kube_proxy.signs()))


def _found() -> dict[str, str]:
    """Return the settings that we changed, with the values that were found; none where that is not known."""
    try:
        return _of_this_kernel(memory.settings_found())
    except Denied:
        return {}


def _of_this_kernel(found: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in found.items() if sysctl.read(key) is not None}


def _of_settings(wanted: Mapping[str, str]) -> tuple[Part, ...]:
    return (Part(Sysctl(wanted), wanted),) if wanted else ()
