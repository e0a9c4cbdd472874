"""A virtual server changes its scheduler while another one stands in: whole or not at all, and whatever is left over is known and goes."""

import errno
from dataclasses import replace

import pytest

from svcc.apply import Opened, apply, make_plan
from svcc.cli.ipvs_passes import back
from svcc.cli.live_ipvs import NOTHING, made
from svcc.config import Mode
from svcc.emit.ipvs.ruleset import Real, RealKey, Virtual, VirtualKey
from svcc.kernel import record
from svcc.kernel.base import KernelError
from svcc.net import Address, Protocol
from svcc.plan.causes import Signs
from svcc.plan.change import ChangeReason
from svcc.plan.drift import is_left_over, judge
from svcc.plan.show import lines
from tests.lab.appliance import want
from tests.lab.worker import CONFIG
from tests.unit.cli.ipvs_node import WANTED, Node
from tests.vm.cluster import CART, cluster

OTHER = want(cluster(annotations={"svcc.dev/scheduler": "lc"}), CONFIG, Mode.IPVS).wanted
EXCHANGE = ["inner", "servers", "companion", "servers", "companion", "servers", "inner"]
POD = RealKey(Address("10.128.7.21"), 8080)
STEPS = 7


def applied(wanted=WANTED):
    node = Node()
    apply("ipvs", lambda: Opened(node.held().arriving(wanted)))
    node.steps.clear()
    return node


def busy_stand_in(node, *pods):
    """Apply another scheduler, let clients connect to what stands in, and return where that is."""
    commit, seen = node.servers.commit, []

    def committed(changes):
        commit(changes)
        new = [at for at in node.servers.tools.held if at not in WANTED.state.virtuals]
        if new and not seen:
            seen.append(new[0])
            for pod in pods:
                node.servers.connect(new[0], pod)

    node.servers.commit = committed
    apply("ipvs", lambda: Opened(node.held().arriving(OTHER)))
    node.servers.commit = commit
    (place,) = seen
    return place


def test_a_scheduler_changes_while_something_stands_in_and_the_way_back_is_the_same():
    node = applied()
    start = node.befores()
    apply("ipvs", lambda: Opened(node.held().arriving(OTHER)))
    assert EXCHANGE == node.steps
    assert (OTHER.state, OTHER.companion) == node.state
    node.steps.clear()
    apply("ipvs", lambda: Opened(back(start)))
    assert (EXCHANGE, start) == (node.steps, node.befores())
    assert EXCHANGE == node.failed(node.held().arriving(OTHER))
    assert start == node.befores()


def test_what_stands_in_is_no_drift_and_named_as_what_it_is():
    node = applied(OTHER)
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
    assert any(line.startswith("~ 1 virtual server stands in while") for line in shown)
    assert any("stands in" in line for line in lines(plan, verbose=True))


def test_who_was_sent_to_a_stand_in_keeps_it_until_the_connection_has_ended():
    node = applied()
    place = busy_stand_in(node, POD)
    assert {0} == {real.weight for (at, _), real in node.servers.snapshot().reals.items() if at == place}
    assert place.address in node.links.snapshot().addresses
    assert () == make_plan("ipvs", node.held().arriving(OTHER)).changes
    another = [one.key for one in make_plan("ipvs", node.held().arriving(WANTED)).changes]
    assert str(place) not in another
    node.servers.connect_ends(place, POD)
    apply("ipvs", lambda: Opened(node.held().arriving(OTHER)))
    assert (OTHER.state, OTHER.companion) == node.state


def test_what_has_waited_for_its_connections_is_no_drift_and_no_difference():
    other = RealKey(Address("10.128.9.31"), 8080)
    node = applied()
    place = busy_stand_in(node, POD, other)
    for pod, goes in ((other, 1), (POD, 2)):
        node.servers.connect_ends(place, pod)
        plan = make_plan("ipvs", node.held().arriving(OTHER))
        assert {ChangeReason.ENDED} == {one.reason for one in plan.changes}
        assert (goes, False) == (len(plan.changes), plan.differs)
        assert all(is_left_over(one) for one in plan.changes)
        drift = judge(plan.changes, (), Signs())
        assert (0, ()) == (drift.by_manifests, drift.by_somebody)


def test_an_address_that_waited_for_connections_is_no_drift_nor_are_its_other_ports():
    node = applied()
    gone = want(cluster(web=None), CONFIG, Mode.IPVS).wanted
    web = VirtualKey(Address("10.96.0.20"), Protocol.TCP, 80)
    node.servers.connect(web, RealKey(Address("10.128.7.21"), 8081))
    apply("ipvs", lambda: Opened(node.held().arriving(gone)))
    assert () == make_plan("ipvs", node.held().arriving(gone)).changes
    node.servers.connect_ends(web, RealKey(Address("10.128.7.21"), 8081))
    plan = make_plan("ipvs", node.held().arriving(gone))
    assert {"ipvs", "links", "nftables"} == {one.subsystem for one in plan.changes}
    assert not plan.differs
    apply("ipvs", lambda: Opened(node.held().arriving(gone)))
    assert (gone.state, gone.companion) == node.state
    assert () == make_plan("ipvs", node.held().arriving(gone)).changes


def test_what_stays_after_another_mode_has_taken_over_is_no_difference_when_its_connections_have_ended():
    node = applied()
    cart = VirtualKey(Address(CART), Protocol.TCP, 80)
    node.servers.connect(cart, POD)
    assert make_plan("nftables", node.held().leaving()).differs
    apply("nftables", lambda: Opened(node.held().leaving()))
    assert () == make_plan("nftables", node.held().leaving()).changes
    node.servers.connect_ends(cart, POD)
    plan = make_plan("nftables", node.held().leaving())
    assert plan.changes
    assert not plan.differs


def test_a_connection_by_a_stand_in_to_an_endpoint_that_stays_is_not_waited_for():
    node = applied()
    place = busy_stand_in(node, POD)
    held = node.held()
    named = replace(
        held.live, virtuals={**held.live.virtuals, place: replace(held.live.virtuals[place], service="lab/cart:x")}
    )
    assert {} == replace(held, live=named).busy(OTHER)
    assert {(place, POD): 1} == replace(held, live=named).busy(NOTHING)


def test_what_stands_in_is_written_down_with_its_service_before_and_while_it_stays(monkeypatch):
    kept = []
    monkeypatch.setattr(record, "keep", kept.append)
    node = applied()
    held = node.held()
    plan = make_plan("ipvs", held.arriving(OTHER))
    ((place, service),) = made(plan).items()
    assert "lab/cart:x" == service
    held.remember(OTHER, plan)
    assert place == busy_stand_in(node, POD)
    held.settle(OTHER)
    assert ["lab/cart:x"] * 2 == [one[place] for one in kept]


def tried():
    """Return how many operations of each kind a change of the scheduler has."""
    node = applied()
    before = len(node.servers.tools.operations), node.links.tools.operations
    apply("ipvs", lambda: Opened(node.held().arriving(OTHER)))
    return {"servers": len(node.servers.tools.operations) - before[0], "links": node.links.tools.operations - before[1]}


OPERATIONS = [(kind, number) for kind, count in tried().items() for number in range(count)]


@pytest.mark.parametrize(("kind", "number"), OPERATIONS)
def test_a_change_of_the_scheduler_that_fails_anywhere_ends_at_the_start(kind, number):
    node = applied()
    start = node.befores()
    if kind == "servers":
        node.servers.tools.refuse_at = {len(node.servers.tools.operations) + number: errno.ENOMEM}
    else:
        node.links.tools.fail_at = {node.links.tools.operations + number: KernelError("no")}
    with pytest.raises(KernelError):
        apply("ipvs", lambda: Opened(node.held().arriving(OTHER), back=back))
    assert start == node.befores()


def test_addresses_that_others_have_stay_when_stand_ins_go():
    node = applied()
    place = next(
        Address(one.after[0])
        for one in make_plan("ipvs", node.held().arriving(OTHER)).changes
        if one.subsystem == "links" and one.after
    )
    # Somebody who has connections at the address at which the stand-in would be, on another port.
    left = VirtualKey(place, Protocol.TCP, 9)
    node.servers.tools.held[left] = Virtual("rr")
    node.servers.tools.backends[left, POD] = Real(1)
    node.links.tools.held.append(place)
    node.servers.connect(left, POD)
    node.links.commit(())  # so that it looks again
    apply("ipvs", lambda: Opened(node.held().arriving(OTHER)))
    assert place in node.links.snapshot().addresses
    assert left in node.servers.snapshot().virtuals
    node.servers.connect_ends(left, POD)
    # Now that address goes with this apply, and nothing stands in there.
    apply("ipvs", lambda: Opened(node.held().arriving(WANTED)))
    assert (WANTED.state, WANTED.companion) == node.state


def test_a_place_of_somebody_else_is_left_to_them():
    node = applied()
    (place,) = made(make_plan("ipvs", node.held().arriving(OTHER)))
    node.servers.tools.held[place] = Virtual("lc")
    node = node.another_process()
    node.servers.snapshot()
    assert place in node.servers.foreign
    apply("ipvs", lambda: Opened(node.held().arriving(OTHER)))
    assert OTHER.state.virtuals == node.servers.snapshot().virtuals
    assert Virtual("lc") == node.servers._tools.held[place]


@pytest.mark.parametrize("number", range(STEPS + 1))
def test_killed_after_any_step_another_process_goes_back_and_leaves_nothing(number):
    node = applied()
    start = [state for _, state in node.befores()]
    work = [
        (one.subsystem, one.subsystem.plan(one.subsystem.snapshot(), one.want)) for one in node.held().arriving(OTHER)
    ]
    work = [one for one in work if one[1]]
    assert STEPS == len(work)
    for subsystem, changes in work[:number]:
        subsystem.commit(changes)
    node = node.another_process()
    befores = [(one, state) for (one, _), state in zip(node.befores(), start, strict=True)]
    apply("ipvs", lambda: Opened(back(befores)))
    assert start == [state for _, state in node.befores()]
    assert WANTED.state.virtuals.keys() == node.servers._tools.virtuals().keys()


def test_the_way_back_has_stand_ins_where_their_addresses_are_there_anyway():
    node = applied()
    places = make_plan("ipvs", node.held().arriving(OTHER))
    (place,) = made(places)
    node.links.tools.held.append(place.address)
    wanted = replace(OTHER, state=replace(OTHER.state, addresses=(*OTHER.state.addresses, place.address)))
    node.links.commit(())  # so that it looks again
    befores = []
    apply("ipvs", lambda: Opened(node.held().arriving(wanted), journal=lambda _, held: befores.extend(held)))
    plan = make_plan("ipvs", back(befores))
    assert any(one.reason is ChangeReason.STANDS_IN for one in plan.changes)


def test_what_is_refused_on_the_way_back_and_comes_back_all_the_same_is_no_failure():
    node = applied()
    start = node.befores()

    def seal(_):
        # The first thing on the way back is the address of what stands in; the next one makes it.
        node.servers.tools.refuse_at = {len(node.servers.tools.operations): errno.ENOMEM}
        raise KernelError("no")

    with pytest.raises(KernelError, match="no") as raised:
        apply("ipvs", lambda: Opened(node.held().arriving(OTHER), back=back, seal=seal))
    assert "rolling back failed" not in str(raised.value)
    assert start == node.befores()
