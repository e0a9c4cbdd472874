"""Change the schedulers of virtual servers while others stand in for them, so that no new connection meets one without a scheduler.

change = Exchange.of(trio, want, companion, addresses)     None where no scheduler changes for which something can stand in
change.first        what comes before, with the schedulers that are there
change.parts()      and then, in this order:

addresses of the stand-ins come        before the stand-ins, so that whoever is killed here leaves nothing that is not known as svcc's
the stand-ins come
the companion                          sends new connections to them
the schedulers change                  whoever is connected already is not asked for a scheduler any more
the companion                          as it is wanted
addresses, then stand-ins, go          those with connections stay, until an apply finds them idle
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import NamedTuple

from svcc.apply import Part
from svcc.emit.ipvs.ruleset import IpvsState
from svcc.emit.ipvs.stand_ins import StandIns, stand_ins
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
    fresh: tuple[Address, ...]
    """The addresses of stand-ins that nobody else has."""

    @classmethod
    def of(cls, trio: Trio, coming: IpvsState, then: NftState, addresses: AbstractSet[Address]) -> "Exchange | None":
        """Return the change that leads to a state, None where no scheduler changes for which something can stand in.

        `addresses` are those on svcc0, before and behind it.
        """
        servers, links, companion = trio
        if servers is None or links is None or companion is None:
            return None
        leaving = frozenset(links.snapshot().addresses or ()) - addresses
        instead = stand_ins(servers.snapshot(), coming, then.tables, leaving)
        if instead is None:
            return None
        fresh = tuple(one for one in instead.servers.addresses if one not in addresses)
        return cls(servers, links, companion, coming, then, instead, fresh)

    @property
    def first(self) -> IpvsState:
        """What comes at first: all but the schedulers."""
        live = self.servers.snapshot()
        held = {at: live.virtuals[at] for at in self.instead.replaced}
        return replace(self.coming, virtuals={**self.coming.virtuals, **held})

    def parts(self, *, cut: bool) -> Iterator[Part]:
        """Yield the parts that make the change; with `cut` nothing stays for its connections."""
        new, nothing = self.instead.servers, IpvsState()
        addresses, none, instead = Dummy(self.fresh), Dummy(()), NftState.of(self.instead.companions)
        yield Part(self.links, Between(none, addresses, _REASON))
        yield Part(self.servers, Between(nothing, new, _REASON))
        yield Part(self.companion, Between(self.then, instead, _REASON))
        yield Part(self.servers, Between(self.first, self.coming))
        yield Part(self.companion, Between(instead, self.then, _REASON))
        yield Part(self.links, Between(addresses, none, _REASON, cut))
        yield Part(self.servers, Between(new, nothing, _REASON, cut))
