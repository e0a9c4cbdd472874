"""A cluster of Services, Pods and Nodes, and nothing else, carries traffic: examples/shop-pods in a lab."""

from pathlib import Path

import pytest

from tests.lab.namespaces import NODE, Lab, Layout
from tests.lab.requests import Answer, Request, Silence, ask_all
from tests.lab.servers import Listen, Servers
from tests.lab.svcc import Forked

pytestmark = pytest.mark.kernel

SHOP = Path(__file__).parents[2] / "examples" / "shop-pods"
HERE, AWAY = "172.20.5.11", "172.20.5.12"
TCP = {
    "10.128.7.31": 8080, "10.128.9.31": 8080, "10.128.9.32": 9090, "10.128.7.32": 9090,
    "10.128.7.33": 8080, "10.128.9.33": 8080,
    "10.128.7.34": 8443, "10.128.9.34": 8443, "fd00:10:128:7::34": 8443, "fd00:10:128:9::34": 8443,
    "10.128.7.35": 5432, "10.128.9.35": 5432, "10.128.9.36": 5432,
    "10.128.7.37": 8080, "10.128.9.37": 8080,
}  # fmt: skip
LAYOUT = Layout(
    node=(HERE, "fd00:20::11"),
    hosts={
        "outside": ("198.18.0.2", "fd00:1::2"),
        "client": ("10.128.7.40", "fd00:10:128:7::40"),
        "pods": tuple(TCP),
        "other": (AWAY,),
    },
)
POD, OUTSIDE = ("client", "10.128.7.40"), ("outside", "198.18.0.2")
TIMES = 60
"""A backend with a third of all connections stays silent by chance in one of 10¹⁰ runs."""

CART = {"10.128.7.31:8080", "10.128.9.31:8080", "10.128.9.32:9090"}


@pytest.fixture(scope="module", params=["nft", "nftables"])
def lab(request, tmp_path_factory):
    """The shop applied to the node of a lab whose Pods listen, those that should get nothing too."""
    listening = {Listen("pods", port) for port in TCP.values()} | {Listen(name, 8125) for name in (NODE, "other")}
    with Lab(LAYOUT) as made, Servers(made, tuple(sorted(listening))):
        svcc = Forked(made, tmp_path_factory.mktemp("svcc"), request.param)
        svcc.apply(SHOP / "cluster.yaml", SHOP / "svcc.yaml")
        yield made


def heard(lab, client, to, port, protocol="TCP", times=TIMES):
    results = ask_all(lab, [Request(*client, to, port, protocol)] * times, 2.0)
    return {f"{one.address}:{one.port}" if isinstance(one, Answer) else one for one in results}


@pytest.mark.parametrize(
    ("to", "port", "expected"),
    [
        ("10.96.20.10", 80, CART),
        ("10.96.20.11", 80, {"10.128.7.33:8080"}),
        ("10.96.20.12", 443, {"10.128.7.34:8443", "10.128.9.34:8443"}),
        ("10.96.20.13", 5432, {"10.128.7.35:5432", "10.128.9.35:5432"}),
        ("10.96.20.14", 80, {"10.128.7.37:8080"}),
    ],
)
def test_a_pod_reaches_the_pods_of_each_service(lab, to, port, expected):
    assert expected == heard(lab, POD, to, port)


def test_both_families_carry_traffic(lab):
    seen = heard(lab, ("client", "fd00:10:128:7::40"), "fd00:10:96::2012", 443)
    assert {"fd00:10:128:7::34:8443", "fd00:10:128:9::34:8443"} == seen


def test_an_outside_client_of_the_node_port_reaches_the_pod_of_this_node_and_keeps_its_address(lab):
    results = ask_all(lab, [Request(*OUTSIDE, HERE, 30443)] * 5, 2.0)
    assert {("10.128.7.34", 8443, "198.18.0.2")} == {(one.address, one.port, one.client) for one in results}


def test_the_agent_of_this_node_answers_its_pods(lab):
    assert {f"{HERE}:8125"} == heard(lab, POD, "10.96.20.15", 8125, "UDP", 5)


def test_a_port_that_no_service_has_is_refused(lab):
    assert {Silence.REFUSED} == heard(lab, POD, "10.96.20.10", 81, times=2)
