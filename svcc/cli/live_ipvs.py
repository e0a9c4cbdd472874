"""What of IPVS the commands that look at a kernel share: virtual servers, the companion's tables, and the addresses on svcc0.

    held = HeldIpvs.look(known="table ip svcc-ipvs { … }", options=IpvsOptions())
    held.arriving(wanted)    the parts that bring IPVS to what it should be      held.leaving()    those that take it away

A virtual server that goes and has connections keeps its address until a later apply finds it idle; the companion refuses new connections.
Who connects between the plan and its commit counts too: whether something is idle is looked at once more right before it goes.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from svcc.apply import Part
from svcc.cli.ipvs_exchange import Trio
from svcc.cli.ipvs_passes import Aim, passes
from svcc.config import IpvsOptions
from svcc.emit.ipvs.lower import Ipvs as Lowered
from svcc.emit.ipvs.operation import Operation
from svcc.emit.ipvs.ruleset import IpvsState, RealKey, Virtual, VirtualKey
from svcc.emit.ipvs.settings import settings, timeouts
from svcc.emit.nftables.ruleset import COMPANION, NftTable
from svcc.graph.nodes import RuleGraph
from svcc.kernel import modules, record
from svcc.kernel.base import KernelError, Unsupported
from svcc.kernel.dummy import Svcc0
from svcc.kernel.ipvs import Ipvs
from svcc.kernel.ipvs_tools import Held, Netlink, Tools
from svcc.kernel.nftables import Nftables
from svcc.net import Address, Network, contains, family_of
from svcc.plan.change import ChangeReason, Plan
from svcc.plan.frontends import Frontends, node_port, place
from svcc.plan.ipvs import SUBSYSTEM, Leave, draining, draining_reals, made_by, operations
from svcc.plan.links import Dummy
from svcc.plan.nftables import NftState
from svcc.plan.passes import Between, Go

NEEDED = ("ip_vs", "dummy")
"""Modules without which there is no IPVS mode at all; schedulers are asked for by the kernel itself."""


@dataclass(frozen=True, slots=True)
class WantedIpvs:
    """What IPVS mode wants the kernel to hold; `settings` are those that IPVS needs beside those of every mode."""

    state: IpvsState
    companion: NftState
    settings: Mapping[str, str] = field(default_factory=dict)
    inner: tuple[Network, ...] = ()
    """Networks of the addresses that only the companion sends to."""

    @classmethod
    def of(cls, graph: RuleGraph, lowered: Lowered, options: IpvsOptions) -> "WantedIpvs":
        """Return what a graph was lowered to."""
        needed = settings(graph, strict_arp=options.strict_arp)
        if needed:
            needed |= timeouts(options.tcp_timeout, options.tcp_fin_timeout, options.udp_timeout)
        return cls(lowered.state, NftState.of(lowered.companions), needed, options.inner_cidrs)


NOTHING = WantedIpvs(IpvsState(), NftState())


class Absent:
    """The tools of a kernel in which ip_vs is not loaded: asking it would load it."""

    def virtuals(self) -> dict[VirtualKey, Virtual]:
        """Return nothing."""
        return {}

    def reals(self, places: Iterable[VirtualKey]) -> tuple[tuple[VirtualKey, Held], ...]:  # noqa: ARG002
        """Return nothing."""
        return ()

    def statistics(self) -> dict[VirtualKey, tuple[int, ...]]:
        """Return nothing."""
        return {}

    def tell(self, some: Sequence[Operation]) -> dict[int, int]:  # noqa: ARG002
        """Refuse.

        Raises:
            Unsupported: always.
        """
        raise Unsupported("ip_vs is not loaded", hint=modules.HINT)


@dataclass(frozen=True, slots=True)
class HeldIpvs:
    """One reading of what IPVS holds of ours."""

    servers: Ipvs
    links: Svcc0
    companion: Nftables
    live: IpvsState
    dummy: Dummy
    inner: tuple[Network, ...] = ()
    """Networks of the addresses that only the companion sends to."""

    @classmethod
    def look(
        cls, known: str | None, options: IpvsOptions | None = None, taken: Mapping[VirtualKey, Virtual] | None = None
    ) -> "HeldIpvs":
        """Read the kernel; `known` is the text of the companion, where that is certain, and `taken` are ours whoever made them."""
        options = options or IpvsOptions()
        dummy = Svcc0().snapshot()
        recorded = record.recall()
        bound = frozenset(dummy.addresses or ())

        def owned(at: VirtualKey) -> bool:
            if taken is not None and at in taken:
                return True
            mine = at in recorded or at.address in bound
            return mine and not any(contains(one, at.address) for one in options.exclude_cidrs)

        tools: Tools = Netlink() if modules.present("ip_vs") else Absent()
        named = {at: Virtual("", service=service) for at, service in recorded.items()}
        servers = Ipvs(owned, tools, named)
        links, companion = Svcc0(in_use=servers.in_use), Nftables(known=known, table=COMPANION)
        return cls(servers, links, companion, servers.snapshot(), dummy, options.inner_cidrs)

    @property
    def present(self) -> bool:
        """Whether anything of ours is there."""
        return bool(self.live.virtuals) or self.dummy.addresses is not None or self.companion.present()

    def arriving(self, wanted: WantedIpvs, *, cut: bool = False) -> tuple[Part, ...]:
        """Return the parts that bring IPVS to what it should be, with what stays for its connections, unless they are `cut`."""
        there = set(self.dummy.addresses or ())
        kept = self._kept(wanted.state, cut=cut)
        stays = {*wanted.state.addresses, *kept}
        inner = {one for one in there | stays if any(contains(network, one) for network in wanted.inner)}
        ended = self._ended(wanted.state, stays)
        at_last = companion = _bound(wanted, kept).companion
        if ended - inner:
            companion = _bound(wanted, kept | ended).companion
        parts = self._passes(Aim(wanted.state, Go(wanted.state, cut), stays, companion, inner, cut, ended))
        if companion is at_last:
            return parts
        return (*parts, Part(self.companion, Between(companion, at_last, ChangeReason.ENDED)))

    def _passes(self, aim: Aim) -> tuple[Part, ...]:
        return tuple(passes(Trio(self.servers, self.links, self.companion), aim))

    def settled(self, wanted: WantedIpvs, *, cut: bool = False) -> WantedIpvs:
        """Return what is wanted with what stays for its connections: its address is one whose other ports are refused."""
        return _bound(wanted, self._kept(wanted.state, cut=cut))

    def leaving(self, elsewhere: Frontends = MappingProxyType({}), *, cut: bool = False) -> tuple[Part, ...]:
        """Return the parts that take IPVS away, what has connections excepted; with `cut` everything at once.

        What the other mode serves `elsewhere` keeps its weights as long as it stays.
        """
        if not self.present:
            return ()
        kept = self._kept(IpvsState(), cut=cut)
        # Where the companion is gone, it was left before.
        ended = not self.companion.present()
        waited = frozenset(self.dummy.addresses or ()) if ended else frozenset[Address]()
        served = frozenset(at for at in self.live.virtuals if self._is_served(at, elsewhere))
        inner = frozenset(one for one in self.dummy.addresses or () if self._is_inner(one))
        return self._passes(Aim(IpvsState(), Leave(served, cut, ended), kept or None, NftState(), inner, cut, waited))

    def _is_served(self, at: VirtualKey, elsewhere: Frontends) -> bool:
        """Tell whether clients of a virtual server are sent on by the rules of another mode."""
        if place(at.address, at.port, at.protocol) in elsewhere or self._is_inner(at.address):
            return True
        on_svcc0 = at.address in (self.dummy.addresses or ())
        return not on_svcc0 and node_port(family_of(at.address), at.port, at.protocol) in elsewhere

    def _is_inner(self, address: Address) -> bool:
        return any(contains(network, address) for network in self.inner)

    def stays(self, wanted: WantedIpvs) -> Mapping[VirtualKey, int]:
        """Return the virtual servers that are wanted no more and stay for their connections, with the number of these."""
        return draining(self.live, wanted.state)

    def busy(self, wanted: WantedIpvs) -> Mapping[tuple[VirtualKey, RealKey], int]:
        """Return the real servers that are wanted no more and stay for their connections, with the number of these.

        One of a stand-in that is wanted at the Service's own virtual server goes nowhere.
        """
        stays = {(wanted.state.virtuals[at].service, to) for at, to in wanted.state.reals}
        return {
            (at, to): number
            for (at, to), number in draining_reals(self.live, wanted.state).items()
            if (self.live.virtuals[at].service, to) not in stays
        }

    def _ended(self, want: IpvsState, stays: AbstractSet[Address]) -> AbstractSet[Address]:
        """Return the addresses on svcc0 of virtual servers that have waited for their connections, which have ended."""
        waits = {at for (at, _), real in self.live.reals.items() if at not in want.virtuals and not real.weight}
        takes = {at.address for (at, _), real in self.live.reals.items() if real.weight}
        return ({at.address for at in waits} & {*(self.dummy.addresses or ())}) - takes - stays

    def _kept(self, want: IpvsState, *, cut: bool) -> AbstractSet[Address]:
        """Return the addresses on svcc0 of virtual servers that stay for their connections."""
        bound = set(self.dummy.addresses or ())
        return set() if cut else {at.address for at in draining(self.live, want)} & bound

    def remember(self, wanted: WantedIpvs, plan: Plan) -> None:
        """Write down every virtual server that may be there from now on, also those that a plan makes for a while.

        Raises:
            Denied: it cannot be written down; nothing has been changed.
        """
        held = {at: one.service for at, one in (*self.live.virtuals.items(), *wanted.state.virtuals.items())}
        record.keep({**made(plan), **held})

    def take_back(self, wanted: WantedIpvs) -> None:
        """Write down what is there after an apply that was rolled back; failing to is no second failure of it."""
        self._write_down(self.live, wanted.state)

    def settle(self, wanted: WantedIpvs) -> None:
        """Write down the virtual servers that are there after an apply; failing to leaves those that were there before written down too."""
        self._write_down(wanted.state, self.live)

    def _write_down(self, there: IpvsState, other: IpvsState) -> None:
        """Write down the virtual servers of one state, and those of another one, or made meanwhile, that stay for their connections."""
        with contextlib.suppress(KernelError):
            more = {**self.servers.made, **{at: one.service for at, one in other.virtuals.items()}}
            stay = self.servers.still(more.keys() - there.virtuals.keys())
            record.keep({**{at: more[at] for at in stay}, **{at: one.service for at, one in there.virtuals.items()}})


def _bound(wanted: WantedIpvs, more: AbstractSet[Address]) -> WantedIpvs:
    """Return what is wanted with more addresses whose unserved ports are refused; inner ones are nobody's to connect to in any case."""
    kept = {
        one for one in more - {*wanted.state.addresses} if not any(contains(network, one) for network in wanted.inner)
    }

    def with_kept(table: NftTable) -> NftTable:
        held = table.collections["bound"]
        fresh: dict[str, str] = {one: "" for one in kept if family_of(one) is table.family}
        bound = replace(held, elements={**held.elements, **fresh})
        return replace(table, collections={**table.collections, "bound": bound})

    tables = {family: with_kept(table) for family, table in wanted.companion.tables.items()}
    return replace(wanted, companion=NftState.of(tables)) if kept else wanted


def made(plan: Plan) -> dict[VirtualKey, str]:
    """Return the virtual servers that a plan makes, with their Service ports."""
    return made_by(operations([one for one in plan.changes if one.subsystem == SUBSYSTEM]))
