"""Clients that never change their port reach the endpoints that there are, right after an apply; no other flow is touched."""

import json
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from svcc.kernel import conntrack
from svcc.kernel.netlink import CREATE, FLOWS, NESTED, NETFILTER_HEADER, attribute, connected, tell
from svcc.net import Address, Protocol
from svcc.plan.conntrack import AddressPort, Flow, Fronts, Host, Served, StaleReason
from tests.lab.datagrams import (
    CLIENTS,
    LAYOUT,
    LISTEN,
    NODE_PORT,
    PLACES,
    PORT,
    SERVICE,
    VIP,
    Clients,
    answered_by,
    cluster,
)
from tests.lab.namespaces import NODE, WORLD, Lab
from tests.lab.servers import Listen, Servers
from tests.lab.svcc import Forked
from tests.lab.worker import CONFIG

pytestmark = pytest.mark.kernel

# Without any rule that asks for it, conntrack remembers nothing.
TRACKED = "table inet tracked { chain arriving { type filter hook prerouting priority 0; ct state new counter; }; chain leaving { type filter hook output priority 0; ct state new counter; }; }"
ONE_IS_ENOUGH = pytest.mark.parametrize("target", ["nftables"])
"""For what does not depend on who carries the rules."""


@pytest.fixture(scope="module")
def lab():
    with Lab(LAYOUT) as made, Servers(made, LISTEN):
        yield made


@pytest.fixture(params=["nft", "legacy", "nftables"])
def target(request):
    return request.param


@pytest.fixture
def node(lab, tmp_path, target):
    made = Node(lab, Forked(lab, tmp_path, target), tmp_path)
    yield made
    made.svcc.clean()
    lab.run(NODE, "conntrack", "-F")


class Node:
    """The node of the lab, and what is applied to it."""

    def __init__(self, lab, svcc, folder):
        self.lab, self.svcc = lab, svcc
        self.manifests, self.config = folder / "cluster.yaml", folder / "config.yaml"
        self.config.write_text(CONFIG, encoding="utf-8")

    def tell(self, command, text):
        """Return what a command says about flows."""
        self.manifests.write_text(text, encoding="utf-8")
        return self.svcc.told(command, self.manifests, self.config)["conntrack"]

    def apply(self, text):
        return self.tell("apply", text)

    def flows(self):
        """Return every flow that conntrack lists, without what changes by itself."""
        listed = [self.lab.run(NODE, "conntrack", "-L", "-f", family) for family in ("ipv4", "ipv6")]
        return sorted(_lasting(line) for text in listed for line in text.splitlines())


def _lasting(line):
    return " ".join(re.sub(r"^(\w+ +\d+) \d+|\[ASSURED\]|use=\d+|secctx=\S+", r"\1", line).split())


def total(told):
    return sum(one["flows"] for one in told)


def test_clients_that_keep_their_port_reach_new_endpoints_at_once_and_gone_ones_never(lab, node):
    node.apply(cluster("l1"))
    with Clients(lab) as clients:
        assert answered_by("l1") == clients.ask()
        planned = node.tell("plan", cluster("r1"))
        assert len(PLACES) == total(planned)
        assert {(SERVICE, "UDP", StaleReason.GONE.value)} == {
            (one["service"], one["protocol"], one["reason"]) for one in planned
        }
        assert planned == node.apply(cluster("r1"))
        assert answered_by("r1") == clients.ask()
        emptied = node.apply(cluster())
        assert (len(PLACES), {StaleReason.EMPTY.value}) == (total(emptied), {one["reason"] for one in emptied})
        assert dict.fromkeys(PLACES) == clients.ask()
        assert [] == node.tell("status", cluster())


def test_a_service_that_appears_takes_the_flows_that_were_there_before_it(lab, node):
    lab.run(NODE, "nft", "-f", "-", text=TRACKED)
    elsewhere = [Listen(WORLD, PORT), Listen(NODE, NODE_PORT)]
    with Servers(lab, elsewhere), Clients(lab) as clients:
        assert {place: place.to for place in PLACES} == clients.ask()
        told = node.apply(cluster("l1"))
        assert (len(PLACES), {(None, StaleReason.BYPASSES.value)}) == (
            total(told),
            {(one["backend"], one["reason"]) for one in told},
        )
        assert answered_by("l1") == clients.ask()
    lab.run(NODE, "nft", "delete", "table", "inet", "tracked")


def test_a_rollback_takes_back_the_flows_that_the_apply_has_made(lab, node):
    node.apply(cluster("l1"))
    with Clients(lab) as clients:
        assert answered_by("l1") == clients.ask()
        assert len(PLACES) == total(node.apply(cluster("r1")))
        assert answered_by("r1") == clients.ask()
        status, printed = node.svcc.on_node("rollback", "--format", "json")
        assert (0, len(PLACES)) == (status, total(json.loads(printed)["conntrack"]))
        assert answered_by("l1") == clients.ask()


@ONE_IS_ENOUGH
def test_an_apply_that_is_undone_leaves_no_flow_of_its_own(lab, node, tmp_path):
    node.apply(cluster("l1"))
    (tmp_path / "other.yaml").write_text(cluster("r1"))
    words = ("apply", tmp_path / "other.yaml", "--config", node.config, "--mode", "nftables", "-q")
    probe = f"touch {tmp_path}/here; until test -e {tmp_path}/on; do sleep 0.05; done; exit 1"
    with Clients(lab) as clients, ThreadPoolExecutor(1) as beside:
        assert answered_by("l1") == clients.ask()
        failing = beside.submit(node.svcc.on_node, *words, "--probe", probe)
        while not (tmp_path / "here").exists():
            assert not failing.done(), failing.result()
        lab.run(NODE, "conntrack", "-D", "-p", "udp", "-f", "ipv4")
        lab.run(NODE, "conntrack", "-D", "-p", "udp", "-f", "ipv6")
        assert answered_by("r1") == clients.ask()
        (tmp_path / "on").touch()
        assert 4 == failing.result()[0]
        assert answered_by("l1") == clients.ask()
        assert 0 == node.svcc.on_node(*words, "--confirm-within", "2s")[0]
        assert answered_by("r1") == clients.ask()
        while not node.svcc.on_node("status", "--format", "json")[1].count('"phase": "undone"'):
            time.sleep(0.2)
        assert answered_by("l1") == clients.ask()


@ONE_IS_ENOUGH
def test_a_restore_takes_the_flows_that_were_there_before_it(lab, node):
    node.apply(cluster("l1"))
    lab.run(NODE, "nft", "flush", "ruleset")
    lab.run(NODE, "nft", "-f", "-", text=TRACKED)
    elsewhere = [Listen(WORLD, PORT), Listen(NODE, NODE_PORT)]
    with Servers(lab, elsewhere), Clients(lab) as clients:
        assert {place: place.to for place in PLACES} == clients.ask()
        status, printed = node.svcc.on_node("restore")
        assert 0 == status
        to_each = f"- {len(CLIENTS)} stale flows "
        assert len(PLACES) == len(CLIENTS) * printed.count(to_each), printed
        assert printed.count(to_each) == printed.count(f" of {SERVICE}: {StaleReason.BYPASSES.value}\n"), printed
        assert answered_by("l1") == clients.ask()
    lab.run(NODE, "nft", "delete", "table", "inet", "tracked")


@ONE_IS_ENOUGH
def test_flows_that_the_old_rules_made_after_the_plan_go_too(lab, node):
    node.apply(cluster("l1"))
    with Clients(lab, PLACES[:3]) as early, Clients(lab, PLACES[3:8]) as late:
        early.ask()
        assert 3 == total(node.tell("plan", cluster("r1")))
        late.ask()
        printed = node.svcc.apply(node.manifests, node.config)
        assert "\n8 stale flows deleted; the next packet of each is sent by the rules.\n" in printed
        assert 8 == printed.count(f" of {SERVICE}: {StaleReason.GONE.value}\n")
        assert {**early.ask(), **late.ask()} == {place: answered_by("r1")[place] for place in PLACES[:8]}


@ONE_IS_ENOUGH
def test_endpoints_that_still_serve_keep_their_flows(lab, node):
    node.apply(cluster("l1"))
    with Clients(lab) as clients:
        clients.ask()
        before = node.flows()
        local = {"externalTrafficPolicy": "Local", "internalTrafficPolicy": "Local"}
        for text in (cluster("l1", "l2"), cluster("l2", leaving=["l1"]), cluster("l2", "l1", **local)):
            assert [] == node.apply(text)
            assert answered_by("l1") == clients.ask()
        assert before == node.flows()


@ONE_IS_ENOUGH
def test_flows_of_others_and_of_tcp_stay_as_they_are(lab, node):
    node.apply(cluster("l1"))
    with Clients(lab) as clients, lab.inside(NODE):
        clients.ask()
        ours = set(node.flows())
        gone, vip = "10.128.7.99", VIP[0]
        for protocol, port in (("tcp", 4000), ("udp", 4000)):
            insert(protocol, ("10.96.0.99", 53), port, gone)
            insert(protocol, (vip, 54), port + 1, gone)
            insert(protocol, ("203.0.113.77", NODE_PORT), port + 2, gone)
        insert("tcp", (vip, PORT), 4004, gone)
        insert("udp", (vip, PORT), 4005, vip, "--zone", "7")
        foreign = set(node.flows()) - ours
        assert 8 == len(foreign)
        assert len(PLACES) == total(node.apply(cluster("r1")))
        assert foreign == set(node.flows())


def insert(protocol, at, port, answers, *words):
    """Let conntrack remember a flow of 198.18.0.2 from one port, which somebody answers."""
    place, number = at
    state = ("--state", "ESTABLISHED") if protocol != "udp" else ()
    state += ("--orig-vtag", "1", "--reply-vtag", "2") if protocol == "sctp" else ()
    client = ("-s", "198.18.0.2", "--sport", str(port), "-r", answers, "-q", "198.18.0.2")
    ports = ("--dport", str(number), "--reply-port-src", str(number), "--reply-port-dst", str(port))
    subprocess.run(
        ["conntrack", "-I", "-p", protocol, "-d", place, *client, *ports, "-t", "600", "-u", "ASSURED", *state, *words],
        check=True,
        capture_output=True,
    )


@pytest.mark.parametrize("protocol", ["udp", "sctp"])
def test_a_flow_that_was_made_anew_in_between_is_left_alone(namespace, protocol):
    at = AddressPort(Address("10.96.0.53"), Protocol[protocol.upper()], 53)
    fronts = Fronts({at: Served("lab/dns", frozenset())}, Host())

    insert(protocol, (at.address, at.port), 4000, "10.128.7.21")
    (held,) = conntrack.read(fronts)
    assert Flow(at, Address("10.128.7.21"), 53, translated=False, zone=0, handle=held.handle) == held
    # The kernel's number of a flow comes last; one that was made anew has another.
    number = bytes(one ^ 0xFF for one in held.handle[-4:])
    assert () == conntrack.delete([held._replace(handle=held.handle[:-4] + number)])
    assert [held] == list(conntrack.read(fronts))
    assert (held,) == conntrack.delete([held])
    assert [] == list(conntrack.read(fronts))


def test_of_two_flows_that_differ_in_their_zone_one_is_deleted(namespace):
    at = AddressPort(Address("10.96.0.53"), Protocol.UDP, 53)
    fronts = Fronts({at: Served("lab/dns", frozenset())}, Host())
    for zone in ("0", "5"):
        insert("udp", (at.address, at.port), 4000, "10.128.7.21", "--zone", zone)
    by_zone = {one.zone: one for one in conntrack.read(fronts)}
    assert {0, 5} == by_zone.keys()
    assert (by_zone[5],) == conntrack.delete([by_zone[5]])
    assert [by_zone[0]] == list(conntrack.read(fronts))


@ONE_IS_ENOUGH
def test_a_hundred_thousand_foreign_flows_cost_no_more_than_one_dump(lab, node):
    node.apply(cluster("l1"))
    many = 100_000
    with Clients(lab) as clients:
        clients.ask()
        with lab.inside(NODE):
            insert_many(many)
            fronts = Fronts({AddressPort(VIP[0], Protocol.UDP, PORT): Served("", frozenset())}, Host())
            start = time.monotonic()
            assert len(CLIENTS) == len(list(conntrack.read(fronts)))
            print(f"\n{many} foreign flows: read in {time.monotonic() - start:.2f} s")
        assert len(PLACES) == total(node.apply(cluster("r1")))
        assert answered_by("r1") == clients.ask()
    assert many == int(lab.run(NODE, "conntrack", "-L", "-p", "udp", "-d", "192.0.2.53").count("dst=192.0.2.53 "))


def insert_many(many):
    number = bytes([socket.IPPROTO_UDP])
    server = socket.inet_aton("192.0.2.53")

    def half(source, destination, ports):
        addresses = attribute(1, source) + attribute(2, destination)
        transport = b"".join(
            attribute(place, value)
            for place, value in enumerate((number, *(port.to_bytes(2, "big") for port in ports)), 1)
        )
        return attribute(1 | NESTED, addresses) + attribute(2 | NESTED, transport)

    def messages():
        for index in range(many):
            client = (10 << 24 | 200 << 16 | index).to_bytes(4, "big")
            yield (
                FLOWS << 8,
                CREATE,
                NETFILTER_HEADER.pack(socket.AF_INET, 0, 0)
                + attribute(1 | NESTED, half(client, server, (4000, 53)))
                + attribute(2 | NESTED, half(server, client, (53, 4000)))
                + attribute(3, (8).to_bytes(4, "big"))
                + attribute(7, (600).to_bytes(4, "big")),
            )

    with connected() as netlink:
        assert {} == tell(netlink, messages())


CODE = """
from svcc.kernel import conntrack
from svcc.kernel.base import Denied
from svcc.plan.conntrack import AddressPort, Fronts, Host, Served
from svcc.net import Protocol
try:
    found = list(conntrack.read(Fronts({AddressPort("10.96.0.53", Protocol.UDP, 53): Served("", frozenset())}, Host())))
    print(len(found), len(conntrack.delete(found)))
except Denied as problem:
    print(problem.message)
"""


@pytest.mark.parametrize(
    ("capabilities", "told"),
    [
        ("-all,+net_admin", "1 1"),
        ("-all", "reading and deleting flows of conntrack needs CAP_NET_ADMIN, which this process does not have"),
    ],
)
def test_the_right_to_administer_the_network_is_enough(namespace, capabilities, told):
    insert("udp", ("10.96.0.53", 53), 4000, "10.128.7.21")
    kept = f"--bounding-set={capabilities}"
    ended = subprocess.run(
        ["setpriv", kept, f"--inh-caps={capabilities}", sys.executable, "-c", CODE],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("", told) == (ended.stderr, ended.stdout.strip())
