"""The guest's tests run where ip_vs is, or fail saying what is missing; they are never skipped."""

import pytest

from tests.kernel.conftest import namespace  # noqa: F401 - a fixture of ours too
from tests.vm.demands import demand_ip_vs


@pytest.fixture(scope="session", autouse=True)
def _ip_vs():
    demand_ip_vs()
