"""Connections through changes of IPVS: session affinity and its end, and servers that are drained before they go."""

import time
from contextlib import ExitStack

import pytest

from tests.lab.connections import Connection, held
from tests.lab.namespaces import NODE
from tests.lab.requests import Request, Silence, ask_all
from tests.lab.stock import COMPANION
from tests.vm.cases import ENDPOINTS, HOSTS, KEPT, OUTER, STICKY_SECONDS, VIPS
from tests.vm.given import given

CLIENTS = ("198.18.2.{}", "fd00:2::1:{}")
POD, NODE_ADDRESS = ("10.128.7.40", "fd00:10:0:7::40"), ("172.20.5.11", "fd00:20::11")
# No multiple of the number of servers: when all are dealt anew, in turn, it begins with another one.
MANY = 10
PATIENCE = 5.0
ENOUGH = 3
SHORT = 1
"""Seconds after which IPVS forgets a datagram; a client is remembered for at least as long as one of its connections is."""
LONG = 300


@pytest.fixture
def forgetful(balanced):
    balanced.run(NODE, "ipvsadm", "--set", "0", "0", str(SHORT))
    yield balanced
    balanced.run(NODE, "ipvsadm", "--set", "0", "0", str(LONG))


def asked_by_datagram(lab, own_port, family):
    """Return which host answers each client."""
    to = VIPS["sticky"][family]
    clients = [CLIENTS[family].format(number) for number in range(1, MANY + 1)]
    answers = ask_all(lab, [Request("c", one, to, 80, "UDP", own_port) for one in clients], PATIENCE)
    return [HOSTS[one.address] for one in answers]


def test_affinity_lasts_while_it_is_used_and_ends_by_its_timeout(forgetful, family):
    ports = iter(range(3000, 4000))
    used, remembered = time.monotonic(), asked_by_datagram(forgetful, next(ports), family)
    kept = 0
    while kept < ENOUGH:
        time.sleep(STICKY_SECONDS / 2)
        start, answers = time.monotonic(), asked_by_datagram(forgetful, next(ports), family)
        # On a machine so busy that the timeout passed meanwhile, the round says nothing: go on from here.
        if time.monotonic() - used < STICKY_SECONDS:
            assert remembered == answers
            kept += 1
        used, remembered = start, answers
    time.sleep(STICKY_SECONDS + SHORT + 1)
    assert remembered != asked_by_datagram(forgetful, next(ports), family)


def place(name, family):
    address = VIPS[name][family]
    return f"[{address}]:80" if family else f"{address}:80"


def change(lab, verb, host, family, *words, name="drain", kind="-t"):
    address = ENDPOINTS[host][family]
    server = f"[{address}]:{KEPT}" if family else f"{address}:{KEPT}"
    lab.run(NODE, "ipvsadm", verb, kind, place(name, family), "-r", server, *words)


def connections_of(lab, host, family):
    """Return how many connections the node counts on a server."""
    address = ENDPOINTS[host][family]
    listed = lab.run(NODE, "ipvsadm", "-Ln", "-t", place("drain", family))
    line = next(line.split() for line in listed.splitlines() if address in line)
    return int(line[-2])


def test_a_drained_server_keeps_its_connection_and_gets_no_new_one_until_it_goes(balanced, family):
    request = Request("c", CLIENTS[family].format(1), VIPS["drain"][family], 80)
    others = [request] * 6
    with held(balanced, request) as connection:
        drained = HOSTS[connection.answer.address]
        change(balanced, "-e", drained, family, "-m", "-w", "0")
        taken = {HOSTS[one.address] for one in ask_all(balanced, others, PATIENCE)}
        assert set(ENDPOINTS) - {drained} == taken
        assert connection.answer == connection.again()
        assert 1 == connections_of(balanced, drained, family)
    assert 0 == connections_of(balanced, drained, family)
    change(balanced, "-d", drained, family)
    assert set(ENDPOINTS) - {drained} == {HOSTS[one.address] for one in ask_all(balanced, others, PATIENCE)}
    change(balanced, "-a", drained, family, "-m", "-w", "1")
    assert set(ENDPOINTS) == {HOSTS[one.address] for one in ask_all(balanced, others, PATIENCE)}


def test_a_client_is_bound_anew_when_its_server_is_drained_and_keeps_its_connection(balanced, family):
    request = Request("c", CLIENTS[family].format(3), VIPS["sticky"][family], 80)
    with held(balanced, request) as connection:
        bound = HOSTS[connection.answer.address]
        assert {bound} == {HOSTS[one.address] for one in ask_all(balanced, [request] * 3, PATIENCE)}
        change(balanced, "-e", bound, family, "-m", "-w", "0", name="sticky")
        (other,) = {HOSTS[one.address] for one in ask_all(balanced, [request] * 3, PATIENCE)}
        assert bound != other
        assert connection.answer == connection.again()
        change(balanced, "-e", bound, family, "-m", "-w", "1", name="sticky")


def test_connections_of_every_kind_survive_that_the_companion_is_loaded_again(balanced, stock, family):
    outer, cluster = OUTER[family], VIPS["local"][family]
    wanted = [
        Request("c", CLIENTS[family].format(4), outer, 80),
        Request("p", POD[family], outer, 80),
        Request(NODE, NODE_ADDRESS[family], outer, 80),
        Request("c", CLIENTS[family].format(4), cluster, 80),
        Request("p", POD[family], cluster, 80),
    ]
    with ExitStack() as stack:
        connections = [stack.enter_context(held(balanced, one)) for one in wanted]
        answers = [one.answer for one in connections]
        assert CLIENTS[family].format(4) == answers[0].client
        assert HOSTS[answers[0].address] in {"l1", "l2"}
        balanced.run(NODE, "nft", "-f", "-", text=given("services").files[COMPANION])
        assert answers == [one.again() for one in connections]


def test_a_datagram_goes_to_another_server_once_its_own_is_gone(balanced, family):
    request = Request("c", CLIENTS[family].format(5), VIPS["drain"][family], 80, "UDP", 4000)
    with held(balanced, request) as connection:
        gone = HOSTS[connection.answer.address]
        change(balanced, "-d", gone, family, kind="-u")
    first, second = (ask_all(balanced, [request], 1.0)[0] for _ in range(2))
    change(balanced, "-a", gone, family, "-m", "-w", "1", kind="-u")
    # The datagram that finds its server gone is lost, and with it what Linux knew of the port.
    assert first is Silence.DROPPED or HOSTS[first.address] != gone
    assert HOSTS[second.address] != gone


def test_a_connection_to_a_server_that_goes_at_once_is_cut(balanced, family):
    request = Request("c", CLIENTS[family].format(2), VIPS["drain"][family], 80)
    connection = Connection(balanced, request)
    gone = HOSTS[connection.answer.address]
    change(balanced, "-d", gone, family)
    with pytest.raises(ConnectionResetError):
        connection.again()
    connection.end()
    change(balanced, "-a", gone, family, "-m", "-w", "1")
