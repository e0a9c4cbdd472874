"""Chain names: kube-proxy's suffixes under our own prefix, short enough for iptables-legacy."""

import base64
import hashlib

import pytest

from svcc.emit.names import endpoint_list, gate_chain, pool_chain, port_tree_chain, route_chain, suffix, tree_chain
from svcc.graph.nodes import PoolId, PortName
from svcc.net import Protocol
from tests.support import networks

LONGEST = 28
CART = PortName("shop", "cart", "http")


def pool(scope="cluster", name=CART, protocol="TCP"):
    return PoolId(name, protocol, "IPv4", scope)


@pytest.mark.parametrize(
    ("name", "protocol", "kube_proxy"),
    [
        # Of kube-proxy's own rules, as every cluster shows them.
        (PortName("default", "kubernetes", "https"), "TCP", "NPX46M4PTMTKRN6Y"),
        (PortName("kube-system", "kube-dns", "dns"), "UDP", "TCOU7JCQXEZGVUNU"),
        (PortName("kube-system", "kube-dns", "dns-tcp"), "TCP", "ERIFXISQEP7F7OF4"),
    ],
)
def test_a_services_suffix_is_the_one_that_kube_proxy_prints(name, protocol, kube_proxy):
    assert f"SVCC-SVC-{kube_proxy}" == pool_chain(pool(name=name, protocol=protocol))


def test_a_suffix_is_the_start_of_base32_of_sha256():
    text = "shop/cart:httptcp"
    whole = base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()
    assert whole[:16] == suffix(text)
    assert f"SVCC-SVC-{whole[:16]}" == pool_chain(pool())


def test_a_port_without_name_is_named_as_by_kube_proxy():
    assert f"SVCC-SVC-{suffix('shop/carttcp')}" == pool_chain(pool(name=PortName("shop", "cart", "")))


def test_the_names_of_one_service_port_differ_by_what_they_are_for():
    names = [
        pool_chain(pool()),
        pool_chain(pool("local")),
        route_chain(CART, Protocol.TCP, "EXT"),
        route_chain(CART, Protocol.TCP, "CIP"),
        gate_chain(CART, Protocol.TCP, "node port"),
        gate_chain(CART, Protocol.TCP, "192.0.2.1:80/TCP"),
        endpoint_list(pool(), "10.0.0.1:80"),
        endpoint_list(pool("local"), "10.0.0.1:80"),
        endpoint_list(pool(), "10.0.0.2:80"),
        pool_chain(pool(protocol="UDP")),
    ]
    assert len(names) == len(set(names))


def test_an_endpoints_suffix_adds_its_address_and_port():
    assert f"SVCC-SEP-{suffix('shop/cart:httptcp10.0.0.1:80')}" == endpoint_list(pool(), "10.0.0.1:80")


@pytest.mark.parametrize(
    ("network", "name"),
    [
        ("10.96.0.0/16", "SVCC-T-10.96.0.0-16"),
        ("255.255.255.255/32", "SVCC-T-255.255.255.255-32"),
        ("fd00:96::/112", "SVCC-T-fd00.96..-112"),
        ("fd00:1234:5678:9abc:def0::/80", f"SVCC-T-{suffix('fd00.1234.5678.9abc.def0..-80')}"),
    ],
)
def test_a_prefix_is_readable_where_it_fits(network, name):
    assert name == tree_chain(*networks(network))


def test_no_name_is_longer_than_iptables_allows():
    longest = [
        pool_chain(pool()),
        gate_chain(CART, Protocol.SCTP, "node port"),
        tree_chain(*networks("255.255.255.255/32")),
        tree_chain(*networks("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")),
        port_tree_chain(Protocol.SCTP, 65532, 65535),
        port_tree_chain(Protocol.SCTP, 0, 65535),
    ]
    assert [name for name in longest if len(name) <= LONGEST] == longest
