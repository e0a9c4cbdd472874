"""Compare what ip_vs holds with what it should hold: virtual servers, and the real servers of each.

    live  10.96.0.10:80/TCP rr → 10.128.7.21:8080      CREATE real server 10.96.0.10:80/TCP → 10.128.7.22:8080   masq weight 1
    want  10.96.0.10:80/TCP rr → 10.128.7.22:8080  ->  UPDATE real server 10.96.0.10:80/TCP → 10.128.7.21:8080   weight 1 ⇒ weight 0
                                                       (DELETE, when it has no connections)

A virtual server that comes or goes is one change with its real servers. What comes and what goes are planned apart (`passes`), since
the companion table has to change between them: no packet may be let through to a virtual server that is not there yet, or no more.

A real server that keeps its place and gets the weight 0 counts as one that goes: others have come by then, and who is still sent to it is served.

Nothing that goes is cut off: a real server with connections over TCP or SCTP gets weight 0 and stays until a later plan finds it idle, and
so does its virtual server. UDP has no connections that an end could be waited for. With `dh` a client's destination leads to one server alone, and
while that has weight 0 all new clients are refused (Linux 6.1; `sh` and `mh` have a fallback for it): there it goes at once.

When another mode takes over (`Leave`, or a rollback to a state without virtual servers), what it serves keeps its weights as long as it stays.
The rules of the other mode take new connections before ip_vs sees them. Only who got no answer to a first packet, and sends it again, still comes
by, since conntrack knows it already.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from svcc.emit.ipvs.operation import Operation, Verb
from svcc.emit.ipvs.ruleset import IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.net import Protocol
from svcc.plan.change import Action, Change, ChangeReason
from svcc.plan.frontends import Frontends
from svcc.plan.services import Side, Sides

SUBSYSTEM = "ipvs"
WITHOUT_CHOICE = "dh"
"""The scheduler that has no second server for a client."""
VIRTUAL, REAL = "virtual server", "real server"


@dataclass(frozen=True, slots=True)
class Leave:
    """Everything goes, since another mode takes over."""

    served: Collection[VirtualKey] | None = None
    """What that serves too; None is all there is."""
    cut: bool = False
    ended: bool = False
    """Whether it took over before, and what is there has waited for its connections."""


def diff(live: IpvsState, want: IpvsState) -> tuple[Change, ...]:
    """Return what must change so that `live` becomes `want`, but for what stays for its connections; nothing when they are equal."""
    return (*comes(live, want), *(goes(live, want) if want.virtuals else leaves(live, Leave())))


def leaves(live: IpvsState, want: Leave) -> tuple[Change, ...]:
    """Return what of `live` can go now that another mode takes over."""
    served = live.virtuals.keys() if want.served is None else want.served
    changes = goes(live, IpvsState(), cut=want.cut, served=served)
    ended = [replace(one, reason=ChangeReason.ENDED) if one.action is Action.DELETE else one for one in changes]
    return tuple(ended) if want.ended else changes


def comes(live: IpvsState, want: IpvsState) -> tuple[Change, ...]:
    """Return what of `want` is missing or different; weights of 0 come with what goes."""
    reals = _by_virtual(want)
    new = [_new_virtual(at, one, reals.get(at, {})) for at, one in want.virtuals.items() if at not in live.virtuals]
    changed = [
        _changed_virtual(at, live.virtuals[at], one)
        for at, one in want.virtuals.items()
        if at in live.virtuals and live.virtuals[at] != one
    ]
    told = [
        _real(at, to, live.reals.get((at, to)), one, want.virtuals[at].service)
        for (at, to), one in want.reals.items()
        if at in live.virtuals and live.reals.get((at, to)) != one and not _quiets(live.reals.get((at, to)), one)
    ]
    # More real servers before another way of choosing among them.
    return (*new, *told, *changed)


def goes(
    live: IpvsState, want: IpvsState, *, cut: bool = False, served: Collection[VirtualKey] = ()
) -> tuple[Change, ...]:
    """Return what of `live` is not of `want`, as far as it can go now; with `cut` all of it. What another mode has `served` keeps its weights."""
    kept = draining_reals(live, want) if not cut else {}
    staying = {at for at, _ in kept}
    reals = _by_virtual(live)
    changes = [
        _real(at, to, live.reals[at, to], one, want.virtuals[at].service)
        for (at, to), one in want.reals.items()
        if not one.weight and _quiets(live.reals.get((at, to)), one)
    ]
    for (at, to), real in live.reals.items():
        if (at, to) in want.reals or (at not in want.virtuals and at not in staying):
            continue
        whose = _service(live, want, at)
        if (at, to) not in kept:
            gone = _gone_real(at, to, real, whose, gentle=not cut and _is_gentle(at, want))
            changes.append(gone if at in want.virtuals else _ended(gone, [real]))
        elif real.weight and at not in served:
            drained = replace(real, weight=0)
            changes.append(replace(_real(at, to, real, drained, whose), reason=ChangeReason.DRAINS))
    for at, virtual in live.virtuals.items():
        if at not in want.virtuals and at not in staying:
            held = reals.get(at, {})
            changes.append(_ended(_gone_virtual(at, virtual, held, cut=cut, quiet=at not in served), held.values()))
    return tuple(changes)


def draining(live: IpvsState, want: IpvsState) -> Mapping[VirtualKey, int]:
    """Return the virtual servers that `want` does not have and that stay for their connections, with the number of these."""
    found: dict[VirtualKey, int] = {}
    for (at, _), number in draining_reals(live, want).items():
        if at not in want.virtuals:
            found[at] = found.get(at, 0) + number
    return found


def draining_reals(live: IpvsState, want: IpvsState) -> Mapping[tuple[VirtualKey, RealKey], int]:
    """Return the real servers that `want` does not have and that stay for their connections, with the number of these."""
    return {
        key: number
        for key, number in live.connections.items()
        if number and key not in want.reals and _is_gentle(key[0], want)
    }


def _ended(gone: Change, held: Collection[Real]) -> Change:
    """Return what goes with the reason that it has waited for its connections, if these real servers have."""
    waited = bool(held) and not any(one.weight for one in held)
    return replace(gone, reason=ChangeReason.ENDED) if waited else gone


def was_draining(change: Change) -> bool:
    """Tell whether a change takes away a real server that took no new connections, as one that waits for those it has."""
    if change.subsystem != SUBSYSTEM or change.kind != REAL or change.action is not Action.DELETE:
        return False
    return any(line.split()[1:3] == ["weight", "0"] for line in change.before or ())


def _quiets(before: Real | None, after: Real) -> bool:
    """Tell whether a real server takes new connections before, and none after."""
    return before is not None and before.weight > 0 and after.weight == 0


def _is_gentle(at: VirtualKey, want: IpvsState) -> bool:
    """Tell whether a real server of a virtual one may wait for its connections to end."""
    stays = want.virtuals.get(at)
    return at.protocol is not Protocol.UDP and (stays is None or stays.scheduler != WITHOUT_CHOICE)


def _by_virtual(state: IpvsState) -> dict[VirtualKey, dict[RealKey, Real]]:
    found: dict[VirtualKey, dict[RealKey, Real]] = {}
    for (at, to), real in state.reals.items():
        found.setdefault(at, {})[to] = real
    return found


def _service(live: IpvsState, want: IpvsState, at: VirtualKey) -> str:
    one = want.virtuals.get(at) or live.virtuals.get(at)
    return one.service if one is not None else ""


def _change(key: str, lines: tuple[tuple[str, ...] | None, tuple[str, ...] | None], **more: object) -> Change:
    before, after = lines
    if before is None:
        action, reason = Action.CREATE, ChangeReason.MISSING
    elif after is None:
        action, reason = Action.DELETE, ChangeReason.UNWANTED
    else:
        action, reason = Action.UPDATE, ChangeReason.DIFFERS
    kind = REAL if _BETWEEN in key else VIRTUAL
    return Change(action, SUBSYSTEM, kind, key, before, after, reason, **more)  # type: ignore[arg-type]


_BETWEEN = " → "


def _new_virtual(at: VirtualKey, virtual: Virtual, reals: Mapping[RealKey, Real]) -> Change:
    operations = (
        Operation(Verb.ADD, at, virtual=virtual),
        *(Operation(Verb.ADD, at, to, real=real) for to, real in reals.items()),
    )
    return _change(
        str(at), (None, _lines(virtual, reals)), service=virtual.service, origin=virtual.origin, operations=operations
    )


def _gone_virtual(at: VirtualKey, virtual: Virtual, reals: Mapping[RealKey, Real], *, cut: bool, quiet: bool) -> Change:
    gentle = not cut and at.protocol is not Protocol.UDP
    quieting = (
        Operation(Verb.SET, at, to, real=replace(real, weight=0))
        for to, real in reals.items()
        if gentle and quiet and real.weight
    )
    operations = (*quieting, Operation(Verb.DELETE, at, if_idle=gentle))
    return _change(str(at), (_lines(virtual, reals), None), service=virtual.service, operations=operations)


def _changed_virtual(at: VirtualKey, before: Virtual, after: Virtual) -> Change:
    operations = (Operation(Verb.SET, at, virtual=after),)
    lines = ((_virtual_line(before),), (_virtual_line(after),))
    return _change(str(at), lines, service=after.service, origin=after.origin, operations=operations)


def _real(at: VirtualKey, to: RealKey, before: Real | None, after: Real, service: str) -> Change:
    operation = Operation(Verb.ADD if before is None else Verb.SET, at, to, real=after)
    lines = (None if before is None else (_real_line(before),), (_real_line(after),))
    return _change(f"{at}{_BETWEEN}{to}", lines, service=service, origin=after.origin, operations=(operation,))


def _gone_real(at: VirtualKey, to: RealKey, real: Real, service: str, *, gentle: bool) -> Change:
    quiet = (Operation(Verb.SET, at, to, real=replace(real, weight=0)),) if gentle and real.weight else ()
    operations = (*quiet, Operation(Verb.DELETE, at, to, if_idle=gentle))
    return _change(f"{at}{_BETWEEN}{to}", ((_real_line(real),), None), service=service, operations=operations)


def _lines(virtual: Virtual, reals: Mapping[RealKey, Real]) -> tuple[str, ...]:
    return (_virtual_line(virtual), *(f"{to} {_real_line(real)}" for to, real in reals.items()))


def _virtual_line(one: Virtual) -> str:
    sticky = f" persistent {one.persistence}" if one.persistence is not None else ""
    return f"{one.scheduler}{''.join(f' {flag}' for flag in one.flags)}{sticky}"


def _real_line(one: Real) -> str:
    limits = f" connections {one.lower} to {one.upper}" if one.lower or one.upper else ""
    return f"{one.forwarding} weight {one.weight}{limits}"


def operations(changes: Collection[Change]) -> Iterator[Operation]:
    """Yield what is to be told to ip_vs, in order."""
    for change in changes:
        assert change.subsystem == SUBSYSTEM, f"bug in svcc: {change.key} is not of ip_vs"
        for one in change.operations:
            assert isinstance(one, Operation), f"bug in svcc: {change.key} has no operation"
            yield one


def made_by(some: Iterable[Operation]) -> dict[VirtualKey, str]:
    """Return the virtual servers that operations make, with their Service ports."""
    return {
        one.at: one.virtual.service
        for one in some
        if one.verb is Verb.ADD and one.to is None and one.virtual is not None
    }


def sides(live: IpvsState, want: IpvsState, changes: Collection[Change]) -> Sides:
    """Return the backends, before and after, of the Service ports that the changes touch."""
    touched = {one.service for one in changes}
    before, after = _backends(live, touched), _backends(want, touched)
    return {name: (before.get(name), after.get(name)) for name in sorted(touched) if name}


def frontends(state: IpvsState) -> Frontends:
    """Return the virtual servers that lead to a real server; those that are left for their connections do not."""
    serving = {at for (at, _), real in state.reals.items() if real.weight}
    return {str(at): one.service for at, one in state.virtuals.items() if at in serving}


def _backends(state: IpvsState, services: Collection[str]) -> dict[str, Side]:
    found: dict[str, dict[str, None]] = {one.service: {} for one in state.virtuals.values() if one.service in services}
    for (at, to), real in state.reals.items():
        whose = state.virtuals[at].service
        if whose in found and real.weight:
            found[whose][str(to)] = None
    return {name: tuple(held) for name, held in found.items()}


def named_as(read: IpvsState, known: IpvsState) -> IpvsState:
    """Return what was read with the Service ports and origins of a state that is known: a kernel keeps no names."""
    virtuals = {
        at: replace(one, service=held.service, origin=held.origin)
        if (held := known.virtuals.get(at)) is not None and held.service
        else one
        for at, one in read.virtuals.items()
    }
    return replace(read, virtuals=virtuals)
