"""What IPVS and its companion do to a packet, read from their text alone.

    Walker(parse(services), {IPV4: parse_table(companion)}, addresses=("172.20.5.11",)).walk(packet)
      ->  Trace({Dnat("10.128.7.21", 8080, True): 1/2, …}, …)

It is the walk through the companion's tables, with ip_vs between the hooks by which packets enter and those by which they leave. A
scheduler counts as uniform over its real servers' weights, whichever it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from svcc.emit.ipvs.ruleset import IpvsState, Real, RealKey, VirtualKey
from svcc.emit.nftables import walk as nftables
from svcc.emit.nftables.ruleset import NftTable
from svcc.emit.nftables.state import State, Step
from svcc.graph.packet import Fate, Packet
from svcc.net import Address, Family


class Walker:
    """IPVS state and companions for many walks. `addresses` are the node's own, loopback and svcc0 aside."""

    def __init__(self, state: IpvsState, companions: Mapping[Family, NftTable], addresses: tuple[Address, ...]) -> None:
        self._virtuals = state.virtuals
        self._reals: dict[VirtualKey, list[tuple[RealKey, Real]]] = {}
        for (at, to), real in state.reals.items():
            self._reals.setdefault(at, []).append((to, real))
        self._through = nftables.Walker(companions, (*addresses, *state.addresses), between=self._balanced)

    def walk(self, packet: Packet) -> nftables.Trace:
        """Return where one packet goes.

        Raises:
            UnknownRule: a rule on the way is not svcc's.
        """
        return self._through.walk(packet)

    def _balanced(self, state: State) -> Iterator[State]:
        """Yield what a virtual server makes of a packet: one state for each real server, with its share."""
        packet = state.packet
        at = VirtualKey(packet.destination, packet.protocol, packet.port) if packet.protocol is not None else None
        virtual = self._virtuals.get(at) if at is not None else None
        if at is None or virtual is None:
            yield state
            return
        held = [(to, real.weight) for to, real in self._reals.get(at, ()) if real.weight]
        step = Step("ip_vs", f"{at} {virtual.scheduler}", virtual.origin)
        state = replace(
            state, steps=(*state.steps, step), affinity=virtual.persistence, service=virtual.service or state.service
        )
        total = sum(weight for _, weight in held)
        for to, weight in held:
            sent = replace(packet, destination=to.address, port=to.port)
            yield replace(state, packet=sent, translated=True, share=state.share * Fraction(weight, total))
        if not held:
            yield replace(state, fate=Fate.REJECT)
