"""The IPVS subsystem of a real kernel keeps to the contract, and ipvsadm sees what it sees."""

import random
import subprocess

import pytest

from svcc.emit.ipvs.text import parse
from svcc.kernel.ipvs import Ipvs
from svcc.kernel.ipvs_tools import Netlink
from tests.contracts.ipvs import *  # noqa: F403 - the contract is the tests
from tests.contracts.ipvs import DNS, FOUR, WANT, A, B, Come, Go, IpvsState, Real, Virtual, commit


@pytest.fixture
def told(namespace):
    # Without a single route of IPv4, ip_vs takes no address for one that can be reached.
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return Netlink()


@pytest.fixture
def ipvs(told):
    return Ipvs(lambda _: True, told)


@pytest.fixture
def owning(told):
    return lambda owned: Ipvs(owned, told)


def shown():
    """Return what ipvsadm prints, which leaves thresholds out."""
    return parse(subprocess.run(["ipvsadm", "-Sn"], stdout=subprocess.PIPE, text=True, check=True).stdout)


def without_thresholds(state):
    reals = {key: Real(one.weight, one.forwarding) for key, one in state.reals.items()}
    return IpvsState(state.virtuals, reals)


def test_ipvsadm_shows_what_was_committed(ipvs):
    commit(ipvs, Come(WANT))
    assert without_thresholds(WANT) == shown()


def test_ipvsadm_and_a_snapshot_agree_after_any_sequence_of_plans(ipvs):
    chance = random.Random(5)
    for _ in range(30):
        virtuals = {at: one for at, one in WANT.virtuals.items() if chance.random() < 0.7}
        reals = {key: one for key, one in WANT.reals.items() if key[0] in virtuals and chance.random() < 0.7}
        if FOUR in virtuals:
            reals |= {(FOUR, to): Real(chance.randint(0, 4)) for to in (A, B) if chance.random() < 0.6}
        if DNS in virtuals and chance.random() < 0.5:
            virtuals[DNS] = Virtual("rr")
        want = IpvsState(virtuals, reals)
        commit(ipvs, Come(want))
        commit(ipvs, Go(want))
        assert want == ipvs.snapshot()
        assert without_thresholds(want) == shown()
