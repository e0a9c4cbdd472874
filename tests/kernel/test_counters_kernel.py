"""`svcc status --counters`: as many connections as there were, in each mode that counts; and where none does, that."""

import json

import pytest
import yaml

from tests.lab.namespaces import NODE, Lab, Layout
from tests.lab.requests import Answer, Request, ask_all
from tests.lab.servers import Listen, Servers
from tests.lab.svcc import Forked
from tests.lab.worker import CONFIG

pytestmark = pytest.mark.kernel

POD, POD6, VIP, VIP6, NODE_IP = "10.128.7.21", "fd00:10:0:7::21", "10.96.0.10", "fd00:96::10", "172.20.5.11"
LAYOUT = Layout(node=(NODE_IP, "fd00:20::11"), hosts={"c": ("198.18.0.2", "fd00:1::2"), "l1": (POD, POD6)})
TO_CART = (
    *(Request("c", "198.18.0.2", VIP, 80) for _ in range(3)),
    *(Request("c", "198.18.0.2", NODE_IP, 30080) for _ in range(2)),
    *(Request("c", "fd00:1::2", VIP6, 80) for _ in range(4)),
)
TO_DNS = tuple(Request("c", "198.18.0.2", "10.96.0.53", 53, "UDP", 20000 + number) for number in range(5))
CART, DNS, EMPTY = "lab/cart:http", "lab/dns:dns", "lab/idle:http"


def service(name, port, **spec):
    ports = [{"name": name if name == "dns" else "http", "port": port, **spec.pop("of_port", {})}]
    metadata = {"name": name, "namespace": "lab"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": ports, **spec}}


def slice_(name, address, port, protocol="TCP"):
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{name}-{len(address)}",
            "namespace": "lab",
            "labels": {"kubernetes.io/service-name": name},
        },
        "addressType": "IPv6" if ":" in address else "IPv4",
        "ports": [{"name": name if name == "dns" else "http", "port": port, "protocol": protocol}],
        "endpoints": [{"addresses": [address], "nodeName": "worker-1"}],
    }


MANIFESTS = yaml.safe_dump_all(
    [
        service(
            "cart",
            80,
            type="NodePort",
            clusterIP=VIP,
            clusterIPs=[VIP, VIP6],
            ipFamilies=["IPv4", "IPv6"],
            ipFamilyPolicy="RequireDualStack",
            of_port={"nodePort": 30080},
        ),
        slice_("cart", POD, 8080),
        slice_("cart", POD6, 8080),
        service("dns", 53, clusterIP="10.96.0.53", of_port={"protocol": "UDP"}),
        slice_("dns", POD, 5353, "UDP"),
        service("idle", 80, clusterIP="10.96.0.99"),
        slice_("idle", POD, 8080),
    ]
)


@pytest.fixture(scope="module")
def lab():
    with Lab(LAYOUT) as made, Servers(made, [Listen("l1", 8080), Listen("l1", 5353)]):
        yield made


class Counted:
    """The node, and what status tells of it."""

    def __init__(self, lab, folder, svcc):
        self.lab, self.svcc, self.manifests = lab, svcc, folder / "cluster.yaml"
        self.manifests.write_text(MANIFESTS, encoding="utf-8")
        (folder / "svcc.yaml").write_text(CONFIG, encoding="utf-8")
        lab.run(NODE, "conntrack", "-F")
        self.svcc.apply(self.manifests, folder / "svcc.yaml")
        # So that nothing is forgotten on a slow machine between asking and counting.
        patience = ("tcp_timeout_close", "udp_timeout", "udp_timeout_stream")
        lab.sysctl(NODE, {f"net/netfilter/nf_conntrack_{one}": "120" for one in patience})

    def ask(self):
        assert all(isinstance(one, Answer) for one in ask_all(self.lab, (*TO_CART, *TO_DNS), 10))

    def told(self, *words):
        code, printed = self.svcc.run("status", *words, "--counters", "--format", "json", "-q")
        assert 0 == code, printed
        return {one.pop("service"): one for one in json.loads(printed)["counters"]}


@pytest.fixture(params=["nft", "legacy", "nftables"])
def counted(request, lab, tmp_path):
    made = Counted(lab, tmp_path, Forked(lab, tmp_path, request.param))
    yield made
    made.svcc.clean()


def test_connections_are_counted_and_those_that_are_open_told(counted):
    assert {CART: 0, DNS: 0, EMPTY: 0} == {name: one["open"] for name, one in counted.told().items()}
    counted.ask()
    for words in ((), (str(counted.manifests),)):
        found = counted.told(*words)
        assert {CART: len(TO_CART), DNS: len(TO_DNS), EMPTY: 0} == {name: one["open"] for name, one in found.items()}
        counts = counted.svcc.target != "nftables"
        connections = {CART: len(TO_CART), DNS: len(TO_DNS), EMPTY: 0} if counts else dict.fromkeys(found)
        assert connections == {name: one["connections"] for name, one in found.items()}
        assert {None} == {
            one[key] for one in found.values() for key in ("packetsIn", "packetsOut", "bytesIn", "bytesOut")
        }


def test_people_get_a_table_and_are_told_what_is_not_counted(counted):
    counted.ask()
    code, printed = counted.svcc.run("status", "--counters")
    assert 0 == code
    lines = [line.split() for line in printed.splitlines()]
    counts = counted.svcc.target != "nftables"
    assert [CART, str(len(TO_CART)), str(len(TO_CART)) if counts else "-", "-", "-", "-", "-"] in lines
    assert ("nftables mode counts no connections" in printed) == (not counts)
