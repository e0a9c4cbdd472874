"""What the configuration says of pods and primary addresses."""

import pytest

from svcc.config import DetectLocal, IpvsOptions, Mode, NodeConfig
from svcc.net import Family
from tests.support import addresses, config, networks

PODS = {"cluster_cidrs": networks("10.128.0.0/14", "fd00:10::/48"), "pod_cidrs": networks("10.128.7.0/24")}


@pytest.mark.parametrize(
    ("mode", "four", "six"),
    [
        (DetectLocal.CLUSTER_CIDR, "10.128.0.0/14", "fd00:10::/48"),
        (DetectLocal.NODE_CIDR, "10.128.7.0/24", None),
        (DetectLocal.BRIDGE_INTERFACE, None, None),
        (DetectLocal.INTERFACE_PREFIX, None, None),
        (DetectLocal.NONE, None, None),
    ],
)
def test_pod_networks_are_those_of_the_detector_and_family(mode, four, six):
    held = config(detect_local=mode, **PODS)
    expected = tuple(networks(*([] if one is None else [one])) for one in (four, six))
    assert expected == tuple(held.pod_networks(family) for family in Family)


def test_the_first_address_of_a_family_is_primary():
    held = config(node_ips=addresses("fd00:20::11", "172.20.5.11", "10.0.0.5"))
    assert ("172.20.5.11", "fd00:20::11") == (held.primary(Family.IPV4), held.primary(Family.IPV6))
    assert NodeConfig().primary(Family.IPV4) is None


@pytest.mark.parametrize(
    ("mode", "everywhere", "ipvs", "expected"),
    [
        (Mode.IPVS, None, None, None),
        (Mode.IPVS, "sh", None, "sh"),
        (Mode.IPVS, "sh", "lc", "lc"),
        (Mode.NFTABLES, "sh", "lc", "sh"),
        (Mode.IPTABLES, None, "lc", None),
    ],
)
def test_the_scheduler_of_the_section_ipvs_comes_first_in_ipvs_mode_and_nowhere_else(mode, everywhere, ipvs, expected):
    assert expected == config(mode=mode, scheduler=everywhere, ipvs=IpvsOptions(ipvs)).default_scheduler
