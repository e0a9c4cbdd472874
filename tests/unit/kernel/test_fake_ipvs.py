"""The IPVS subsystem in memory keeps to the contract of the real one."""

import pytest

from svcc.kernel.fake_ipvs import FakeIpvs
from svcc.kernel.ipvs import Ipvs
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
