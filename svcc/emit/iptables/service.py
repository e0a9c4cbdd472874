"""Write the chains of the Services: pools, the split by client, and gates.

    Route(pod → pool, node → pool + masquerade, external → pool + masquerade), two backends
      SVCC-SVC-X  ! -s 10.128.0.0/14 -m comment --comment "shop/cart:http" -j MARK --set-xmark 0x4000/0x4000
      SVCC-SVC-X  -p tcp -m statistic --mode random --probability 0.50000000000 -j DNAT --to-destination 10.128.7.21:8080
      SVCC-SVC-X  -p tcp -j DNAT --to-destination 10.128.9.31:8080
      entry: SVCC-SVC-X

A pool's chain begins with the masquerade mark that *all* traffic to it needs: of everyone, of everyone but pods, or of
nobody (its prelude). A route whose targets need no more than that enters the pool directly; any other route gets a chain of
its own, `EXT` or `CIP`, that marks and splits. There is one rule an endpoint, or two with session affinity.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from svcc.diag import Span
from svcc.emit.iptables.draft import Draft
from svcc.emit.iptables.match import (
    Chance,
    Comment,
    InInterface,
    LocalType,
    Match,
    Proto,
    Remember,
    Remembered,
    Source,
)
from svcc.emit.iptables.rule import DnatTo, Goto, Jump, Return, Rule, SetMark
from svcc.emit.names import endpoint_list, gate_chain, pool_chain, route_chain
from svcc.graph.nodes import Backend, Frontend, FrontendKind, Host, Origin, Pool, PoolId, Target, Verdict
from svcc.net import endpoint_text, network_family

REFUSE = "SVCC-REFUSE"
DISCARD = "SVCC-DISCARD"
OUTSIDERS = "SVCC-OUTSIDERS"


class Prelude(Enum):
    """Whose packets a pool's chain marks for masquerading before anything else."""

    NOBODY = 0
    OUTSIDERS = 1
    EVERYONE = 2


def preludes(frontends: Iterable[Frontend], *, pods_known: bool) -> dict[PoolId, Prelude]:
    """Return the widest prelude of each pool that none of its routes contradicts."""
    pods: dict[PoolId, bool] = {}
    others: dict[PoolId, bool] = {}
    for route in {one.then for one in frontends}:
        for target, seen in ((route.pod, pods), (route.node, others), (route.external, others)):
            if isinstance(target.to, Verdict) or (seen is pods and not pods_known):
                continue
            seen[target.to] = seen.get(target.to, True) and target.masquerade
    return {pool: _prelude(others.get(pool, True), pods.get(pool, True)) for pool in pods | others}


def _prelude(others: bool, pods: bool) -> Prelude:  # noqa: FBT001 - two answers to one question
    if not others:
        return Prelude.NOBODY
    return Prelude.EVERYONE if pods else Prelude.OUTSIDERS


class _Way(NamedTuple):
    """Where one kind of client goes, and whether it must be marked before it enters the pool."""

    origin: Origin
    target: Target
    marked: bool


class ServiceChains:
    """Writes the chains of one family's Services into a draft."""

    def __init__(self, draft: Draft, host: Host, frontends: Iterable[Frontend]) -> None:
        self.draft = draft
        self.pods_known = host.pods.known(draft.family)
        self.preludes: Mapping[PoolId, Prelude] = preludes(frontends, pods_known=self.pods_known)
        self.masquerade = SetMark(1 << host.masquerade_bit, 1 << host.masquerade_bit)
        self.pod_matches = tuple(_pod_matches(host, draft))

    def outsiders(self) -> None:
        """Write the chain that marks everyone but pods, where one rule cannot say it."""
        if len(self.pod_matches) > 1:
            for match in self.pod_matches:
                self.draft.add("nat", OUTSIDERS, Rule((match,), Return()))
            self.draft.add("nat", OUTSIDERS, Rule((), self.masquerade))

    def pool(self, pool: Pool) -> None:
        """Write the chain of one pool."""
        name = pool_chain(pool.id)
        comment: tuple[Match, ...] = (Comment(str(pool.id.name)),)
        for rule, origin in self._pool_rules(pool):
            if comment:
                # The comment goes behind `-p`: iptables-save prints -s, -i and -p before any other match.
                first = sum(isinstance(one, Source | InInterface | Proto) for one in rule.matches)
                rule = Rule((*rule.matches[:first], *comment, *rule.matches[first:]), rule.action)  # noqa: PLW2901
                comment = ()
            self.draft.add("nat", name, rule, origin)

    def _pool_rules(self, pool: Pool) -> Iterator[tuple[Rule, Span | None]]:
        prelude = self.preludes[pool.id]
        if prelude is Prelude.EVERYONE:
            yield Rule((), self.masquerade), pool.origin
        elif prelude is Prelude.OUTSIDERS:
            yield self._mark_outsiders(), pool.origin
        proto = Proto(pool.protocol)
        if pool.affinity is not None:
            for backend in pool.backends:
                known = Remembered(_list(pool, backend), pool.affinity)
                yield Rule((proto, known), DnatTo(backend.address, backend.port)), backend.origin
        left = sum(one.weight for one in pool.backends)
        for backend in pool.backends:
            matches: tuple[Match, ...] = (proto,)
            if backend.weight != left:
                matches = (proto, _chance(backend.weight, left))
            if pool.affinity is not None:
                matches = (*matches, Remember(_list(pool, backend)))
            left -= backend.weight
            yield Rule(matches, DnatTo(backend.address, backend.port)), backend.origin

    def _mark_outsiders(self) -> Rule:
        if len(self.pod_matches) > 1:
            return Rule((), Jump(OUTSIDERS))
        match = self.pod_matches[0]
        if isinstance(match, Source):
            return Rule((Source(match.network, negated=True),), self.masquerade)
        return Rule((InInterface(match.name, negated=True),), self.masquerade)

    def entry(self, frontend: Frontend) -> str:
        """Return the chain that a frontend's packets go to, writing those that do not exist yet."""
        inner = self._route(frontend)
        if frontend.gate is None:
            return inner
        at = frontend.at
        where = "node port" if frontend.kind is FrontendKind.NODE_PORT else str(at)
        name = gate_chain(frontend.service, at.protocol, where)
        comment: tuple[Match, ...] = (Comment(str(frontend.service)),)
        for network in frontend.gate.allow:
            self.draft.add("nat", name, Rule((Source(network), *comment), Goto(inner)), frontend.origin)
            comment = ()
        self.draft.add("nat", name, Rule(comment, Goto(DISCARD)), frontend.origin)
        return name

    def _route(self, frontend: Frontend) -> str:
        route = frontend.then
        steps = [_Way(origin, to := route.target(origin), self._needs_mark(to, origin)) for origin in Origin]
        if not self.pods_known:
            steps = steps[1:]
        marked = any(one.marked for one in steps)
        if not marked and len({one.target.to for one in steps}) == 1:
            return _goal(steps[0].target)
        if len({one.target for one in steps}) == 1:
            steps = [steps[-1]._replace(marked=marked)]
        kind = "CIP" if frontend.kind is FrontendKind.CLUSTER_IP else "EXT"
        name = route_chain(frontend.service, frontend.at.protocol, kind)
        if not self.draft.has("nat", name):
            comment: tuple[Match, ...] = (Comment(str(frontend.service)),)
            for rule in self._split(steps):
                self.draft.add("nat", name, Rule((*rule.matches, *comment), rule.action), frontend.origin)
                comment = ()
        return name

    def _split(self, steps: "list[_Way]") -> Iterator[Rule]:
        """Yield the rules that mark and send each kind of client; the last kind needs no match."""
        last = steps[-1]
        for one in steps[:-1]:
            if one.origin is Origin.NODE and one[1:] == last[1:]:
                continue
            for match in self.pod_matches if one.origin is Origin.POD else (LocalType(source=True),):
                if one.marked:
                    yield Rule((match,), self.masquerade)
                yield Rule((match,), Goto(_goal(one.target)))
        if last.marked:
            yield Rule((), self.masquerade)
        yield Rule((), Goto(_goal(last.target)))

    def _needs_mark(self, target: Target, origin: Origin) -> bool:
        """Tell whether a target must be marked before its pool, because the pool's prelude does not do it."""
        if not target.masquerade or isinstance(target.to, Verdict):
            return False
        prelude = self.preludes[target.to]
        return prelude is Prelude.NOBODY or (prelude is Prelude.OUTSIDERS and origin is Origin.POD)


@cache
def _chance(weight: int, left: int) -> Chance:
    """Return the match that takes `weight` of `left`; most pools need the same few."""
    return Chance(Fraction(weight, left))


def _pod_matches(host: Host, draft: Draft) -> Iterator[Source | InInterface]:
    if host.pods.interface is not None:
        yield InInterface(host.pods.interface + ("+" if host.pods.prefix else ""))
    for network in host.pods.networks:
        if network_family(network) is draft.family:
            yield Source(network)


def _goal(target: Target) -> str:
    if isinstance(target.to, Verdict):
        return REFUSE if target.to is Verdict.REJECT else DISCARD
    return pool_chain(target.to)


def _list(pool: Pool, backend: Backend) -> str:
    return endpoint_list(pool.id, endpoint_text(backend.address, backend.port))
