"""Changes of IPVS, of the mode to it and away from it, and their rollbacks: nobody who is served before and after notices.

Whoever is being connected meanwhile is answered, also where the first packet gets lost and is sent again behind the change; connections that
are open stay so.
"""

import os
import select
import selectors
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

import pytest

from svcc.config import Mode
from tests.lab.appliance import want
from tests.lab.namespaces import NODE
from tests.lab.requests import Answer, Request, heard, open_request
from tests.lab.servers import Listen, Servers
from tests.lab.traffic import ECHO, Target, Traffic
from tests.lab.worker import CONFIG
from tests.vm.cluster import (
    BALANCER,
    CART,
    PODS,
    TALK,
    Echoes,
    cluster,
    ipvs,
    open_talk,
    says_back,
    wait_until_idle,
)

REQUESTS = [
    Request(client, source, to, port)
    for to, port in ((CART, 80), (BALANCER, 80), ("172.20.5.11", 30080))
    for client, source in (("c", "198.18.0.2"), ("p", "10.128.7.40"), (NODE, "172.20.5.11"))
]
TARGETS = [Target({CART: "cart", BALANCER: "web", "172.20.5.11": "web"}[one.to], one) for one in REQUESTS]
SEED, ROUNDS = 20261, 6
PAUSE = 0.1
"""Seconds between two calls of one target: many more would only keep svcc from its work, in a machine as slow as this one."""
LOSES = "table ip lost { chain input { type filter hook input priority 0; tcp flags & (syn|ack) == syn drop; }; }"
_SENT_AGAIN = 40.0
"""Seconds in which a first packet that got lost is sent again often enough."""


@pytest.fixture(scope="module")
def modes():
    return {mode: want(cluster(), CONFIG, mode) for mode in (Mode.IPVS, Mode.NFTABLES, Mode.IPTABLES)}


def listeners():
    return [Listen(pod, port) for pod in PODS for port in (8080, 8081)]


def test_a_change_of_the_mode_and_its_rollback_are_noticed_by_nobody(small, node, modes):
    assert 0 == node.apply(modes[Mode.NFTABLES]).status
    long = [Request("c", "198.18.0.2", TALK, ECHO), Request(NODE, "172.20.5.11", TALK, ECHO)]
    changes = []
    with Traffic(small, TARGETS, listeners(), long, pause=PAUSE) as traffic:
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


@pytest.mark.parametrize("mode", [Mode.NFTABLES, Mode.IPTABLES])
def test_connections_that_were_made_since_outlive_a_rollback(small, node, modes, mode):
    assert 0 == node.apply(modes[mode]).status
    with Echoes(small), open_talk(small) as old:
        assert 0 == node.apply(modes[Mode.IPVS]).status
        with open_talk(small) as made:
            assert b"still there?" == says_back(made)
            assert 0 == node.roll_back().status
            assert [b"still there?"] * 2 == [says_back(made), says_back(old)]
            assert 0 == node.apply(modes[mode]).status
            with open_talk(small) as new:
                assert b"still there?" == says_back(new)
            assert b"still there?" == says_back(made)
    assert TALK in small.run(NODE, "ipvsadm", "-Ln")
    wait_until_idle(small, TALK)
    assert 0 == node.apply(modes[mode]).status
    assert TALK not in small.run(NODE, "ipvsadm", "-Ln")
    assert TALK not in small.run(NODE, "sh", "-c", "ip -br addr show dev svcc0 2>&1 || true")


class Beside:
    """Does something again and again, `pause` seconds apart, for as long as a block lasts, whose error is also this one's."""

    pause = 0.0

    def __init__(self, small):
        self.lab, self._stop, self._pool = small, Event(), ThreadPoolExecutor(1)

    def __enter__(self):
        self._ended = self._pool.submit(self._go_on)
        return self

    def __exit__(self, *raised):
        self._stop.set()
        self._pool.shutdown()
        self._ended.result()

    def _go_on(self):
        while not self._stop.wait(self.pause):
            self.act()


class Calling(Beside):
    """Opens a connection to every target again and again; `silent` are those without an answer."""

    pause = 0.2

    def __init__(self, small):
        super().__init__(small)
        self._opened = []

    def act(self):
        self._opened += [(time.monotonic(), one, open_request(self.lab, one)) for one in REQUESTS]

    def silent(self):
        """Wait for the answers and return whoever got none, or something else; with the number of those that got one."""
        results, until = {}, time.monotonic() + _SENT_AGAIN
        with selectors.DefaultSelector() as selector:
            for index, (_, _, made) in enumerate(self._opened):
                selector.register(made, selectors.EVENT_READ, index)
            while selector.get_map() and time.monotonic() < until:
                for key, _ in selector.select(0.5):
                    if (result := heard(key.fileobj)) is not None:
                        results[key.data] = result
                        selector.unregister(key.fileobj)
                        key.fileobj.close()
            for key in tuple(selector.get_map().values()):
                key.fileobj.close()
        answers = {index for index, result in results.items() if isinstance(result, Answer)}
        return [
            (at, one, results.get(index)) for index, (at, one, _) in enumerate(self._opened) if index not in answers
        ], len(answers)


@pytest.mark.parametrize(("before", "after"), [(Mode.NFTABLES, Mode.IPVS), (Mode.IPVS, Mode.NFTABLES)])
def test_a_first_packet_that_gets_lost_is_sent_again_to_somebody_who_answers(small, node, modes, before, after):
    assert 0 == node.apply(modes[before]).status
    with Servers(small, listeners()):
        for pod in PODS:
            small.run(pod, "nft", "-f", "-", text=LOSES)
        try:
            with Calling(small) as calling:
                time.sleep(0.5)
                ended = node.apply(modes[after])
        finally:
            for pod in PODS:
                small.run(pod, "nft", "delete", "table", "ip", "lost")
        assert 0 == ended.status, ended.message
        silent, answered = calling.silent()
    assert [] == silent[:5]
    assert answered > 4 * len(REQUESTS)


EXCHANGES = ("wlc", "rr", "sh", "lc", "rr", "wrr")
FLOOD = 200
"""First packets on their way at a time."""


class Flood(Beside):
    """Opens and resets connections to the cart as fast as it can; `failed` are those that were refused, or not made in five seconds."""

    def __init__(self, small):
        super().__init__(small)
        self.opened, self.failed = 0, []

    def act(self):
        made = [open_request(self.lab, Request("c", "198.18.0.2", CART, 80)) for _ in range(FLOOD)]
        until = time.monotonic() + 5
        for one in made:
            _, answered, _ = select.select([], [one], [], max(0.0, until - time.monotonic()))
            error = one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error or not answered:
                self.failed.append((time.monotonic(), os.strerror(error) if error else "no answer"))
            one.close()
        self.opened += len(made)


def test_a_scheduler_that_changes_refuses_nobody(small, node):
    states = {name: ipvs(annotations={"svcc.dev/scheduler": name}) for name in {*EXCHANGES}}
    assert 0 == node.apply(states["wrr"]).status
    changes = []
    with Servers(small, listeners()), Flood(small) as flood:
        for name in EXCHANGES:
            began = time.monotonic()
            ended = node.apply(states[name])
            assert 0 == ended.status, ended.message
            changes.append((name, began, time.monotonic()))
            assert name in small.run(NODE, "ipvsadm", "-Sn")
    print(f"\n{flood.opened} connections, {len(changes)} changes of the scheduler")
    assert flood.opened > 1000
    assert [] == flood.failed[:5], changes


# The last one, since its open connections end in ip_vs long after it.
def drawn(chance):
    """Give a cluster in which the endpoint on this node stays, whatever else changes."""
    scheduler, weights = chance.choice(["rr", "lc", "sh"]), chance.choice(["", "10.128.7.21=2"])
    return ipvs(
        annotations={"svcc.dev/scheduler": scheduler, **({"svcc.dev/weights": weights} if weights else {})},
        cart=chance.choice([("l1",), ("l1", "r1")]),
        talk=chance.choice([("l1",), ("l1", "r1")]),
        web=chance.choice([("l1",), ("l1", "r1")]),
        policy=chance.choice(["Local", "Cluster"]),
    )


def test_random_changes_and_their_rollbacks_are_noticed_by_nobody(small, node):
    chance = Random(SEED)
    assert 0 == node.apply(ipvs(talk=("l1",))).status
    long = [Request("c", "198.18.0.2", TALK, ECHO), Request(NODE, "172.20.5.11", TALK, ECHO)]
    with Traffic(small, TARGETS, listeners(), long, pause=PAUSE) as traffic:
        for number in range(ROUNDS):
            ended = node.apply(drawn(chance))
            assert 0 == ended.status, f"round {number}: {ended.message}"
            if ended.steps and number % 3 == 2:
                assert 0 == node.roll_back().status, f"round {number}"
    print(f"\nseed {SEED}: {len(traffic.calls)} calls in {ROUNDS} rounds")
    assert len(traffic.calls) > 100
    assert [] == [one for one in traffic.calls if not isinstance(one.result, Answer)][:5]
    assert () == traffic.broken
