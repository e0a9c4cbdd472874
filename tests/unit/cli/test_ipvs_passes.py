"""The way back from IPVS, and to it, takes the same steps as an apply: what leads somewhere comes after, and goes before, what it leads to."""

import contextlib
import errno
from dataclasses import replace

import pytest

from svcc.apply import Opened, apply, make_plan
from svcc.cli.ipvs_passes import back
from svcc.cli.live_ipvs import HeldIpvs
from svcc.config import Mode
from svcc.emit.ipvs.ruleset import Real, RealKey, Virtual, VirtualKey
from svcc.emit.nftables.ruleset import COMPANION
from svcc.kernel.base import KernelError
from svcc.kernel.fake_ipvs import FakeIpvs, FakeSvcc0
from svcc.kernel.fake_nft import FakeNft
from svcc.kernel.nftables import Nftables
from svcc.net import Address, Protocol
from svcc.plan.causes import Signs
from svcc.plan.change import ChangeReason
from svcc.plan.drift import judge
from svcc.plan.nftables import NftState
from svcc.plan.show import lines
from tests.lab.appliance import want
from tests.lab.worker import CONFIG
from tests.vm.cluster import CART, cluster

WANTED = want(cluster(), CONFIG, Mode.IPVS).wanted
FRONT, INNER = sorted(one for one in WANTED.state.addresses if not one.startswith("169.254.")), "169.254."


AWAY, BACK = ["companion", "front", "inner", "servers"], ["servers", "inner", "companion", "front"]


class Node:
    """The three of IPVS in memory, and what was committed to them: `servers`, `companion`, and addresses one by one."""

    def __init__(self):
        self.steps = []
        self.servers = FakeIpvs()
        self.links = FakeSvcc0(in_use=self.servers.in_use)
        self.companion = Nftables(FakeNft(), table=COMPANION)
        for name in ("servers", "links", "companion"):
            self._watch(name, getattr(self, name))

    def _watch(self, name, subsystem):
        commit = subsystem.commit

        def committed(changes):
            commit(changes)
            lines = {line for one in changes for line in (one.after or one.before or ())}
            words = {"inner" if line.startswith(INNER) else "front" for line in lines} if name == "links" else {name}
            self.steps += sorted(words)

        subsystem.commit = committed

    def held(self):
        self.servers.forget()
        return HeldIpvs(
            self.servers, self.links, self.companion, self.servers.snapshot(), self.links.snapshot(), WANTED.inner
        )

    def befores(self):
        """Return what there is, the last subsystem first."""
        self.servers.forget()
        return [(one, one.snapshot()) for one in (self.links, self.companion, self.servers)]

    @property
    def state(self):
        (addresses, companion, servers) = (state for _, state in self.befores())
        return replace(servers, addresses=addresses.addresses or ()), companion

    def failed(self, parts):
        """Apply, fail at the end, and return the steps of the way back."""

        def seal(_):
            self.steps.clear()
            raise KernelError("no")

        with pytest.raises(KernelError, match="no"):
            apply("x", lambda: Opened(parts, back=back, seal=seal))
        return self.steps


def test_an_apply_of_ipvs_is_taken_back_in_the_order_in_which_ipvs_leaves():
    node = Node()
    start = node.befores()
    assert AWAY == node.failed(node.held().arriving(WANTED))
    assert start == node.befores()
    apply("ipvs", lambda: Opened(node.held().arriving(WANTED)))
    node.steps.clear()
    apply("ipvs", lambda: Opened(back(start)))
    assert (AWAY, start) == (node.steps, node.befores())


def test_leaving_ipvs_is_taken_back_in_the_order_in_which_it_comes():
    node = Node()
    apply("ipvs", lambda: Opened(node.held().arriving(WANTED)))
    start = node.befores()
    assert (WANTED.state, WANTED.companion) == node.state
    assert BACK == node.failed(node.held().leaving())
    assert start == node.befores()
    apply("nftables", lambda: Opened(node.held().leaving()))
    node.steps.clear()
    apply("nftables", lambda: Opened(back(start)))
    assert (BACK, start) == (node.steps, node.befores())


def test_what_stands_around_keeps_its_place():
    node, rules, table = Node(), object(), Nftables(FakeNft())
    befores = [(table, NftState()), (node.links, node.links.snapshot()), (rules, {})]
    some = [one.subsystem for one in back(befores)]
    assert (table, rules) == (some[0], some[-1])
    assert node.links in some[1:-1]
    assert [table, rules] == [one.subsystem for one in back([befores[0], befores[2]])]


def test_addresses_of_this_test_are_of_both_kinds():
    assert CART in FRONT
    assert any(one.startswith(INNER) for one in WANTED.state.addresses)


OTHER = want(cluster(annotations={"svcc.dev/scheduler": "lc"}), CONFIG, Mode.IPVS).wanted
EXCHANGE = ["inner", "servers", "companion", "servers", "companion", "inner", "servers"]


def schedulers(node):
    return {at.address: one.scheduler for at, one in node.state[0].virtuals.items()}


def test_a_scheduler_changes_while_something_stands_in_and_the_way_back_is_the_same():
    node = Node()
    apply("ipvs", lambda: Opened(node.held().arriving(WANTED)))
    start = node.befores()
    node.steps.clear()
    apply("ipvs", lambda: Opened(node.held().arriving(OTHER)))
    assert EXCHANGE == node.steps
    assert (OTHER.state, OTHER.companion) == node.state
    node.steps.clear()
    apply("ipvs", lambda: Opened(back(start)))
    assert (EXCHANGE, start) == (node.steps, node.befores())
    assert EXCHANGE == node.failed(node.held().arriving(OTHER))
    assert start == node.befores()


def test_what_stands_in_is_no_drift_and_named_as_what_it_is():
    node = Node()
    apply("ipvs", lambda: Opened(node.held().arriving(OTHER)))
    plan = make_plan("ipvs", node.held().arriving(WANTED))
    (changed,) = (one for one in plan.changes if one.reason is not ChangeReason.STANDS_IN)
    assert ("virtual server", f"{CART}:80/TCP", ("lc",), ("rr",)) == (
        changed.kind,
        changed.key,
        changed.before,
        changed.after,
    )
    drift = judge(plan.changes, (), Signs())
    assert (1, ()) == (drift.by_manifests, drift.by_somebody)
    assert ["lab/cart:x"] == [one.service for one in plan.services]
    assert () == plan.losses.lost
    shown = [*lines(plan)]
    assert shown[0].startswith("~ lab/cart:x")
    assert not [line for line in shown if "169.254" in line or "digest" in line]
    assert any("stands in" in line for line in lines(plan, verbose=True))


def test_who_was_sent_to_a_stand_in_keeps_it_until_the_connection_has_ended():
    node = Node()
    apply("ipvs", lambda: Opened(node.held().arriving(WANTED)))
    commit, seen = node.servers.commit, []

    def committed(changes):
        commit(changes)
        new = [at for at in node.servers.tools.held if at not in WANTED.state.virtuals]
        if new and not seen:
            seen.append(new[0])
            node.servers.connect(new[0], next(to for at, to in OTHER.state.reals if at.address == CART))

    node.servers.commit = committed
    apply("ipvs", lambda: Opened(node.held().arriving(OTHER)))
    (place,) = seen
    assert {0} == {real.weight for (at, _), real in node.servers.snapshot().reals.items() if at == place}
    assert place.address in node.links.snapshot().addresses
    assert () == make_plan("ipvs", node.held().arriving(OTHER)).changes
    another = make_plan("ipvs", node.held().arriving(WANTED))
    assert place not in {
        operation.at for one in another.changes for operation in one.operations if hasattr(operation, "at")
    }
    for at, to in [*node.servers.tools.connections]:
        node.servers.connect_ends(at, to)
    apply("ipvs", lambda: Opened(node.held().arriving(OTHER)))
    assert (OTHER.state, OTHER.companion) == node.state


@pytest.mark.parametrize("number", range(40))
def test_a_change_of_the_scheduler_that_fails_anywhere_ends_at_the_start(number):
    node = Node()
    apply("ipvs", lambda: Opened(node.held().arriving(WANTED)))
    start = node.befores()
    node.servers.tools.refuse_at = {len(node.servers.tools.operations) + number: errno.ENOMEM}
    with contextlib.suppress(KernelError):
        apply("ipvs", lambda: Opened(node.held().arriving(OTHER), back=back))
        assert (OTHER.state, OTHER.companion) == node.state
        return
    assert start == node.befores()
    assert number < 9


def test_addresses_that_others_have_stay_when_stand_ins_go():
    node = Node()
    apply("ipvs", lambda: Opened(node.held().arriving(WANTED)))
    free = Node()
    apply("ipvs", lambda: Opened(free.held().arriving(WANTED)))
    place = next(
        Address(one.after[0])
        for one in make_plan("ipvs", free.held().arriving(OTHER)).changes
        if one.subsystem == "links" and one.after
    )
    # Somebody who has connections at the address at which the stand-in would be, on another port.
    left = VirtualKey(place, Protocol.TCP, 9)
    to = RealKey(Address("10.128.7.21"), 8080)
    node.servers.tools.held[left] = Virtual("rr")
    node.servers.tools.backends[left, to] = Real(1)
    node.links.tools.held.append(place)
    node.servers.connect(left, to)
    node.links = FakeSvcc0(node.links.tools.held, in_use=node.servers.in_use)
    apply("ipvs", lambda: Opened(node.held().arriving(OTHER)))
    assert place in node.links.snapshot().addresses
    assert left in node.servers.snapshot().virtuals
    node.servers.connect_ends(left, to)
    node.links = FakeSvcc0(node.links.tools.held, in_use=node.servers.in_use)
    # Now that address goes with this apply, and nothing stands in there.
    apply("ipvs", lambda: Opened(node.held().arriving(WANTED)))
    assert (WANTED.state, WANTED.companion) == node.state
