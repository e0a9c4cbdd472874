"""Rules that change all the time under requests that never stop: none fails, none goes where it should not.

Hundreds of rounds of random changes are committed while every Service of a core is called from outside, from a pod and from the node, in
both families, over TCP and UDP, and connections stay open. Some endpoints of the core stay; whoever answers must have been an endpoint of
the Service at some moment of the call. Then the mode changes to and fro under the same requests.

`SVCC_CHURN_SEED` and `SVCC_CHURN_ROUNDS` repeat a run or make a longer one.
"""

import json
import os
import random
import time
from collections import Counter

import pytest
import yaml

from svcc.diag import Diagnostics, Source
from svcc.emit.nftables.lower import lower
from svcc.kernel.nftables import Nftables
from svcc.model.decode_config import decode_config
from svcc.pipeline import compile_graph
from svcc.plan.nftables import NftState
from svcc.reading import read
from tests.lab.namespaces import NODE, Lab, Layout
from tests.lab.requests import Answer, Request
from tests.lab.servers import Listen
from tests.lab.svcc import Forked
from tests.lab.traffic import ECHO, Target, Traffic
from tests.lab.worker import CONFIG

pytestmark = [pytest.mark.kernel, pytest.mark.long]

SEED = int(os.environ.get("SVCC_CHURN_SEED") or time.time())
ROUNDS = int(os.environ.get("SVCC_CHURN_ROUNDS") or 320)
BY_HAND, COMPARED = 40, 10
"""Every how many rounds the command line applies, and the kernel's tables are listed and compared."""
SLOW = 0.9
"""Seconds after which a TCP call must have lost a packet."""

PODS = {
    "l1": ("10.128.7.21", "fd00:10:0:7::21"),
    "l2": ("10.128.7.22", "fd00:10:0:7::22"),
    "r1": ("10.128.9.31", "fd00:10:0:9::31"),
    "r2": ("10.128.9.32", "fd00:10:0:9::32"),
    "r3": ("10.128.11.41", "fd00:10:0:11::41"),
}
CLIENTS = {
    "c": ("198.18.0.2", "fd00:1::2"),
    "p": ("10.128.7.40", "fd00:10:0:7::40"),
    NODE: ("172.20.5.11", "fd00:20::11"),
}
LAYOUT = Layout(node=CLIENTS[NODE], hosts={**PODS, "c": CLIENTS["c"], "p": CLIENTS["p"]})
CORE = ("l1", "r1")
PORTS = {"cart": 8080, "web": 8081, "still": 8082, "dns": 5353, "talk": ECHO}
VIPS = {
    "cart": ("10.96.0.10", "fd00:96::10"),
    "web": ("10.96.0.20", "fd00:96::20"),
    "still": ("10.96.0.30", "fd00:96::30"),
    "dns": ("10.96.0.53", "fd00:96::53"),
    "talk": ("10.96.0.70", "fd00:96::70"),
}
SERVICES = tuple(PORTS)
"""Those of the core; ports and addresses of others are added as they come."""
BALANCER, NODE_PORT = ("198.51.100.20", "2001:db8:51::20"), 30080


def service(name, port, protocol="TCP", **spec):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "lab", "annotations": {}},
        "spec": {
            "clusterIP": VIPS[name][0],
            "clusterIPs": list(VIPS[name]),
            "ipFamilyPolicy": "RequireDualStack",
            "ipFamilies": ["IPv4", "IPv6"],
            "ports": [{"name": "x", "port": port, "protocol": protocol, "targetPort": PORTS[name]}],
            **spec,
        },
    }


def slices(name, pods, protocol="TCP", ready=None):
    for index, family in enumerate(("IPv4", "IPv6")):
        endpoints = [
            {
                "addresses": [PODS[pod][index]],
                "nodeName": "worker-1" if pod.startswith("l") else "worker-2",
                "conditions": {"ready": True if ready is None else ready.get(pod, True), "serving": True},
            }
            for pod in pods
        ]
        yield {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": f"{name}-{family.lower()}",
                "namespace": "lab",
                "labels": {"kubernetes.io/service-name": name},
            },
            "addressType": family,
            "ports": [{"name": "x", "port": PORTS.get(name, 9000), "protocol": protocol}],
            "endpoints": endpoints,
        }


class Cluster:
    """A random cluster, and whose endpoints the Services of the core have in it."""

    def __init__(self, chance):
        self.chance = chance
        self.endpoints = {}
        self.objects = [one for name in SERVICES for one in self._core(name)]
        for number in chance.sample(range(8), chance.randint(0, 8)):
            self.objects += self._other(number)

    def _some(self, name):
        chance = self.chance
        if name in ("still", "talk"):
            pods = ["l1", "r2"] if name == "still" else list(CORE)
        else:
            pods = [*CORE, *chance.sample(["l2", "r2", "r3"], chance.randint(0, 3))]
        ready = {pod: pod in CORE or chance.random() < 0.8 for pod in pods}
        self.endpoints[name] = {
            address for pod in pods for address in PODS[pod] if ready[pod] or name in ("still", "talk")
        }
        return pods, None if name in ("still", "talk") else ready

    def _core(self, name):
        chance, protocol = self.chance, "UDP" if name == "dns" else "TCP"
        pods, ready = self._some(name)
        made = service(name, 53 if name == "dns" else ECHO if name == "talk" else 80, protocol)
        spec, annotations = made["spec"], made["metadata"]["annotations"]
        if name == "web":
            spec |= {"type": "LoadBalancer", "externalTrafficPolicy": chance.choice(["Cluster", "Local"])}
            spec["ports"][0]["nodePort"] = NODE_PORT
            made["status"] = {"loadBalancer": {"ingress": [{"ip": one} for one in BALANCER]}}
            if chance.random() < 0.4:
                own = ["198.18.0.0/16", "10.128.0.0/14", "172.20.0.0/16", "fd00::/16"]
                spec["loadBalancerSourceRanges"] = [*own, f"203.0.113.{chance.randint(0, 255)}/32"]
        if name == "cart" and chance.random() < 0.3:
            spec |= {"type": "NodePort"}
            spec["ports"][0]["nodePort"] = 30000 + chance.randint(1, 50)
        if name in ("cart", "web", "dns"):
            if chance.random() < 0.4:
                seconds = chance.choice([1, 5, 60])
                spec |= {
                    "sessionAffinity": "ClientIP",
                    "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": seconds}},
                }
            if chance.random() < 0.4:
                annotations["svcc.dev/weights"] = ", ".join(f"{PODS[pod][0]}={chance.randint(1, 3)}" for pod in pods)
            if chance.random() < 0.2:
                annotations["svcc.dev/scheduler"] = "sh"
        yield made
        yield from slices(name, pods, protocol, ready)

    def _other(self, number):
        chance, name = self.chance, f"other-{number}"
        VIPS[name] = (f"10.96.1.{number + 1}", f"fd00:96::a{number + 1}")
        PORTS.setdefault(name, 9000 + number)
        made = service(name, chance.choice([80, 443, 53]))
        made["spec"]["ports"][0]["name"] = "x"
        if chance.random() < 0.3:
            made["spec"] |= {"type": "NodePort", "externalTrafficPolicy": chance.choice(["Cluster", "Local"])}
            made["spec"]["ports"][0]["nodePort"] = 31000 + number
        yield made
        if chance.random() < 0.8:
            yield from slices(name, chance.sample(list(PODS), chance.randint(0, 5)))

    @property
    def text(self):
        return yaml.safe_dump_all(self.objects, sort_keys=False)


def targets():
    places = [(name, VIPS[name], 53 if name == "dns" else 80) for name in ("cart", "web", "still", "dns")]
    places += [("web", BALANCER, 80), ("web", CLIENTS[NODE], NODE_PORT)]
    for name, addresses, port in places:
        for client, sources in CLIENTS.items():
            for source, to in zip(sources, addresses, strict=True):
                yield Target(name, Request(client, source, to, port, "UDP" if name == "dns" else "TCP"))


def long_connections():
    return [
        Request(client, source, to, ECHO)
        for client, sources in CLIENTS.items()
        for source, to in zip(sources, VIPS["talk"], strict=True)
    ]


LISTEN = sorted({Listen(pod, port) for pod in PODS for name, port in PORTS.items() if name != "talk"})


@pytest.fixture(scope="module")
def lab():
    with Lab(LAYOUT) as made:
        yield made


def told(traffic):
    """Return a line about what was called, for whoever reads the test's output."""
    tcp = [one for one in traffic.calls if traffic.targets[one.target].request.protocol == "TCP"]
    slow = sum(one.end - one.start > SLOW for one in tcp)
    lost = sum(one.tries > 1 for one in traffic.calls)
    return f"{len(traffic.calls)} calls, {slow} slow, {lost} datagrams lost once"


def wrong_answers(traffic, history):
    """Return each call that failed, or that nobody answered who might: those who had the Service at some time of the call."""
    for one in traffic.calls:
        target = traffic.targets[one.target]
        if not isinstance(one.result, Answer):
            yield target, one
            continue
        might = {
            address
            for (start, _, endpoints), (_, end, _) in zip(history, [*history[1:], (0, float("inf"), {})], strict=True)
            if start <= one.end and end >= one.start
            for address in endpoints[target.service]
        }
        if one.result.port != PORTS[target.service] or one.result.address not in might:
            yield target, one


def described(traffic, history):
    """Return the calls that went wrong, in words: who, to where, what happened, and which round's commit was under way."""
    for target, one in wrong_answers(traffic, history):
        rounds = [
            f"round {number}, {one.start - start:+.4f} s after the start and {one.start - end:+.4f} s after the end of its commit"
            for number, (start, end, _) in enumerate(history)
            if start - 0.01 <= one.end and end + 0.01 >= one.start
        ]
        yield f"{target} {one}: {rounds}"


class Churn:
    """Applies cluster after cluster on the node of a lab."""

    def __init__(self, lab, folder):
        self.lab, self.folder = lab, folder
        self.svcc = Forked(lab, folder, "nftables")
        self.config = folder / "config.yaml"
        self.config.write_text(CONFIG, encoding="utf-8")
        self.history = []
        self.script = ""

    def apply(self, cluster, number):
        text = cluster.text
        if number % BY_HAND == 0:
            path = self.folder / "cluster.yaml"
            path.write_text(text, encoding="utf-8")
            start = time.monotonic()
            self.svcc.apply(path, self.config)
        else:
            want = wanted(text)
            start = time.monotonic()
            self._commit(want, compared=number % COMPARED == 0)
        self.history.append((start, time.monotonic(), cluster.endpoints))

    def _commit(self, want, *, compared):
        with self.lab.inside(NODE):
            tables = Nftables()
            changes = tables.plan(tables.snapshot(), want)
            self.script = "\n".join(str((one.key, one.before, one.after)) for one in changes)
            if changes:
                tables.check(changes)
                tables.commit(changes)
                assert () == tables.reread(changes)
            if compared:
                assert () == tables.plan(tables.snapshot(), want)


def wanted(text):
    sink = Diagnostics()
    node = decode_config(Source("config.yaml", CONFIG), sink)
    graph = compile_graph(read([Source("cluster.yaml", text)], node, sink).manifests, node).graph
    return NftState.of(lower(graph))


def test_no_request_fails_or_goes_astray_while_rules_change(lab, tmp_path):
    chance = random.Random(SEED)
    churn = Churn(lab, tmp_path)
    churn.apply(Cluster(chance), 0)
    changes = Counter()
    try:
        with Traffic(lab, list(targets()), LISTEN, long_connections()) as traffic:
            for number in range(1, ROUNDS + 1):
                churn.apply(Cluster(chance), number)
                changes.update(line.split(" ")[2] for line in churn.script.splitlines() if line.startswith("('ip"))
    finally:
        churn.svcc.clean()
    print(f"\nseed {SEED}: {ROUNDS} rounds, {told(traffic)}")
    assert len(traffic.calls) > 10 * ROUNDS
    assert "" == "\n".join(list(described(traffic, churn.history))[:5]), f"SVCC_CHURN_SEED={SEED}"
    assert () == traffic.broken, f"SVCC_CHURN_SEED={SEED}"


@pytest.mark.parametrize("other", ["nft", "legacy"])
def test_a_change_of_the_mode_is_noticed_by_nobody(other, lab, tmp_path):
    cluster = Cluster(random.Random(SEED))
    for name, held in (("cluster.yaml", cluster.text), ("config.yaml", CONFIG)):
        (tmp_path / name).write_text(held, encoding="utf-8")
    modes = [Forked(lab, tmp_path, target) for target in ("nftables", other)]
    given = (tmp_path / "cluster.yaml", tmp_path / "config.yaml")
    modes[0].apply(*given)
    start = time.monotonic()
    try:
        with Traffic(lab, list(targets()), LISTEN, long_connections()) as traffic:
            for number in range(1, 7):
                modes[number % 2].apply(*given)
                assert modes[number % 2].plan_is_empty(*given)
                signs = ("table ip svcc {", ":SVCC-")
                there = [sign in one.saved(NODE) for sign, one in zip(signs, modes, strict=True)]
                assert [number % 2 == 0, number % 2 == 1] == there
    finally:
        modes[0].clean()
    print(f"\n6 changes of the mode, {told(traffic)}")
    history = [(start, time.monotonic(), cluster.endpoints)]
    assert "" == "\n".join(list(described(traffic, history))[:5])
    assert () == traffic.broken
    assert "svcc" not in lab.run(NODE, "nft", "list", "ruleset").lower()
    assert json.loads(lab.run(NODE, "nft", "-j", "list", "ruleset"))["nftables"][1:] == []
