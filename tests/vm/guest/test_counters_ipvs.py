"""`svcc status --counters` in IPVS mode: connections, packets and bytes of each Service port, as ip_vs counts them."""

import time

import pytest

from tests.kernel.test_counters_kernel import CART, DNS, EMPTY, TO_CART, TO_DNS, Counted, lab  # noqa: F401 - a fixture too
from tests.lab.svcc import IPVS, Forked

NOTHING = {"open": 0, "connections": 0, "packetsIn": 0, "packetsOut": 0, "bytesIn": 0, "bytesOut": 0}


@pytest.fixture
def counted(lab, tmp_path):  # noqa: F811 - the lab of the other modes
    made = Counted(lab, tmp_path, Forked(lab, tmp_path, IPVS))
    yield made
    made.svcc.clean()


def connections(found):
    return {name: one["connections"] for name, one in found.items()}


def test_ip_vs_counts_connections_packets_and_bytes(counted):
    assert {CART: NOTHING, DNS: NOTHING, EMPTY: NOTHING} == counted.told()
    counted.ask()
    wanted, until = {CART: len(TO_CART), DNS: len(TO_DNS), EMPTY: 0}, time.monotonic() + 20
    # ip_vs tells what it has counted up to every other second.
    while wanted != connections(found := counted.told()):
        assert time.monotonic() < until, found
        time.sleep(0.2)
    # A datagram there and one back; of TCP several.
    assert (len(TO_DNS), len(TO_DNS), len(TO_DNS)) == tuple(
        found[DNS][key] for key in ("open", "packetsIn", "packetsOut")
    )
    assert found[DNS]["bytesOut"] > found[DNS]["bytesIn"] > 0
    assert found[CART]["packetsIn"] > len(TO_CART)
    assert found[EMPTY] == NOTHING
