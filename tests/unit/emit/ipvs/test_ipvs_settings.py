"""Settings and modules that IPVS needs beside those of every mode."""

from svcc.config import IpvsOptions
from svcc.emit.ipvs.lower import lower
from svcc.emit.ipvs.settings import modules, settings
from svcc.model.service import ServicePort, ServiceType
from svcc.net import Protocol
from tests.support import config, endpoint, endpoint_slice, graph_of, service

ENDPOINTS = endpoint_slice(endpoint("10.128.7.21"), endpoint("10.128.9.31"))
INNER = IpvsOptions().inner_cidrs


def test_a_cluster_without_frontends_needs_no_settings():
    assert {} == settings(graph_of([]), strict_arp=True)


def test_masquerading_needs_connections_that_are_tracked():
    needed = settings(graph_of([service()], [ENDPOINTS]))
    assert "1" == needed["net.ipv4.vs.conntrack"]
    assert {"1"} == set(needed.values())
    assert all(name.startswith("net.ipv4.vs.") for name in needed)


def test_strict_arp_is_two_more_settings():
    graph = graph_of([service()], [ENDPOINTS])
    more = settings(graph, strict_arp=True).items() - settings(graph).items()
    assert {("net.ipv4.conf.all.arp_ignore", "1"), ("net.ipv4.conf.all.arp_announce", "2")} == more


def test_every_scheduler_in_use_is_a_module():
    graph = graph_of(
        [service("web", scheduler="mh"), service("api", "10.96.0.11")],
        [ENDPOINTS, endpoint_slice(endpoint("10.128.7.22"), of="api")],
    )
    needed = modules(lower(graph, INNER))
    assert {"ip_vs", "ip_vs_mh", "ip_vs_rr", "dummy", "nf_tables"} <= set(needed)
    assert "ip_vs_wrr" not in needed
    assert "nft_numgen" not in needed


def test_node_ports_on_localhost_draw_numbers():
    port = ServicePort("http", Protocol.TCP, 80, 30080)
    graph = graph_of(
        [service(type=ServiceType.NODE_PORT, ports=(port,))], [ENDPOINTS], config(localhost_node_ports=True)
    )
    assert {"nft_numgen", "nft_hash"} <= set(modules(lower(graph, INNER)))
