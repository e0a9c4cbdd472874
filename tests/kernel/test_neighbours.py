"""Docker and firewalld on the same node: their published port, masquerade and zone work as before with svcc, and Services work beside them."""

import json
import re

import pytest
import yaml

from tests.lab.namespaces import NODE, Lab, Layout
from tests.lab.neighbours import CONTAINER, LET_IN, PUBLISHED, REJECTED, docker, firewalld
from tests.lab.requests import Answer, Request, Silence, ask_all
from tests.lab.servers import Listen, Servers
from tests.lab.svcc import Forked

pytestmark = pytest.mark.kernel

NODE_IP, CLIENT = "172.20.5.11", "198.18.0.2"
PODS = {"l1": "10.128.7.21", "l2": "10.128.7.22"}
LAYOUT = Layout(
    node=(NODE_IP,),
    hosts={"c": (CLIENT,), "d": (CONTAINER,), "p": ("10.128.7.40",), **{name: (one,) for name, one in PODS.items()}},
)
LISTEN = [*(Listen(pod, 8080) for pod in PODS), Listen("d", 80), Listen("c", 9000)]
LISTEN += [Listen(NODE, port) for port in (LET_IN, REJECTED)]
VIP, NODE_PORT = "10.96.0.10", 30080
CONFIG = """
apiVersion: svcc.dev/v1alpha1
kind: NodeConfig
nodeName: worker-1
nodeIPs: [172.20.5.11]
clusterCIDRs: [10.128.0.0/14]
serviceCIDRs: [10.96.0.0/16]
"""
OF_OTHERS = (
    Request("c", CLIENT, NODE_IP, PUBLISHED),
    Request("d", CONTAINER, CLIENT, 9000),
    Request("c", CLIENT, NODE_IP, LET_IN),
    Request("c", CLIENT, NODE_IP, REJECTED),
)
OF_SERVICES = (
    Request("p", "10.128.7.40", VIP, 80),
    Request("c", CLIENT, VIP, 80),
    Request("c", CLIENT, NODE_IP, NODE_PORT),
    Request("d", CONTAINER, VIP, 80),
    Request(NODE, NODE_IP, VIP, 80),
)


def manifests(pod):
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "cart", "namespace": "lab"},
        "spec": {"type": "NodePort", "clusterIP": VIP, "ports": [{"port": 80, "nodePort": NODE_PORT}]},
    }
    slice_ = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "cart-x", "namespace": "lab", "labels": {"kubernetes.io/service-name": "cart"}},
        "addressType": "IPv4",
        "ports": [{"port": 8080}],
        "endpoints": [{"addresses": [PODS[pod]], "nodeName": "worker-1"}],
    }
    return yaml.safe_dump_all([service, slice_])


@pytest.fixture(params=["nft", "legacy", "nftables"])
def node(request, tmp_path):
    """Give a node with Docker's and firewalld's rules, before svcc has been there."""
    with Lab(LAYOUT) as lab, Servers(lab, LISTEN):
        node = Node(lab, tmp_path, request.param)
        docker(lab, node.iptables)
        firewalld(lab)
        yield node


class Node:
    """The node, its svcc, and what others and the Service do."""

    def __init__(self, lab, folder, target):
        self.lab, self.svcc = lab, Forked(lab, folder, target)
        self.iptables = "iptables-legacy" if target == "legacy" else "iptables-nft"
        self.config, self.manifests = folder / "config.yaml", folder / "cart.yaml"
        self.config.write_text(CONFIG, encoding="utf-8")

    def apply(self, pod):
        self.manifests.write_text(manifests(pod), encoding="utf-8")
        return self.svcc.apply(self.manifests, self.config)

    def status(self):
        """Return whether everything is as the manifests say, and what else is told of it."""
        code, printed = self.svcc.run(
            "status", str(self.manifests), "--config", str(self.config), "--format", "json", "-q"
        )
        return code, json.loads(printed)["drift"]

    def others_work(self):
        published, outgoing, let_in, rejected = ask_all(self.lab, OF_OTHERS, 3)
        assert Answer(CONTAINER, 80, CLIENT) == published
        assert (CLIENT, 9000, False) == (outgoing.address, outgoing.port, outgoing.client == CONTAINER)
        assert Answer(NODE_IP, LET_IN, CLIENT) == let_in
        assert Silence.UNREACHABLE == rejected

    def service_leads_to(self, pod):
        assert [PODS[pod]] * len(OF_SERVICES) == [one.address for one in ask_all(self.lab, OF_SERVICES, 3)]


def test_neighbours_work_as_before_through_the_life_of_svcc(node):
    node.others_work()
    before = node.svcc.saved(NODE)
    for pod in ("l1", "l2"):
        node.apply(pod)
        node.others_work()
        node.service_leads_to(pod)
    node.svcc.rollback()
    node.others_work()
    node.service_leads_to("l1")
    node.svcc.clean()
    node.others_work()
    assert plain(before) == plain(node.svcc.saved(NODE))


def test_a_restart_of_docker_puts_its_rules_first_and_both_go_on(node):
    node.apply("l1")
    docker(node.lab, node.iptables, again=True)
    node.others_work()
    node.service_leads_to("l1")
    code, drift = node.status()
    assert 0 == code
    told = {(one["what"], *one["who"]) for one in drift["causes"]}
    assert told <= {("overtaken", "Docker"), ("overtaken",)}
    node.apply("l2")
    node.others_work()
    node.service_leads_to("l2")


def test_a_reload_that_empties_base_chains_is_told_and_repaired(node):
    node.apply("l1")
    firewalld(node.lab)
    node.others_work()
    node.service_leads_to("l1")
    assert 0 == node.status()[0]
    if node.svcc.target != "nftables":
        for table, chain in (("nat", "PREROUTING"), ("nat", "OUTPUT"), ("filter", "FORWARD")):
            node.lab.run(NODE, node.iptables, "-t", table, "-F", chain)
        code, drift = node.status()
        assert (3, ["jumps"]) == (code, [one["what"] for one in drift["causes"]])
        assert ["firewalld", "Docker"] == drift["causes"][0]["who"]
        assert "table inet firewalld" in drift["causes"][0]["evidence"]
        docker(node.lab, node.iptables, again=True)
        told = node.apply("l1")
        assert "that somebody had changed since the last apply: only the jumps" in told
        node.others_work()
        node.service_leads_to("l1")
        assert 0 == node.status()[0]


def plain(saved):
    """Return what a tool lists without counters and dates."""
    text = re.sub(r"^#.*\n", "", saved, flags=re.MULTILINE)
    return re.sub(r"\[\d+:\d+\]|packets \d+ bytes \d+", "", text)
