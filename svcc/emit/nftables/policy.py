"""The split by client: one chain for each way of splitting, not for each Service.

    pods → pool, node → pool + masquerade, external → local pool      chain outside-local {
                                                                ->        ip saddr @pods return
                                                                          fib saddr type local meta mark set … return
                                                                          goto other
                                                                      }

A policy says of each kind of client whether its source is rewritten and whether it goes to the frontend's other pool. A client that returns
from the chain goes to the first pool. Where nobody is treated specially there is no chain at all.
"""

from collections.abc import Iterator
from typing import NamedTuple

from svcc.emit.nftables.words import Words
from svcc.graph.nodes import Host, PoolId, Route, Target, Verdict
from svcc.net import Family, network_family

OTHER = "other"
PORT = "port-"


class Way(NamedTuple):
    """What becomes of one kind of client."""

    masquerade: bool
    other: bool


class Policy(NamedTuple):
    """The ways of pods, of the node itself and of everybody else; a pod that nothing tells from others is one of them."""

    pod: Way
    node: Way
    external: Way

    @property
    def plain(self) -> bool:
        """Whether nobody is treated specially."""
        return not any(one.masquerade or one.other for one in self)

    @property
    def name(self) -> str:
        """The name of its chain; all but the usual ones are spelled out."""
        usual = _USUAL.get(self)
        if usual is not None:
            return usual
        ways = ("".join(("masquerade" if one.masquerade else "keep", "-other" * one.other)) for one in self)
        return "policy-" + "-".join(ways)


_KEEP, _REWRITE, _LOCAL = (
    Way(masquerade=False, other=False),
    Way(masquerade=True, other=False),
    Way(masquerade=False, other=True),
)
_USUAL = {
    Policy(_KEEP, _REWRITE, _REWRITE): "from-cluster",
    Policy(_REWRITE, _REWRITE, _REWRITE): "masquerade-it",
    Policy(_KEEP, _REWRITE, _LOCAL): "outside-local",
    Policy(_REWRITE, _REWRITE, _LOCAL): "outside-local-podless",
}

Goal = PoolId | Verdict


class Split(NamedTuple):
    """A route as its policy and the two pools that it needs; `other` is None where one is enough."""

    policy: Policy
    pool: Goal
    other: Goal | None


def split(route: Route, *, pods_known: bool) -> Split:
    """Return a route as policy and pools."""
    pod = route.pod if pods_known else route.node
    first = route.node.to
    goals = [one for one in dict.fromkeys((route.node.to, pod.to, route.external.to)) if one != first]
    if len(goals) > 1:
        raise AssertionError(f"bug in svcc: a route to three pools: {route}")
    ways = (_way(one, first) for one in (pod, route.node, route.external))
    return Split(Policy(*ways), first, goals[0] if goals else None)


def _way(target: Target, first: Goal) -> Way:
    return Way(target.masquerade and not isinstance(target.to, Verdict), target.to != first)


def rules(policy: Policy, host: Host, word: Words, family: Family, prefix: str) -> Iterator[str]:
    """Yield the rules of a policy's chain."""
    mark = mark_rule(host)
    tests = list(_pod_tests(host, word, family))
    sources_only = host.pods.interface is None
    if tests and policy.pod != policy.external:
        rest = policy.node == policy.external == _REWRITE
        if rest and policy.pod == _KEEP and sources_only:
            yield f"{word.source} != @pods {mark}"
            return
        for test in tests:
            yield from _way_rules(policy.pod, mark, test, prefix)
    if policy.node != policy.external:
        yield from _way_rules(policy.node, mark, "fib saddr type local", prefix)
    yield from _way_rules(policy.external, mark, "", prefix)


def _way_rules(way: Way, mark: str, test: str, prefix: str) -> Iterator[str]:
    if way.masquerade and way.other:
        yield _joined(test, mark)
    verdict = f"goto {prefix}{OTHER}" if way.other else "return" if test else ""
    statement = _joined(mark if way.masquerade and not way.other else "", verdict)
    if statement:
        yield _joined(test, statement)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _pod_tests(host: Host, word: Words, family: Family) -> Iterator[str]:
    if host.pods.interface is not None:
        yield f'iifname "{host.pods.interface}{"*" * host.pods.prefix}"'
    if any(network_family(one) is family for one in host.pods.networks):
        yield f"{word.source} @pods"


def mark_rule(host: Host) -> str:
    """Return the statement that marks a packet whose source is to be rewritten."""
    return f"meta mark set meta mark | 0x{1 << host.masquerade_bit:08x}"
