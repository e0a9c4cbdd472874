"""Change the schedulers of virtual servers while others stand in for them, so that no new connection meets one without a scheduler.

change = Exchange.of(trio, want, companion, addresses)     None where no scheduler changes for which something can stand in
change.first        what comes before, with the schedulers that are there
change.parts()      and then, in this order:

addresses of the stand-ins come        before them, and go behind them, so that whoever is killed leaves nothing that is not known as svcc's
the stand-ins come
the companion                          sends new connections to them
the schedulers change                  whoever is connected already is not asked for a scheduler any more
the companion                          as it is wanted
stand-ins go, then their addresses     those with connections stay, until an apply finds them idle
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import NamedTuple

from svcc.apply import Part
from svcc.cli.stand_ins import StandIns, stand_ins
from svcc.emit.ipvs.ruleset import IpvsState
from svcc.kernel.dummy import Svcc0
from svcc.kernel.ipvs import Ipvs
from svcc.kernel.nftables import Nftables
from svcc.net import Address
from svcc.plan.change import ChangeReason
from svcc.plan.links import Dummy
from svcc.plan.nftables import NftState
from svcc.plan.passes import Between

_REASON = ChangeReason.STANDS_IN


class Trio(NamedTuple):
    """What IPVS is made of; None is what does not change."""

    servers: Ipvs | None
    links: Svcc0 | None
    companion: Nftables | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """The change of some schedulers."""

    servers: Ipvs
    links: Svcc0
    companion: Nftables
    coming: IpvsState
    """What the servers are to be afterwards."""
    then: NftState
    """What the companion is before, and is again afterwards."""
    instead: StandIns
    first: IpvsState
    """What comes before: all but the schedulers."""
    come: tuple[Address, ...]
    go: tuple[Address, ...]
    """The addresses of stand-ins that come for them, and go when nobody else has them any more."""

    @classmethod
    def of(cls, trio: Trio, coming: IpvsState, then: NftState, addresses: AbstractSet[Address]) -> "Exchange | None":
        """Return the change that leads to a state, None where no scheduler changes for which something can stand in.

        `addresses` are those that svcc0 is to have.
        """
        servers, links, companion = trio
        if servers is None or links is None or companion is None:
            return None
        live = servers.snapshot()
        instead = stand_ins(live, coming, then.tables, servers.foreign)
        if instead is None:
            return None
        first = replace(coming, virtuals={**coming.virtuals, **{at: live.virtuals[at] for at in instead.replaced}})
        new, there = instead.servers.addresses, {*(links.snapshot().addresses or ()), *addresses}
        come, go = (tuple(one for one in new if one not in others) for others in (there, addresses))
        return cls(servers, links, companion, coming, then, instead, first, come, go)

    @property
    def addresses(self) -> AbstractSet[Address]:
        """Those of all stand-ins."""
        return frozenset(self.instead.servers.addresses)

    def parts(self, *, cut: bool) -> Iterator[Part]:
        """Yield the parts that make the change; with `cut` nothing stays for its connections."""
        new, nothing, none = self.instead.servers, IpvsState(), Dummy(())
        instead = NftState.of(self.instead.companions)
        yield Part(self.links, Between(none, Dummy(self.come), _REASON))
        yield Part(self.servers, Between(nothing, new, _REASON))
        yield Part(self.companion, Between(self.then, instead, _REASON))
        yield Part(self.servers, Between(self.first, self.coming))
        yield Part(self.companion, Between(instead, self.then, _REASON))
        yield Part(self.servers, Between(new, nothing, _REASON, cut))
        yield Part(self.links, Between(Dummy(self.go), none, _REASON, cut))
