"""The node's addresses and routes, read from a namespace of the test."""

import subprocess

import pytest

from svcc.kernel import facts, links
from svcc.kernel.backend import Foreign
from svcc.net import Family

pytestmark = pytest.mark.kernel


@pytest.fixture
def node(namespace):
    """Give the namespace a bridge with addresses of both families, and routes."""
    commands = """\
        link set lo up
        addr add 10.0.0.1/32 dev lo
        link add br0 type bridge
        link set br0 up
        addr add 172.20.5.11/24 dev br0
        addr add 172.20.5.12/24 dev br0
        addr add fd00:5::11/64 dev br0 nodad
        route add 10.96.0.0/16 dev br0
        route add unreachable 10.97.0.0/16"""
    subprocess.run(["ip", "-batch", "-"], input=commands, text=True, check=True)


def test_the_main_addresses_come_first_without_loopback_and_link_local(node):
    assert links.local_addresses() == ("172.20.5.11", "172.20.5.12", "10.0.0.1", "fd00:5::11")


def test_addresses_without_a_route_are_found(node):
    asked = ("10.96.0.10", "10.97.0.1", "8.8.8.8", "172.20.5.11", "fd00:5::1", "fd00:96::1")
    assert links.unrouted(asked) == ("10.97.0.1", "8.8.8.8", "fd00:96::1")


def test_the_facts_of_the_preflight_are_gathered(node):
    subprocess.run(["sysctl", "-qw", "net.ipv4.conf.br0.rp_filter=1", "net.ipv4.conf.all.rp_filter=0"], check=True)
    found = facts.gather(
        ["10.96.0.10", "10.97.0.1"],
        [30080],
        Foreign(dropping=("IPv4 INPUT",)),
        {"net.ipv4.ip_forward": "1"},
        {Family.IPV4},
    )
    assert (found.strict, found.unrouted, found.dropping) == (("br0",), ("10.97.0.1",), ("IPv4 INPUT",))
    assert list(found.forwarding) == [Family.IPV4]
    assert found.iptables.startswith("1.")
