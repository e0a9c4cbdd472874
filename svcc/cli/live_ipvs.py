"""What of IPVS the commands that look at a kernel share: virtual servers, the companion's tables, and the addresses on svcc0.

    held = HeldIpvs.look(known="table ip svcc-ipvs { … }", options=IpvsOptions())
    held.arriving(wanted)    the parts that bring IPVS to what it should be      held.leaving()    those that take it away

A virtual server that goes and has connections keeps its address until a later apply finds it idle; the companion refuses new connections.
Who connects between the plan and its commit counts too: whether something is idle is looked at once more right before it goes.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
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
from svcc.emit.nftables.ruleset import COMPANION
from svcc.graph.nodes import RuleGraph
from svcc.kernel import modules, record
from svcc.kernel.base import KernelError, Unsupported
from svcc.kernel.dummy import Svcc0
from svcc.kernel.ipvs import Held, Ipvs, Netlink, Tools
from svcc.kernel.nftables import Nftables
from svcc.net import Address, Network, contains, family_of
from svcc.plan.frontends import Frontends, node_port, place
from svcc.plan.ipvs import Leave, draining, draining_reals
from svcc.plan.links import Dummy
from svcc.plan.nftables import NftState
from svcc.plan.passes import Go

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
        stays = {*wanted.state.addresses, *self._kept(wanted.state, cut=cut)}
        inner = {one for one in there | stays if any(contains(network, one) for network in wanted.inner)}
        companion = self.settled(wanted, cut=cut).companion
        return self._passes(Aim(wanted.state, Go(wanted.state, cut), stays, companion, inner, cut))

    def _passes(self, aim: Aim) -> tuple[Part, ...]:
        return tuple(passes(Trio(self.servers, self.links, self.companion), aim))

    def settled(self, wanted: WantedIpvs, *, cut: bool = False) -> WantedIpvs:
        """Return what is wanted with what stays for its connections: its address is one whose other ports are refused.

        Inner addresses are nobody's to connect to in any case.
        """
        kept = {
            one
            for one in self._kept(wanted.state, cut=cut)
            if not any(contains(network, one) for network in wanted.inner)
        }
        tables = {
            family: replace(
                table,
                collections={
                    **table.collections,
                    "bound": replace(
                        table.collections["bound"],
                        elements={
                            **table.collections["bound"].elements,
                            **{one: "" for one in kept if family_of(one) is family},
                        },
                    ),
                },
            )
            for family, table in wanted.companion.tables.items()
        }
        return replace(wanted, companion=NftState.of(tables)) if kept else wanted

    def leaving(self, elsewhere: Frontends = MappingProxyType({}), *, cut: bool = False) -> tuple[Part, ...]:
        """Return the parts that take IPVS away, what has connections excepted; with `cut` everything at once.

        What the other mode serves `elsewhere` keeps its weights as long as it stays.
        """
        if not self.present:
            return ()
        kept = self._kept(IpvsState(), cut=cut)
        served = frozenset(at for at in self.live.virtuals if self._is_served(at, elsewhere))
        inner = frozenset(one for one in self.dummy.addresses or () if self._is_inner(one))
        return self._passes(Aim(IpvsState(), Leave(served, cut), kept or None, NftState(), inner, cut))

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
        """Return the real servers that are wanted no more and stay for their connections, with the number of these."""
        return draining_reals(self.live, wanted.state)

    def _kept(self, want: IpvsState, *, cut: bool) -> set[Address]:
        """Return the addresses on svcc0 of virtual servers that stay for their connections."""
        bound = set(self.dummy.addresses or ())
        return set() if cut else {at.address for at in draining(self.live, want)} & bound

    def remember(self, wanted: WantedIpvs) -> None:
        """Write down every virtual server that may be there from now on.

        Raises:
            Denied: it cannot be written down; nothing has been changed.
        """
        held = {at: one.service for at, one in (*self.live.virtuals.items(), *wanted.state.virtuals.items())}
        record.keep(held)

    def take_back(self, wanted: WantedIpvs) -> None:
        """Write down what is there after an apply that was rolled back; failing to is no second failure of it."""
        self._write_down(self.live, wanted.state)

    def settle(self, wanted: WantedIpvs) -> None:
        """Write down the virtual servers that are there after an apply; failing to leaves those that were there before written down too."""
        self._write_down(wanted.state, self.live)

    def _write_down(self, there: IpvsState, other: IpvsState) -> None:
        """Write down the virtual servers of one state, and of another one those that stay for their connections."""
        with contextlib.suppress(KernelError):
            stay = self.servers.still(other.virtuals.keys() - there.virtuals.keys())
            held = {**{at: other.virtuals[at] for at in stay}, **there.virtuals}
            record.keep({at: one.service for at, one in held.items()})
