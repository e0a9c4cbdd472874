"""Lower the rule graph to nftables: one table a family.

    Frontend 10.96.0.10:80/TCP, cluster policy     policies  10.96.0.10 . tcp . 80 : jump from-cluster
    Pool shop/cart:http, two backends         ->   pools     10.96.0.10 . tcp . 80 : 581f:22e0
                                                   picks     581f:22e0 : goto pick-2
                                                   slots     581f:22e0 . 0 : 5c07:a1f3, 581f:22e0 . 1 : 5c9b:0044
                                                   members   5c07:a1f3 : 10.128.7.21 . 8080, 5c9b:44 : 10.128.9.31 . 8080

Everything of a Service is elements of maps, so that a change of it is a change of elements; chains come by the number of endpoints.
"""

from collections.abc import Mapping

from svcc.diag import Span
from svcc.emit.nftables.ids import DISCARD, MEMBERS, POOLS, REFUSE, classid, numbers
from svcc.emit.nftables.policy import PORT, Goal, Policy, Split, rules, split
from svcc.emit.nftables.ruleset import Chain, NftTable
from svcc.emit.nftables.skeleton import Shape, chains, collections, network_text, shape_chains
from svcc.emit.nftables.slots import slots
from svcc.emit.nftables.words import words
from svcc.graph.nodes import Backend, Frontend, NodePort, Pool, PoolId, RuleGraph, Verdict
from svcc.net import Family, family_of, network_family

_VERDICTS = {Verdict.REJECT: REFUSE, Verdict.DROP: DISCARD}
COMMENT = 128
"""Letters that nft lets an element say; only the longest names are longer."""
_OTHER_POOLS = {"": "others", PORT: "port-others"}


def lower(graph: RuleGraph) -> Mapping[Family, NftTable]:
    """Return the table of each family; one that has nothing to do is empty. What `limits` refuses has no meaning here."""
    return {family: _Lowering(graph, family).table() for family in Family}


class _Lowering:
    """The table of one family as it grows."""

    def __init__(self, graph: RuleGraph, family: Family) -> None:
        self.graph = graph
        self.host = graph.host
        self.family = family
        self.word = words(family)
        self.pods_known = self.host.pods.known(family)
        self.frontends = [one for one in graph.frontends if one.family is family]
        self.pools = {one.id: one for one in graph.pools if one.family is family}
        self.collections = collections(self.word, self.host, family)
        self.chains: dict[str, Chain] = {}

    def table(self) -> NftTable:
        """Return the table, empty where this family has no Service and no range."""
        owned = [one for one in self.host.cluster_ips if family_of(one) is self.family]
        ranges = any(network_family(one) is self.family for one in self.host.service_cidrs)
        if not (self.frontends or owned or ranges):
            return NftTable(self.family)
        self.chains |= chains(self.word, self.host, self.family)
        for address in owned:
            self._set("owned", address, "goto unserved")
        for address in self.host.untouched:
            if family_of(address) is self.family:
                self._set("owned", address, "return")
        splits = [(one, split(one.then, pods_known=self.pods_known)) for one in self.frontends]
        ids = self._pool_ids(splits)
        for frontend, found in splits:
            self._frontend(frontend, found, ids)
        members = numbers(MEMBERS, (_member(one) for pool, _ in ids for one in self.pools[pool].backends))
        for (pool, other), number in ids.items():
            self._pool(self.pools[pool], number, members, other=other)
        self._sticky(splits)
        return NftTable(self.family, self.collections, self.chains)

    def _set(self, name: str, key: str, data: str = "", origin: Span | None = None) -> None:
        collection = self.collections[name]
        elements, origins = collection.elements, collection.origins
        assert isinstance(elements, dict)
        elements[key] = data
        if origin is not None:
            assert isinstance(origins, dict)
            origins[key] = origin

    def _comment(self, name: str, key: str, comment: str) -> None:
        comments = self.collections[name].comments
        assert isinstance(comments, dict)
        comments[key] = comment

    def _pool_ids(self, splits: list[tuple[Frontend, Split]]) -> dict[tuple[PoolId, bool], int]:
        """Return the number of each pool that is used; one that is a first and an other pool, and sticky, has two."""
        used: dict[tuple[PoolId, bool], str] = {}
        for _, found in splits:
            for goal, other in ((found.pool, False), (found.other, True)):
                if isinstance(goal, PoolId):
                    apart = other and self.pools[goal].affinity is not None
                    used[goal, apart] = f"{goal}{' other' * apart}"
        found_numbers = numbers(POOLS, used.values())
        return {key: found_numbers[name] for key, name in sorted(used.items())}

    def _number(self, goal: Goal, ids: Mapping[tuple[PoolId, bool], int], *, other: bool) -> str:
        if isinstance(goal, Verdict):
            return _VERDICTS[goal]
        return classid(ids[goal, other and self.pools[goal].affinity is not None])

    def _frontend(self, frontend: Frontend, found: Split, ids: Mapping[tuple[PoolId, bool], int]) -> None:
        prefix, key, origin = _prefix(frontend), _key(frontend), frontend.origin
        self._set(f"{prefix}pools", key, self._number(found.pool, ids, other=False), origin)
        self._comment(f"{prefix}pools", key, str(frontend.service)[:COMMENT])
        if found.other is not None:
            self._set(_OTHER_POOLS[prefix], key, self._number(found.other, ids, other=True), origin)
        to = self._policy(found.policy, prefix)
        if frontend.gate is None:
            if to:
                self._set(f"{prefix}policies", key, to, origin)
            return
        self._set(f"{prefix}policies", key, f"jump {prefix}gated", origin)
        if to:
            self._set(f"{prefix}gates", key, to, origin)
        for network in frontend.gate.allow:
            self._set(f"{prefix}allowed", f"{key} . {network_text(network)}", "", origin)

    def _policy(self, policy: Policy, prefix: str) -> str:
        if policy.plain:
            return ""
        # Only what goes to another pool depends on where that is looked up.
        prefix = prefix if any(one.other for one in policy) else ""
        name = f"{prefix}{policy.name}"
        if name not in self.chains:
            self.chains[name] = Chain(None, tuple(rules(policy, self.host, self.word, self.family, prefix)))
        return f"jump {name}"

    def _pool(self, pool: Pool, number: int, members: Mapping[str, int], *, other: bool) -> None:
        held = slots(pool)
        shape = Shape(len(held), pool.affinity, other, pool.scheduler == "sh")
        self.chains |= shape_chains(shape, self.word)
        self._set("picks", classid(number), f"goto {shape.chain}", pool.origin)
        own = self._sticky_members(pool) if pool.affinity is not None else members
        for index, backend in enumerate(held):
            self._set("slots", f"{classid(number)} . {index}", classid(own[_member(backend)]), backend.origin)
        for backend in pool.backends:
            if pool.affinity is None:
                self._set("members", classid(own[_member(backend)]), _backend(backend), backend.origin)

    def _sticky_members(self, pool: Pool) -> dict[str, int]:
        """Return numbers that are one pool's alone: a client is never remembered to be another Service's."""
        names = {_member(one): f"{pool.id} {_member(one)}" for one in pool.backends}
        found = numbers(MEMBERS, names.values())
        return {member: found[name] for member, name in names.items()}

    def _sticky(self, splits: list[tuple[Frontend, Split]]) -> None:
        for frontend, found in splits:
            for goal in (found.pool, found.other):
                pool = self.pools[goal] if isinstance(goal, PoolId) else None
                if pool is None or pool.affinity is None:
                    continue
                own = self._sticky_members(pool)
                for backend in pool.backends:
                    key = f"{_key(frontend)} . {classid(own[_member(backend)])}"
                    self._set(f"{_prefix(frontend)}sticky", key, _backend(backend), backend.origin)


def _prefix(frontend: Frontend) -> str:
    return PORT if isinstance(frontend.at, NodePort) else ""


def _key(frontend: Frontend) -> str:
    at = frontend.at
    port = f"{at.protocol.word} . {at.port}"
    return port if isinstance(at, NodePort) else f"{at.address} . {port}"


def _member(backend: Backend) -> str:
    return f"{backend.address} {backend.port}"


def _backend(backend: Backend) -> str:
    return f"{backend.address} . {backend.port}"
