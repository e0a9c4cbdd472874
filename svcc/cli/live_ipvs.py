"""What of IPVS the commands that look at a kernel share: virtual servers, the companion's tables, and the addresses on svcc0.

    held = HeldIpvs.look(known="table ip svcc-ipvs { … }", excluded=())
    held.arriving(wanted)    the parts that bring IPVS to what it should be      held.leaving()    those that take it away

The order of the parts, each of which may fail and then sees all before it undone:

    real and virtual servers that come     nothing leads to new ones yet; old ones have more servers than before
    addresses that go                      of Services that are gone, and have no connection left
    inner addresses that come              before the companion sends anybody there
    the companion table                    from here on packets are let through, or refused, as they should be
    other addresses that come              behind the companion, so that no port of theirs is ever this node's own listener's
    inner addresses that go                nobody is sent there any more
    real and virtual servers that go       nothing leads to them any more; those with connections get weight 0, and stay

A packet that is let through to an address which is not there leaves this node, and conntrack remembers that it did: the connection stays
broken when the address has come. Of an inner address that would be a client of a Service that works all the time.

A virtual server that goes and has connections keeps its address until a later apply finds it idle; the companion refuses new connections.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from svcc.apply import Part
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
from svcc.net import Address, Network, contains, family_of, number
from svcc.plan.ipvs import draining, draining_reals, staying
from svcc.plan.links import Add, Dummy
from svcc.plan.nftables import NftState
from svcc.plan.passes import Come, Go

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

    @classmethod
    def look(
        cls, known: str | None, excluded: Sequence[Network] = (), taken: Mapping[VirtualKey, Virtual] | None = None
    ) -> "HeldIpvs":
        """Read the kernel; `known` is the text of the companion, where that is certain, and `taken` are ours whoever made them."""
        links = Svcc0()
        dummy = links.snapshot()
        recorded = record.recall()
        bound = frozenset(dummy.addresses or ())

        def owned(at: VirtualKey) -> bool:
            if taken is not None and at in taken:
                return True
            return (at in recorded or at.address in bound) and not any(contains(one, at.address) for one in excluded)

        tools: Tools = Netlink() if modules.present("ip_vs") else Absent()
        named = {at: Virtual("", service=service) for at, service in recorded.items()}
        servers = Ipvs(owned, tools, named)
        return cls(servers, links, Nftables(known=known, table=COMPANION), servers.snapshot(), dummy)

    @property
    def present(self) -> bool:
        """Whether anything of ours is there."""
        return bool(self.live.virtuals) or self.dummy.addresses is not None or self.companion.present()

    def arriving(self, wanted: WantedIpvs, *, cut: bool = False) -> tuple[Part, ...]:
        """Return the parts that bring IPVS to what it should be, with what stays for its connections, unless they are `cut`."""
        there = set(self.dummy.addresses or ())
        stays = {*wanted.state.addresses, *self._kept(wanted.state, cut=cut)}
        inner = {one for one in there | stays if any(contains(network, one) for network in wanted.inner)}
        return (
            Part(self.servers, Come(wanted.state)),
            Part(self.links, Go(Dummy(_sorted(stays | inner)))),
            Part(self.links, Come(Dummy(_sorted(stays & inner)))),
            Part(self.companion, self.settled(wanted, cut=cut).companion),
            Part(self.links, Add(_sorted(stays - inner))),
            Part(self.links, Go(Dummy(_sorted(stays | (there - inner))))),
            Part(self.servers, Go(wanted.state, cut)),
        )

    def settled(self, wanted: WantedIpvs, *, cut: bool = False) -> WantedIpvs:
        """Return what is wanted with what stays for its connections: its address is one whose other ports are refused."""
        kept = self._kept(wanted.state, cut=cut)
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

    def leaving(self, *, cut: bool = False) -> tuple[Part, ...]:
        """Return the parts that take IPVS away, what has connections excepted; with `cut` everything at once.

        What stays keeps its weights: the rules of the other mode take new connections before ip_vs sees them, but for a client that
        uses a port again while conntrack still knows where that led. It would be refused.
        """
        if not self.present:
            return ()
        kept = self._kept(IpvsState(), cut=cut)
        stays = IpvsState() if cut else staying(self.live)
        return (
            Part(self.companion, NftState()),
            Part(self.links, Go(Dummy(_sorted(kept) if kept else None))),
            Part(self.servers, Go(stays, cut)),
        )

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

    def take_back(self) -> None:
        """Write down what was there before an apply that was rolled back; failing to is no second failure of it."""
        with contextlib.suppress(KernelError):
            record.keep({at: one.service for at, one in self.live.virtuals.items()})

    def settle(self, wanted: WantedIpvs, *, cut: bool = False) -> None:
        """Write down the virtual servers that are there after an apply; failing to leaves those that were there before written down too."""
        kept = {} if cut else {at: self.live.virtuals[at].service for at in self.stays(wanted)}
        with contextlib.suppress(KernelError):
            record.keep({**kept, **{at: one.service for at, one in wanted.state.virtuals.items()}})


def _sorted(addresses: set[Address]) -> tuple[Address, ...]:
    return tuple(sorted(addresses, key=lambda one: (":" in one, number(one))))
