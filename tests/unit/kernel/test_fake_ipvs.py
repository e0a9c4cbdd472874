"""The IPVS subsystem in memory keeps to the contract of the real one."""

import pytest

from svcc.emit.ipvs.operation import Operation, Verb
from svcc.emit.ipvs.ruleset import IpvsState, Virtual, VirtualKey
from svcc.kernel.base import CommitError
from svcc.kernel.fake_ipvs import FakeIpvs
from svcc.kernel.ipvs import Ipvs
from svcc.net import Address, Protocol
from svcc.plan.passes import Come
from tests.contracts.ipvs import *  # noqa: F403 - the contract is the tests


@pytest.fixture
def ipvs():
    return FakeIpvs()


@pytest.fixture
def told(ipvs):
    return ipvs.tools


@pytest.fixture
def owning(told):
    return lambda owned: Ipvs(owned, told)


def test_what_a_commit_has_made_that_was_cut_off_is_its_own():
    at = VirtualKey(Address("10.96.0.10"), Protocol.TCP, 80)
    fake = FakeIpvs(fail_at={1: KeyboardInterrupt()}, owned=lambda _: False)
    want = IpvsState({at: Virtual("rr"), at._replace(port=81): Virtual("rr")})
    with pytest.raises(KeyboardInterrupt):
        fake.commit(fake.plan(fake.snapshot(), Come(want)))
    assert IpvsState({at: Virtual("rr")}) == fake.snapshot()


def test_what_somebody_else_has_made_meanwhile_is_not_its_own():
    at = VirtualKey(Address("10.96.0.10"), Protocol.TCP, 80)
    fake = FakeIpvs(owned=lambda _: False)
    changes = fake.plan(fake.snapshot(), Come(IpvsState({at: Virtual("rr")})))
    fake.tools.tell([Operation(Verb.ADD, at, virtual=Virtual("lc"))])
    with pytest.raises(CommitError, match="it is there already"):
        fake.commit(changes)
    assert IpvsState() == fake.snapshot()
