"""Plans of any two states of IPVS: nothing for the same, exactly the other for different ones, and nobody cut off on the way."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcc.apply import Opened, Part, apply
from svcc.emit.ipvs.operation import Verb
from svcc.emit.ipvs.ruleset import IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.kernel.base import KernelError
from svcc.kernel.fake_ipvs import FakeIpvs, FakeSvcc0
from svcc.net import Address, Protocol
from svcc.plan.ipvs import Leave
from svcc.plan.links import Dummy
from svcc.plan.passes import Come, Go

PLACES = [
    VirtualKey(Address(address), protocol, 80)
    for address in ("10.96.0.10", "10.96.0.11", "fd00:96::10")
    for protocol in (Protocol.TCP, Protocol.UDP)
]
BACKENDS = {
    4: [RealKey(Address(f"10.128.7.{number}"), 8080) for number in (21, 22, 23)],
    6: [RealKey(Address(f"fd00:10::{number}"), 8080) for number in (21, 22, 23)],
}
VIRTUALS = st.builds(
    Virtual, st.sampled_from(["rr", "wrr", "mh", "dh"]), persistence=st.sampled_from([None, 60, 10800])
)
REALS = st.builds(Real, st.integers(1, 3))


@st.composite
def states(draw):
    virtuals = draw(st.dictionaries(st.sampled_from(PLACES), VIRTUALS, max_size=len(PLACES)))
    reals = {}
    for at in virtuals:
        held = draw(st.dictionaries(st.sampled_from(BACKENDS[6 if ":" in at.address else 4]), REALS, max_size=3))
        reals |= {(at, to): real for to, real in held.items()}
    return IpvsState(virtuals, reals)


steady = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def commit(fake, want):
    changes = fake.plan(fake.snapshot(), want)
    fake.check(changes)
    fake.commit(changes)
    assert () == fake.reread(changes)
    return changes


@steady
@given(states())
def test_the_plan_from_a_state_to_itself_is_empty(one):
    fake = FakeIpvs(one)
    live = fake.snapshot()
    assert one == live
    assert [(), (), ()] == [fake.plan(live, want) for want in (one, Come(one), Go(one))]


@steady
@given(states(), states())
def test_what_comes_and_then_what_goes_ends_at_the_other_state(one, other):
    fake = FakeIpvs(one)
    before = fake.snapshot()
    assert all(change.after is not None for change in commit(fake, Come(other)))
    both = fake.snapshot()
    assert set(before.virtuals) | set(other.virtuals) == set(both.virtuals)
    assert all(change.after is None for change in commit(fake, Go(other)))
    assert other == fake.snapshot()


WITH_NOUGHT = st.dictionaries(st.sampled_from(BACKENDS[4]), st.builds(Real, st.integers(0, 2)), min_size=1)
AT = PLACES[0]


@steady
@given(WITH_NOUGHT, WITH_NOUGHT)
def test_who_takes_connections_before_and_after_takes_some_at_every_moment(one, other):
    before, after = (
        IpvsState({AT: Virtual("rr")}, {(AT, to): real for to, real in held.items()}) for held in (one, other)
    )
    fake, seen = FakeIpvs(before), []
    tell = fake.tools.tell

    def told(some):
        for operation in some:
            assert {} == tell([operation])
            seen.append(any(real.weight for real in fake.tools.backends.values()))
        return {}

    fake.tools.tell = told
    for want in (Come(after), Go(after)):
        commit(fake, want)
    assert after == fake.snapshot()
    takes = [any(real.weight for real in held.values()) for held in (one, other)]
    assert all(seen) or not all(takes)


@steady
@given(states(), states())
def test_without_mercy_it_ends_at_the_other_state_whatever_connections_there_are(one, other):
    fake = FakeIpvs(one)
    for at, to in one.reals:
        fake.connect(at, to)
    for want in (Come(other), Go(other, cut=True)):
        commit(fake, want)
    assert other == fake.snapshot()


@steady
@given(states(), states())
def test_a_rollback_is_both_passes_at_once(one, other):
    at_once, apart = FakeIpvs(one), FakeIpvs(one)
    for fake in (at_once, apart):
        for at, to in one.reals:
            fake.connect(at, to)
    commit(at_once, other)
    commit(apart, Come(other))
    commit(apart, Go(other) if other.virtuals else Leave())
    assert apart.snapshot() == at_once.snapshot()
    assert () == at_once.plan(at_once.snapshot(), other)


@steady
@given(states(), states(), st.data())
def test_nobody_who_is_connected_is_cut_off_and_everything_goes_once_they_are(one, other, data):
    fake = FakeIpvs(one)
    connected = [key for key in one.reals if data.draw(st.booleans())]
    for at, to in connected:
        fake.connect(at, to)
    for want in (Come(other), Go(other)):
        commit(fake, want)
    stays = {at: one.scheduler for at, one in other.virtuals.items()}
    waiting = {
        (at, to)
        for at, to in connected
        if (at, to) not in other.reals and at.protocol is not Protocol.UDP and stays.get(at) != "dh"
    }
    live = fake.snapshot()
    assert waiting <= set(live.reals)
    assert {0} >= {live.reals[key].weight for key in waiting}
    assert () == fake.plan(live, Go(other))
    for at, to in waiting:
        fake.connect_ends(at, to)
    commit(fake, Go(other))
    assert other == fake.snapshot()


@steady
@given(states(), states(), st.data())
def test_failing_at_any_operation_ends_exactly_at_the_start(one, other, data):
    trial = FakeIpvs(one)
    for want in (Come(other), Go(other)):
        commit(trial, want)
    if not trial.tools.operations:
        return
    place = data.draw(st.integers(0, len(trial.tools.operations) - 1))
    refused = data.draw(st.booleans())
    fake = FakeIpvs(
        one,
        refuse_at={place: 12} if refused else {},
        fail_at={} if refused else {place: data.draw(st.sampled_from([KernelError("no"), KeyboardInterrupt()]))},
    )
    with pytest.raises((KernelError, KeyboardInterrupt)):
        apply("ipvs", lambda: Opened([Part(fake, Come(other)), Part(fake, Go(other))]))
    assert one == fake.snapshot()


@steady
@given(states(), states(), st.data())
def test_killed_at_any_operation_another_run_converges(one, other, data):
    trial = FakeIpvs(one)
    for want in (Come(other), Go(other)):
        commit(trial, want)
    if not trial.tools.operations:
        return
    fake = FakeIpvs(one, fail_at={data.draw(st.integers(0, len(trial.tools.operations) - 1)): SystemExit()})
    with pytest.raises(SystemExit):
        _commit_both(fake, other)
    for want in (Come(other), Go(other)):
        commit(fake, want)
    assert other == fake.snapshot()


@steady
@given(states(), states())
def test_a_virtual_server_has_its_new_real_servers_before_it_loses_old_ones(one, other):
    fake = FakeIpvs(one)
    for want in (Come(other), Go(other)):
        commit(fake, want)
    for at in set(one.virtuals) & set(other.virtuals):
        verbs = [told.verb for told in fake.tools.operations if told.at == at and told.to is not None]
        assert sorted(verbs, key=lambda verb: verb is Verb.DELETE) == verbs


def _commit_both(fake, other):
    for want in (Come(other), Go(other)):
        fake.commit(fake.plan(fake.snapshot(), want))


ADDRESSES = st.none() | st.lists(
    st.sampled_from([Address(one) for one in ("10.96.0.10", "10.96.0.11", "10.96.0.12", "fd00:96::10")]), unique=True
).map(lambda some: tuple(sorted(some, key=lambda one: (":" in one, one))))


@steady
@given(ADDRESSES, ADDRESSES, st.data())
def test_svcc0_is_brought_to_any_addresses_or_back_to_where_it_was(one, other, data):
    trial = FakeSvcc0(one)
    passes = [Go(Dummy(other)), Come(Dummy(other))]
    for want in passes:
        commit(trial, want)
    assert Dummy(other) == trial.snapshot()
    if trial.tools.operations:
        fake = FakeSvcc0(one, fail_at={data.draw(st.integers(0, trial.tools.operations - 1)): KernelError("no")})
        with pytest.raises(KernelError):
            apply("ipvs", lambda: Opened([Part(fake, want) for want in passes]))
        assert Dummy(one) == fake.snapshot()
