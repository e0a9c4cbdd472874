"""Builders for tests: the smallest value that has the property a test is about."""

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.emit.iptables.lower import lower
from svcc.graph.build import build
from svcc.graph.packet import Hook, Packet
from svcc.model.endpoints import Endpoint, EndpointSlice, SlicePort
from svcc.model.manifests import Manifests
from svcc.model.service import ObjectName, Service, ServicePort
from svcc.net import Family, Protocol, family_of, parse_address, parse_network
from svcc.pipeline import compile_graph
from svcc.reading import read
from svcc.resolve.join import resolve

NODE = "worker-1"
NODE_IP = "172.20.5.11"
POD_NET, POD_NET6 = "10.128.0.0/14", "fd00:10::/48"
CLIENT, CLIENT6 = "192.0.2.77", "fd00:1::2"


def config(**changes):
    held = {
        "node_name": NODE,
        "node_ips": addresses(NODE_IP, "fd00:20::11"),
        "zone": "eu-a",
        "cluster_cidrs": networks(POD_NET, POD_NET6),
        "service_cidrs": networks("10.96.0.0/16", "fd00:96::/112"),
    }
    return NodeConfig(**{**held, **changes})


def addresses(*texts):
    return tuple(parse_address(one) for one in texts)


def networks(*texts):
    return tuple(parse_network(one) for one in texts)


def service(name="web", ip="10.96.0.10", port=80, **changes):
    held = {
        "cluster_ips": addresses(*([ip] if isinstance(ip, str) else ip)),
        "ports": (ServicePort("http", Protocol.TCP, port),),
    }
    return Service(ObjectName("lab", name), **{**held, **changes})


def endpoint(address, node=None, **changes):
    return Endpoint(parse_address(address), node_name=node, **changes)


def endpoint_slice(*endpoints, of="web", port=8080, protocol=Protocol.TCP, suffix="x", **changes):
    family = family_of(endpoints[0].address) if endpoints else Family.IPV4
    ports = (SlicePort("http", protocol, port),)
    return EndpointSlice(
        ObjectName("lab", f"{of}-{suffix}"), ObjectName("lab", of), family, ports, endpoints, **changes
    )


def compiled(services, slices=(), node=None):
    return compile_graph(Manifests(tuple(services), tuple(slices)), node or config())


def graph_of(services, slices=(), node=None):
    return compiled(services, slices, node).graph


def cluster_of(services, slices=(), node=None):
    return resolve(Manifests(tuple(services), tuple(slices)), node or config())


def raw_graph(services, slices=(), node=None):
    return build(cluster_of(services, slices, node))


def rulesets_of(graph):
    sink = Diagnostics()
    return lower(graph, sink), sink


def packet(source, to, port=80, protocol=Protocol.TCP, hook=Hook.PREROUTING, iface="eth0"):
    iface = None if hook is Hook.OUTPUT else iface
    return Packet(hook, iface, parse_address(source), parse_address(to), protocol, port)


def manifests_of(text, node=None, name="web.yaml"):
    sink = Diagnostics()
    return read([Source(name, text)], node or config(), sink).manifests, sink
