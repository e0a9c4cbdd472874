"""Apply in IPVS mode on a kernel with ip_vs: whole or not at all, without cutting anybody off, and without touching what is not ours."""

import socket
import struct
import time

import pytest
import yaml

from svcc.config import Mode
from svcc.emit.ipvs.ruleset import IpvsState
from svcc.emit.ipvs.text import parse
from tests.lab.appliance import KILLED, Appliance, Fault, want
from tests.lab.namespaces import NODE, Lab, Layout
from tests.lab.requests import Answer, Request, Silence, ask_all
from tests.lab.servers import Listen, Servers
from tests.lab.traffic import ECHO, Target, Traffic

PODS = {"l1": ("10.128.7.21", "fd00:10:0:7::21"), "r1": ("10.128.9.31", "fd00:10:0:9::31")}
LAYOUT = Layout(
    node=("172.20.5.11", "fd00:20::11"),
    hosts={**PODS, "c": ("198.18.0.2", "fd00:1::2"), "p": ("10.128.7.40", "fd00:10:0:7::40")},
)
CONFIG = """
apiVersion: svcc.dev/v1alpha1
kind: NodeConfig
nodeName: worker-1
nodeIPs: [172.20.5.11, "fd00:20::11"]
clusterCIDRs: [10.128.0.0/14, "fd00:10::/48"]
serviceCIDRs: [10.96.0.0/16, "fd00:96::/112"]
"""
CART, TALK, BALANCER = "10.96.0.10", "10.96.0.70", "198.51.100.20"
STEPS = 6
"""Places at which an apply is made to fail, and to be killed, out of all that it has."""


def service(name, address, port, target, **spec):
    metadata = {"name": name, "namespace": "lab", "annotations": spec.pop("annotations", {})}
    status = spec.pop("status", {})
    ports = [{"name": "x", "port": port, "targetPort": target, **spec.pop("of_port", {})}]
    held = {"clusterIP": address, "ports": ports, **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": held, "status": status}


def endpoints(name, pods, port):
    every = [
        {"addresses": [PODS[pod][0]], "nodeName": "worker-1" if pod.startswith("l") else "worker-2"} for pod in pods
    ]
    labels = {"kubernetes.io/service-name": name}
    metadata = {"name": f"{name}-1", "namespace": "lab", "labels": labels}
    ports = [{"name": "x", "port": port}]
    kind = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4"}
    return {**kind, "metadata": metadata, "ports": ports, "endpoints": every}


def cluster(cart=("l1", "r1"), talk=("l1", "r1"), web=("l1", "r1"), **more):
    objects = [service("cart", CART, 80, 8080, **more), endpoints("cart", cart, 8080)]
    objects += [service("talk", TALK, ECHO, ECHO), endpoints("talk", talk, ECHO)]
    if web is not None:
        ingress = {"loadBalancer": {"ingress": [{"ip": BALANCER}]}}
        spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "of_port": {"nodePort": 30080}}
        objects += [service("web", "10.96.0.20", 80, 8081, status=ingress, **spec), endpoints("web", web, 8081)]
    return yaml.safe_dump_all(objects)


def ipvs(**changes):
    return want(cluster(**changes), CONFIG, Mode.IPVS)


@pytest.fixture(scope="module")
def lab():
    with Lab(LAYOUT) as made:
        yield made


@pytest.fixture
def node(lab, tmp_path):
    made = Appliance(lab, tmp_path)
    yield made
    assert 0 == made.clean().status
    lab.run(NODE, "ipvsadm", "-C")


def servers(lab):
    return parse(lab.run(NODE, "ipvsadm", "-Sn"))


def weights(lab, address):
    return {to.address: real.weight for (at, to), real in servers(lab).reals.items() if at.address == address}


def answered(lab, address, port=80, times=8):
    found = ask_all(lab, [Request("c", "198.18.0.2", address, port)] * times, timeout=3.0)
    return {one.address if isinstance(one, Answer) else one for one in found}


def test_what_was_applied_is_planned_no_more_and_carries_packets(lab, node):
    assert 0 == node.apply(ipvs()).status
    assert node.plan_is_empty(ipvs())
    with Servers(lab, [Listen(pod, port) for pod in PODS for port in (8080, 8081)]):
        assert {"10.128.7.21", "10.128.9.31"} == answered(lab, CART)
        assert {"10.128.7.21"} == answered(lab, BALANCER)
        assert {"10.128.7.21"} == answered(lab, "172.20.5.11", 30080)
        assert {Silence.REFUSED} == answered(lab, CART, 81, times=1)


def test_one_changed_endpoint_is_a_handful_of_messages(node):
    assert 0 == node.apply(ipvs()).status
    # One real server less in ip_vs: its weight, and its deletion. The companion does not speak of endpoints that others have too.
    assert 4 >= node.steps(ipvs(cart=("l1",)))


BEFORE = {"cart": ("l1",), "web": ("l1", "r1"), "annotations": {"svcc.dev/scheduler": "wlc"}}
AFTER = {"cart": ("l1", "r1"), "web": None, "talk": ("r1",)}


@pytest.fixture(scope="module")
def states():
    return ipvs(**BEFORE), ipvs(**AFTER)


def places(steps):
    chosen = sorted({round(number * (steps - 1) / (STEPS - 1)) for number in range(STEPS)})
    assert chosen[0] == 0
    return chosen


def test_failing_anywhere_ends_exactly_at_the_start(node, states):
    before, after = states
    assert 0 == node.apply(before).status
    start, recorded = node.listing(), node.recorded()
    steps = node.steps(after, cut=True)
    assert 0 == node.apply(before, cut=True).status
    assert start == node.listing()
    for place in places(steps):
        ended = node.apply(after, Fault(place, "fail"), cut=True)
        assert (4, "the machine refuses" in ended.message) == (ended.status, True), f"at {place}: {ended.message}"
        assert start == node.listing(), f"failed at {place} of {steps}"
        assert recorded == node.recorded(), f"failed at {place} of {steps}"


def test_killed_anywhere_another_run_converges(node, states):
    before, after = states
    assert 0 == node.apply(after, cut=True).status
    end = node.listing()
    assert 0 == node.apply(before, cut=True).status
    steps = node.steps(after, cut=True)
    for place in places(steps):
        assert 0 == node.apply(before, cut=True).status
        assert KILLED == node.apply(after, Fault(place, "kill"), cut=True).status
        assert 0 == node.apply(after, cut=True).status
        assert end == node.listing(), f"killed at {place} of {steps}"


def test_killed_anywhere_it_is_rolled_back_exactly(node, states):
    before, after = states
    assert 0 == node.apply(before, cut=True).status
    start, recorded = node.listing(), node.recorded()
    steps = node.steps(after, cut=True)
    assert 0 == node.roll_back().status
    assert (start, recorded) == (node.listing(), node.recorded())
    for place in places(steps):
        assert KILLED == node.apply(after, Fault(place, "kill"), cut=True).status
        assert 0 == node.roll_back().status
        assert (start, recorded) == (node.listing(), node.recorded()), f"killed at {place} of {steps}"


def open_talk(lab):
    made = lab.socket("c", socket.AF_INET, socket.SOCK_STREAM)
    made.settimeout(10)
    # It ends with a reset: ip_vs forgets that in ten seconds, an orderly end in two minutes.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    made.bind(("198.18.0.2", 0))
    made.connect((TALK, ECHO))
    return made


def says_back(made):
    made.sendall(b"still there?")
    return made.recv(64)


def test_a_connection_to_an_endpoint_that_goes_is_not_cut_and_its_server_goes_when_it_has_ended(lab, node):
    assert 0 == node.apply(ipvs(talk=("l1",))).status
    with Echoes(lab), open_talk(lab) as made:
        assert b"still there?" == says_back(made)
        assert 0 == node.apply(ipvs(talk=("r1",))).status
        assert {"10.128.7.21": 0, "10.128.9.31": 1} == weights(lab, TALK)
        assert b"still there?" == says_back(made)
        assert node.plan_is_empty(ipvs(talk=("r1",)))
        with open_talk(lab) as another:
            assert b"still there?" == says_back(another)
        assert b"still there?" == says_back(made)
    wait_until_idle(lab)
    assert 0 == node.apply(ipvs(talk=("r1",))).status
    assert {"10.128.9.31": 1} == weights(lab, TALK)


def test_a_service_that_goes_keeps_its_connections_and_takes_no_new_ones(lab, node):
    without = want(yaml.safe_dump_all([service("cart", CART, 80, 8080)]), CONFIG, Mode.IPVS)
    assert 0 == node.apply(ipvs()).status
    with Echoes(lab), open_talk(lab) as made:
        assert 0 == node.apply(without).status
        assert b"still there?" == says_back(made)
        # The address is nobody's now, as any other one of the service range.
        assert {Silence.DROPPED} == answered(lab, TALK, ECHO, times=1)
    wait_until_idle(lab)
    assert 0 == node.apply(without).status
    assert {} == weights(lab, TALK)
    assert TALK not in lab.run(NODE, "ip", "-o", "addr", "show", "dev", "svcc0")


def test_a_connection_is_ended_where_that_is_asked_for(lab, node):
    assert 0 == node.apply(ipvs(talk=("l1",))).status
    with Echoes(lab), open_talk(lab) as made:
        assert b"still there?" == says_back(made)
        assert 0 == node.apply(ipvs(talk=("r1",)), cut=True).status
        assert {"10.128.9.31": 1} == weights(lab, TALK)
        with pytest.raises(OSError, match=r"reset|timed out"):
            says_back(made) or says_back(made)


def test_what_somebody_else_has_made_is_left_alone(lab, node):
    lab.run(NODE, "ipvsadm", "-R", text="-A -t 192.0.2.1:80 -s lc\n-a -t 192.0.2.1:80 -r 10.128.7.21:80 -m -w 5\n")
    theirs = servers(lab)
    assert 0 == node.apply(ipvs()).status
    assert theirs.virtuals.items() <= servers(lab).virtuals.items()
    assert 0 == node.apply(want(cluster(), CONFIG, Mode.NFTABLES), cut=True).status
    assert theirs == servers(lab)


def test_a_virtual_server_of_somebody_else_at_a_service_is_refused_and_taken_by_force(lab, node):
    lab.run(NODE, "ipvsadm", "-A", "-t", f"{CART}:80", "-s", "lc")
    start = node.listing()
    ended = node.apply(ipvs())
    assert (4, True) == (ended.status, "already, and it is not svcc's" in ended.message)
    assert start == node.listing()
    assert 0 == node.apply(ipvs(), force=True).status
    assert "rr" == next(one.scheduler for at, one in servers(lab).virtuals.items() if at.address == CART)


def test_a_change_of_the_mode_and_its_rollback_are_noticed_by_nobody(lab, node):
    modes = {mode: want(cluster(), CONFIG, mode) for mode in (Mode.IPVS, Mode.NFTABLES, Mode.IPTABLES)}
    assert 0 == node.apply(modes[Mode.NFTABLES]).status
    targets = [
        Target(name, Request(client, source, to, port))
        for name, to, port in (("cart", CART, 80), ("web", BALANCER, 80), ("web", "172.20.5.11", 30080))
        for client, source in (("c", "198.18.0.2"), ("p", "10.128.7.40"), (NODE, "172.20.5.11"))
    ]
    long = [Request("c", "198.18.0.2", TALK, ECHO), Request(NODE, "172.20.5.11", TALK, ECHO)]
    changes = []
    with Traffic(lab, targets, [Listen(pod, port) for pod in PODS for port in (8080, 8081)], long) as traffic:
        for mode in (Mode.IPVS, Mode.IPTABLES, Mode.IPVS, Mode.NFTABLES):
            began = time.monotonic()
            ended = node.apply(modes[mode])
            assert 0 == ended.status, ended.message
            changes.append((mode.value, round(began, 3), round(time.monotonic(), 3)))
            if mode is not Mode.NFTABLES:
                assert 0 == node.roll_back().status
                assert 0 == node.apply(modes[mode]).status
    failed = [
        (traffic.targets[one.target], one, changes) for one in traffic.calls if not isinstance(one.result, Answer)
    ]
    print(f"\n{len(traffic.calls)} calls while the mode changed ten times")
    assert len(traffic.calls) > 100
    assert [] == failed[:5]
    assert () == traffic.broken


def test_everything_goes_and_the_settings_are_as_they_were(lab, node):
    start = node.listing()
    assert 0 == node.apply(ipvs()).status
    assert start != node.listing()
    assert 0 == node.clean().status
    assert IpvsState() == servers(lab)
    assert start == node.listing()


def timeouts(lab):
    return lab.run(NODE, "ipvsadm", "-L", "--timeout").split(":")[1].split()


def test_time_outs_are_set_and_are_as_they_were_afterwards(lab, node):
    found = timeouts(lab)
    config = f"{CONFIG}ipvs: {{tcpTimeout: 601s, udpTimeout: 31s}}\n"
    wanted = want(cluster(), config, Mode.IPVS)
    assert 0 == node.apply(wanted).status
    assert ["601", found[1], "31"] == timeouts(lab)
    assert node.plan_is_empty(wanted)
    assert 0 == node.apply(ipvs()).status
    assert found == timeouts(lab)
    assert 0 == node.apply(wanted).status
    assert 0 == node.clean().status
    assert found == timeouts(lab)


def test_with_dh_an_endpoint_that_goes_does_not_leave_its_clients_refused(lab, node):
    by_destination = {"annotations": {"svcc.dev/scheduler": "dh"}}
    assert 0 == node.apply(ipvs(cart=("l1",), **by_destination)).status
    with Servers(lab, [Listen(pod, 8080) for pod in PODS]):
        assert {"10.128.7.21"} == answered(lab, CART)
        assert 0 == node.apply(ipvs(cart=("r1",), **by_destination)).status
        assert {"10.128.9.31": 1} == weights(lab, CART)
        assert {"10.128.9.31"} == answered(lab, CART)


class Echoes:
    """Servers that say back what they hear, on every pod, for as long as a block lasts."""

    def __init__(self, lab):
        self.lab = lab

    def __enter__(self):
        called = Target("cart", Request("c", "198.18.0.2", CART, 80))
        self.traffic = Traffic(self.lab, [called], [Listen(pod, 8080) for pod in PODS])
        return self.traffic.__enter__()

    def __exit__(self, *raised):
        self.traffic.__exit__(*raised)


def wait_until_idle(lab, seconds=90):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        held = lab.run(NODE, "ipvsadm", "-Lcn").splitlines()[2:]
        if not any(TALK in line for line in held):
            return
        time.sleep(1)
    raise AssertionError(f"connections to {TALK} do not end: {held}")
