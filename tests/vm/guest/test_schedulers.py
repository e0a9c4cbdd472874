"""What each scheduler of IPVS does with real connections, both families side by side."""

import socket
from collections import Counter
from contextlib import ExitStack

import pytest

from tests.lab.connections import held
from tests.lab.flow_cluster import CLIENTS
from tests.lab.namespaces import NODE
from tests.lab.requests import Request, Silence, ask_all
from tests.vm.cases import ENDPOINTS, HOSTS, KEPT, VIPS

FIRST, SECOND, THIRD = ENDPOINTS
CLIENT = ("198.18.0.2", "fd00:1::2")
PATIENCE = 5.0


def hosts(answers):
    return [HOSTS[one.address] for one in answers]


def from_one_client(lab, name, times, family):
    """Make connections one after the other from one client; return which hosts took them."""
    return hosts(ask_all(lab, [Request("c", CLIENT[family], VIPS[name][family], 80)] * times, PATIENCE))


def from_many_clients(lab, name, family):
    """Make one connection from each of many clients; return which host took each."""
    source = "fd00:2::1:{}" if family else "198.18.2.{}"
    asked = [Request("c", source.format(one), VIPS[name][family], 80) for one in range(1, CLIENTS + 1)]
    return hosts(ask_all(lab, asked, PATIENCE))


def kept(lab, stack, name, times, family):
    """Make connections that stay until the stack unwinds; return them."""
    request = Request("c", CLIENT[family], VIPS[name][family], 80)
    return [stack.enter_context(held(lab, request)) for _ in range(times)]


def taken_by(connections):
    return hosts(one.answer for one in connections)


def place(name, family):
    address = VIPS[name][family]
    return f"[{address}]:80" if family else f"{address}:80"


def server(host, family):
    address = ENDPOINTS[host][family]
    return f"[{address}]:{KEPT}" if family else f"{address}:{KEPT}"


def weigh(lab, name, host, weight, family):
    words = ("-e", "-t", place(name, family), "-r", server(host, family), "-m", "-w", str(weight))
    lab.run(NODE, "ipvsadm", *words)


def test_rr_deals_evenly(balanced, family):
    assert {FIRST: 4, SECOND: 4, THIRD: 4} == Counter(from_one_client(balanced, "rr", 12, family))


def test_wrr_deals_three_to_one(balanced, family):
    assert {FIRST: 9, SECOND: 3} == Counter(from_one_client(balanced, "wrr", 12, family))


def test_lc_goes_where_the_fewest_connections_are_held(balanced, family):
    with ExitStack() as stack:
        first = kept(balanced, stack, "lc", 6, family)
        assert {FIRST: 2, SECOND: 2, THIRD: 2} == Counter(taken_by(first))
        for one in first:
            if HOSTS[one.answer.address] == SECOND:
                one.end()
        assert [SECOND, SECOND] == taken_by(kept(balanced, stack, "lc", 2, family))


def test_wlc_holds_as_many_connections_as_the_weights_say(balanced, family):
    with ExitStack() as stack:
        assert {FIRST: 4, SECOND: 2, THIRD: 2} == Counter(taken_by(kept(balanced, stack, "wlc", 8, family)))


def test_sed_expects_the_shortest_delay_of_the_heavier_server_even_when_another_is_idle(balanced, family):
    with ExitStack() as stack:
        assert [FIRST, FIRST] == taken_by(kept(balanced, stack, "sed", 2, family))
        assert {FIRST: 3, SECOND: 1} == Counter([FIRST, FIRST, *taken_by(kept(balanced, stack, "sed", 2, family))])


def test_nq_lets_no_server_be_idle(balanced, family):
    with ExitStack() as stack:
        assert {FIRST, SECOND} == set(taken_by(kept(balanced, stack, "nq", 2, family)))
        assert [FIRST, FIRST] == taken_by(kept(balanced, stack, "nq", 2, family))


def test_sh_keeps_each_client_with_one_server_and_spreads_the_clients(balanced, family):
    answers = from_many_clients(balanced, "sh", family)
    assert answers == from_many_clients(balanced, "sh", family)
    assert {FIRST, SECOND, THIRD} == set(answers)


def test_sh_keeps_a_client_with_one_server_whatever_its_port_unless_the_ports_count(balanced, family):
    assert 1 == len(set(from_one_client(balanced, "sh", 12, family)))
    assert {FIRST, SECOND, THIRD} == set(from_one_client(balanced, "sh-sh-port", 30, family))


def test_mh_keeps_a_client_with_one_server_whatever_its_port_unless_the_ports_count(balanced, family):
    assert 1 == len(set(from_one_client(balanced, "mh", 12, family)))
    assert {FIRST, SECOND, THIRD} == set(from_one_client(balanced, "mh-mh-port", 30, family))


@pytest.mark.parametrize("name", ["sh", "mh"])
def test_clients_of_a_server_that_takes_no_new_connections_are_hashed_to_another(balanced, name, family):
    weigh(balanced, name, THIRD, 0, family)
    after = from_many_clients(balanced, name, family)
    weigh(balanced, name, THIRD, 1, family)
    assert {FIRST, SECOND} == set(after)


def test_dh_chooses_by_the_address_that_is_called_whoever_calls(balanced, family):
    assert 1 == len(set(from_many_clients(balanced, "dh", family)))


def test_dh_refuses_everyone_while_the_server_of_the_address_takes_no_new_connections(balanced, family):
    (chosen,) = set(from_many_clients(balanced, "dh", family))
    weigh(balanced, "dh", chosen, 0, family)
    refused = ask_all(balanced, [Request("c", CLIENT[family], VIPS["dh"][family], 80)] * 3, PATIENCE)
    weigh(balanced, "dh", chosen, 1, family)
    # There is no flag that would make it hash again, as there is for sh and mh.
    assert [Silence.REFUSED] * 3 == refused


def test_mh_keeps_clients_where_they_are_when_another_server_goes(balanced, family):
    before = from_many_clients(balanced, "mh", family)
    assert {FIRST, SECOND, THIRD} == set(before)
    at, to = place("mh", family), server(THIRD, family)
    balanced.run(NODE, "ipvsadm", "-d", "-t", at, "-r", to)
    after = from_many_clients(balanced, "mh", family)
    balanced.run(NODE, "ipvsadm", "-a", "-t", at, "-r", to, "-m", "-w", "1")
    assert {FIRST, SECOND} == set(after)
    moved = [old for old, new in zip(before, after, strict=True) if old not in (THIRD, new)]
    # A few places of the table change hands beside those of the server that went.
    assert len(moved) <= CLIENTS // 10
    assert before == from_many_clients(balanced, "mh", family)


@pytest.mark.parametrize("name", ["lblc", "lblcr"])
def test_locality_keeps_an_address_with_one_server_until_that_has_more_connections_than_its_weight(
    balanced, name, family
):
    with ExitStack() as stack:
        taken = []
        for _ in range(3):
            (one,) = kept(balanced, stack, name, 1, family)
            taken += taken_by([one])
            one.end()
        assert 1 == len(set(taken))
        first, second, third = taken_by(kept(balanced, stack, name, 3, family))
    assert [taken[0], taken[0]] == [first, second]
    assert taken[0] != third


def test_fo_goes_to_the_heaviest_server_and_fails_over_to_the_next(balanced, family):
    assert {SECOND} == set(from_one_client(balanced, "fo", 6, family))
    weigh(balanced, "fo", SECOND, 0, family)
    assert {THIRD} == set(from_one_client(balanced, "fo", 6, family))
    weigh(balanced, "fo", SECOND, 3, family)
    assert {SECOND} == set(from_one_client(balanced, "fo", 6, family))


def test_datagrams_of_one_socket_stay_with_one_server(balanced, family):
    request = Request("c", CLIENT[family], VIPS["rr"][family], 80, "UDP")
    with held(balanced, request) as connection:
        assert 1 == len(set(hosts([connection.answer, connection.again(), connection.again()])))


def test_with_ops_every_datagram_is_balanced_and_answered_from_the_address_of_its_server(balanced, family):
    # Linux remembers nothing of such a datagram, so nobody puts the Service's address into the answer.
    asking = balanced.socket("p", (socket.AF_INET, socket.AF_INET6)[family], socket.SOCK_DGRAM)
    with asking:
        asking.settimeout(PATIENCE)
        for _ in ENDPOINTS:
            asking.sendto(b"?", (VIPS["rr-ops"][family], 80))
        heard = {asking.recvfrom(512)[1][0] for _ in ENDPOINTS}
    assert {addresses[family] for addresses in ENDPOINTS.values()} == heard


def test_a_server_with_as_many_connections_as_its_limit_gets_no_more(balanced, family):
    with ExitStack() as stack:
        assert {FIRST: 2, SECOND: 2, THIRD: 2} == Counter(taken_by(kept(balanced, stack, "limited", 6, family)))
        with pytest.raises(ConnectionRefusedError):
            kept(balanced, stack, "limited", 1, family)


def test_ovf_overflows_to_the_next_server_once_the_heaviest_has_more_connections_than_its_weight(balanced, family):
    with ExitStack() as stack:
        assert [FIRST, FIRST, FIRST, SECOND, SECOND] == taken_by(kept(balanced, stack, "ovf", 5, family))
