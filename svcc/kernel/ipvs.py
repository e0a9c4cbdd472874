"""The IPVS subsystem: virtual and real servers behind snapshot, check, commit and reread.

    ipvs = Ipvs(owned=lambda at: at.address in on_svcc0)
    live = ipvs.snapshot()                               IpvsState(…), only what is ours
    changes = ipvs.plan(live, Come(want))                and later plan(live, Go(want)); a bare state is wanted exactly, but for
                                                         what stays for its connections
    ipvs.check(changes); ipvs.commit(changes)            hundreds of messages a send
    ipvs.reread(changes)                          ->     (): the kernel holds what was wanted

ip_vs has no transaction: each operation is one message, and a commit that fails has done some of them. Going back is a plan from what is
there then to what was there before, which a second look tells exactly.

A virtual server is ours where `owned` says so (its address stands on svcc0, or it was written down before it was made), or where this has
made it. Another one at a place that a Service wants is refused, not taken over. ip_vs keeps no names, so `names` tells which Service port a
virtual server is of.

Facts (Linux 6.1): a question about the real servers of one virtual server is a request of its own, so reading 10,000 of them takes 10,000
requests; after a change only those are asked about that it touched. A virtual server that is deleted takes its real servers along.
"""

import errno
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from svcc.emit.ipvs.operation import Operation, Verb
from svcc.emit.ipvs.ruleset import IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.kernel.base import CommitError, KernelError
from svcc.kernel.ipvs_tools import Held, Netlink, Tools
from svcc.net import Address, Protocol
from svcc.plan.change import Change
from svcc.plan.frontends import Frontends
from svcc.plan.ipvs import SUBSYSTEM, Leave, comes, diff, frontends, goes, leaves, made_by, named_as, operations, sides
from svcc.plan.passes import Between, Come, Go
from svcc.plan.services import Sides

Want = IpvsState | Come[IpvsState] | Go[IpvsState] | Between[IpvsState] | Leave
_WORDS = {
    errno.EEXIST: "it is there already",
    errno.ESRCH: "there is no such virtual server",
    errno.ENOENT: "there is no such real server, or no such scheduler in this kernel",
}


class Ipvs:
    """What of ours ip_vs holds."""

    name = SUBSYSTEM

    def __init__(
        self,
        owned: Callable[[VirtualKey], bool],
        tools: Tools | None = None,
        names: Mapping[VirtualKey, Virtual] = MappingProxyType({}),
    ) -> None:
        self._owned_before = owned
        self._made: dict[VirtualKey, str] = {}
        self._tools = tools or Netlink()
        self._names = IpvsState(names)
        self._foreign: frozenset[VirtualKey] = frozenset()
        self._last: IpvsState | None = None
        self._spared: frozenset[tuple[VirtualKey, RealKey | None]] = frozenset()
        """What commits did not delete, since it had connections."""

    def snapshot(self) -> IpvsState:
        """Return what of ours the kernel holds; read once between two commits, since both passes of an apply begin with it."""
        if self._last is None:
            self._last = self._read()
        return self._last

    def statistics(self) -> dict[VirtualKey, tuple[int, ...]]:
        """Return what each virtual server has counted, ours or not: connections, packets in and out, bytes in and out."""
        return self._tools.statistics()

    @property
    def made(self) -> Mapping[VirtualKey, str]:
        """Every virtual server that a commit has made, with its Service port, whether it is there still or not."""
        return MappingProxyType(self._made)

    @property
    def foreign(self) -> frozenset[VirtualKey]:
        """The virtual servers of others, when they were read last."""
        return self._foreign

    def forget(self) -> None:
        """Read again at the next look: connections come and go by themselves."""
        self._last = None

    def _owned(self, at: VirtualKey) -> bool:
        """Tell whether a virtual server is ours: it was, or this has made it since."""
        return at in self._made or self._owned_before(at)

    def _read(self) -> IpvsState:
        virtuals = self._tools.virtuals()
        held = {at: one for at, one in virtuals.items() if self._owned(at)}
        self._foreign = frozenset(virtuals.keys() - held.keys())
        return named_as(_state(held, self._tools.reals(held)), self._names)

    def plan(self, live: IpvsState, want: Want) -> tuple[Change, ...]:
        """Return what must change so that `live` becomes `want`: one pass of it, or, of a bare state, exactly everything."""
        if isinstance(want, Come):
            return comes(live, want.state)
        if isinstance(want, Go):
            return goes(live, want.state, cut=want.cut)
        if isinstance(want, Leave):
            return leaves(live, want)
        if isinstance(want, Between):
            changes = (*comes(want.before, want.after), *goes(want.before, want.after, cut=want.cut))
            return want.told(changes)
        return diff(live, want)

    def services(self, live: IpvsState, want: Want, changes: Sequence[Change]) -> Sides:
        """Return what the changes mean in Service terms."""
        return sides(live, _state_of(want), changes)

    def frontends(self, state: Want) -> Frontends:
        """Return the virtual servers that lead to a real server."""
        return frontends(_state_of(state))

    def check(self, changes: Sequence[Change]) -> None:
        """Refuse virtual servers that somebody else has made already.

        Raises:
            KernelError: there is one; the message names the Service and the line of its manifest.
        """
        for change in changes:
            for one in operations((change,)):
                if one.at in self._foreign:
                    hint = f"ipvsadm -D removes it, if nobody needs it; `--force` takes it over: {_whose(change)}"
                    raise KernelError(f"there is a virtual server {one.at} already, and it is not svcc's", hint=hint)

    def commit(self, changes: Sequence[Change]) -> None:
        """Do the operations: what comes and changes, then weights of 0, then, of what is idle, deletions.

        Of a virtual server that stays for its connections, the real servers without any go.

        Raises:
            CommitError: one was refused; all others were done.
        """
        self.forget()
        every = [(one, change) for change in changes for one in operations((change,))]
        first = [pair for pair in every if pair[0].verb is not Verb.DELETE]
        last = [pair for pair in every if pair[0].verb is Verb.DELETE]
        self._tell(first, done=0, of=len(every))
        held = dict(self._tools.reals({one.at for one, _ in last if one.if_idle}))
        busy = _busy(held)
        gentle = {(one.at, one.to) for one, _ in last if one.if_idle}
        self._spared = self._spared.difference((one.at, one.to) for one, _ in last) | (busy & gentle)
        goes = list(_going(last, held, busy))
        self._tell(goes, done=len(first), of=len(every))

    def _tell(self, some: Sequence[tuple[Operation, Change]], *, done: int, of: int) -> None:
        # Before it is told: what is cut off on the way has made some of them.
        self._made |= made_by(one for one, _ in some)
        refused = self._tools.tell([one for one, _ in some])
        for at in made_by(some[index][0] for index in refused):
            del self._made[at]
        if refused:
            index = min(refused)
            one, change = some[index]
            words = _WORDS.get(refused[index], os.strerror(refused[index]))
            raise CommitError(f"ip_vs refused to {one}: {words} [{_whose(change)}]", done=done + index, of=of)

    def reread(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Return the changes of which something is still to do: none, when the kernel took it all.

        A server that was to go and has got a connection in the last moment is there still.
        """
        live = self._part(dict.fromkeys(one.at for one in operations(changes)))
        return tuple(one for one in changes if not _is_done(one, live, self._spared))

    def in_use(self, addresses: Collection[Address]) -> frozenset[Address]:
        """Return at which of these addresses a virtual server of ours has connections now that are waited for."""
        mine = {at for at in self._tools.virtuals() if at.address in addresses and self._owned(at)}
        busy = _busy(dict(self._tools.reals({at for at in mine if at.protocol is not Protocol.UDP})))
        return frozenset(at.address for at, _ in busy)

    def still(self, places: Collection[VirtualKey]) -> frozenset[VirtualKey]:
        """Return which of these virtual servers are there."""
        return frozenset(self._tools.virtuals()).intersection(places) if places else frozenset()

    def _part(self, places: Collection[VirtualKey]) -> IpvsState:
        virtuals = self._tools.virtuals()
        held = {at: virtuals[at] for at in places if at in virtuals}
        return _state(held, self._tools.reals(held))


def _state(virtuals: Mapping[VirtualKey, Virtual], told: Iterable[tuple[VirtualKey, Held]]) -> IpvsState:
    reals: dict[tuple[VirtualKey, RealKey], Real] = {}
    connections: dict[tuple[VirtualKey, RealKey], int] = {}
    for at, held in told:
        for to, (real, number) in held.items():
            reals[at, to] = real
            if number:
                connections[at, to] = number
    return IpvsState(virtuals, reals, connections=connections)


def _state_of(want: Want) -> IpvsState:
    if isinstance(want, IpvsState):
        return want
    if isinstance(want, Between):
        return want.after
    return IpvsState() if isinstance(want, Leave) else want.state


def _busy(held: Mapping[VirtualKey, Held]) -> frozenset[tuple[VirtualKey, RealKey | None]]:
    """Return the real servers that have connections, and, without a real server, the virtual servers of these."""
    busy = {(at, to) for at, reals in held.items() for to, (_, connections) in reals.items() if connections}
    return frozenset((*busy, *((at, None) for at, _ in busy)))


def _going(
    deletions: Iterable[tuple[Operation, Change]],
    held: Mapping[VirtualKey, Held],
    busy: Collection[tuple[VirtualKey, RealKey | None]],
) -> Iterator[tuple[Operation, Change]]:
    """Yield the deletions of what is idle."""
    for one, change in deletions:
        if not one.if_idle or (one.at, one.to) not in busy:
            yield one, change
        elif one.to is None:
            yield from ((one._replace(to=to), change) for to in held[one.at] if (one.at, to) not in busy)


def _is_done(change: Change, live: IpvsState, spared: Collection[tuple[VirtualKey, RealKey | None]]) -> bool:
    """Tell whether the kernel holds what the last operation on each server leaves; of one that was spared, what the one before it does.

    Real servers of a virtual one that was spared have gone where they were idle.
    """
    last = {(one.at, one.to): one for one in operations((change,)) if (one.at, one.to) not in spared or not one.if_idle}
    whole = next((one for one in last.values() if one.to is None and one.verb is Verb.DELETE), None)
    some = last.values() if whole is None else (whole,)
    return all(_holds(one, live) or ((one.at, None) in spared and (one.at, one.to) not in live.reals) for one in some)


def _holds(one: Operation, live: IpvsState) -> bool:
    """Tell whether the kernel is as an operation on a server leaves it."""
    if one.verb is Verb.DELETE:
        return one.at not in live.virtuals if one.to is None else (one.at, one.to) not in live.reals
    if one.to is not None:
        return live.reals.get((one.at, one.to)) == one.real
    return live.virtuals.get(one.at) == one.virtual


def _whose(change: Change) -> str:
    whose = f" of {change.service}" if change.service else ""
    where = f", {change.origin}" if change.origin else ""
    return f"{change.kind} {change.key}{whose}{where}"
