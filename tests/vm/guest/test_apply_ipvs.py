"""Apply in IPVS mode on a kernel with ip_vs: whole or not at all, without cutting anybody off, and without touching what is not ours."""

import pytest
import yaml

from svcc.config import Mode
from svcc.emit.ipvs.ruleset import IpvsState
from svcc.emit.ipvs.text import parse
from tests.lab.appliance import KILLED, Fault, want
from tests.lab.namespaces import NODE
from tests.lab.requests import Answer, Request, Silence, ask_all
from tests.lab.servers import Listen, Servers
from tests.lab.traffic import ECHO
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
    service,
    wait_until_idle,
)


def servers(small):
    return parse(small.run(NODE, "ipvsadm", "-Sn"))


def weights(small, address):
    return {to.address: real.weight for (at, to), real in servers(small).reals.items() if at.address == address}


def answered(small, address, port=80, times=8):
    found = ask_all(small, [Request("c", "198.18.0.2", address, port)] * times, timeout=3.0)
    return {one.address if isinstance(one, Answer) else one for one in found}


def test_what_was_applied_is_planned_no_more_and_carries_packets(small, node):
    assert 0 == node.apply(ipvs()).status
    assert node.plan_is_empty(ipvs())
    with Servers(small, [Listen(pod, port) for pod in PODS for port in (8080, 8081)]):
        assert {"10.128.7.21", "10.128.9.31"} == answered(small, CART)
        assert {"10.128.7.21"} == answered(small, BALANCER)
        assert {"10.128.7.21"} == answered(small, "172.20.5.11", 30080)
        assert {Silence.REFUSED} == answered(small, CART, 81, times=1)


def test_one_changed_endpoint_is_a_handful_of_messages(node):
    assert 0 == node.apply(ipvs()).status
    # One real server less in ip_vs: its weight, and its deletion. The companion does not speak of endpoints that others have too.
    assert 4 >= node.steps(ipvs(cart=("l1",)))


BEFORE = {"cart": ("l1",), "web": ("l1", "r1"), "annotations": {"svcc.dev/scheduler": "wlc"}}
AFTER = {"cart": ("l1", "r1"), "web": None, "talk": ("r1",)}


@pytest.fixture(scope="module")
def states():
    return ipvs(**BEFORE), ipvs(**AFTER)


@pytest.fixture
def served(small):
    with Servers(small, [Listen(pod, port) for pod in PODS for port in (8080, 8081, ECHO)]):
        yield


def unanswered(small, changes):
    """Return each request to a Service of a state that none of its endpoints has answered."""
    wanted = [(CART, 80, changes["cart"]), (TALK, ECHO, changes.get("talk", tuple(PODS)))]
    if changes.get("web", tuple(PODS)) is not None:
        wanted += [(BALANCER, 80, ("l1",)), ("172.20.5.11", 30080, ("l1",))]
    requests = [Request("c", "198.18.0.2", address, port) for address, port, _ in wanted]
    every = zip(wanted, ask_all(small, requests, timeout=5.0), strict=True)
    return [
        (one, found) for one, found in every if getattr(found, "address", "") not in {PODS[pod][0] for pod in one[2]}
    ]


@pytest.mark.parametrize("mode", [Mode.IPVS, Mode.NFTABLES])
def test_failing_at_any_point_ends_exactly_at_the_start(small, node, served, states, mode, capsys):
    before, after = want(cluster(**AFTER), CONFIG, mode), states[0]  # virtual servers come
    assert 0 == node.apply(before).status
    start, recorded = node.listing(), node.recorded()
    steps = node.steps(after, cut=True)
    assert 0 == node.apply(before, cut=True).status
    assert start == node.listing()
    for place in range(steps):
        ended = node.apply(after, Fault(place, "fail"), cut=True)
        assert (4, "the machine refuses" in ended.message) == (ended.status, True), f"at {place}: {ended.message}"
        assert start == node.listing(), f"failed at {place} of {steps}"
        assert recorded == node.recorded(), f"failed at {place} of {steps}"
        assert [] == unanswered(small, AFTER), f"failed at {place} of {steps}"
    with capsys.disabled():
        print(f" [fault points tried: {steps} (refused, {mode.value} to ipvs)]", end="", flush=True)


def test_killed_at_any_point_the_next_svcc_undoes_or_finishes_it(small, node, served, states, capsys):
    before, after = states
    assert 0 == node.apply(after, cut=True).status
    end = node.listing()
    assert 0 == node.apply(before, cut=True).status
    start, recorded = node.listing(), node.recorded()
    steps = node.steps(after, cut=True)
    assert 0 == node.roll_back().status
    assert (start, recorded) == (node.listing(), node.recorded())
    # First those that are undone: what has connections by then would not go back to where it was.
    for place in (*range(0, steps, 2), *range(1, steps, 2)):
        assert KILLED == node.apply(after, Fault(place, "kill"), cut=True).status
        if place % 2 == 0:
            assert 0 == node.roll_back().status
            assert (start, recorded) == (node.listing(), node.recorded()), f"killed at {place} of {steps}"
            assert [] == unanswered(small, BEFORE), f"killed at {place} of {steps}"
        else:
            assert 0 == node.apply(after, cut=True).status
            assert end == node.listing(), f"killed at {place} of {steps}"
            assert [] == unanswered(small, AFTER), f"killed at {place} of {steps}"
            assert 0 == node.apply(before, cut=True).status
    with capsys.disabled():
        print(f" [fault points tried: {steps} (killed, ipvs)]", end="", flush=True)


def test_a_connection_to_an_endpoint_that_goes_is_not_cut_and_its_server_goes_when_it_has_ended(small, node):
    assert 0 == node.apply(ipvs(talk=("l1",))).status
    with Echoes(small), open_talk(small) as made:
        assert b"still there?" == says_back(made)
        assert 0 == node.apply(ipvs(talk=("r1",))).status
        assert {"10.128.7.21": 0, "10.128.9.31": 1} == weights(small, TALK)
        assert b"still there?" == says_back(made)
        assert node.plan_is_empty(ipvs(talk=("r1",)))
        with open_talk(small) as another:
            assert b"still there?" == says_back(another)
        assert b"still there?" == says_back(made)
    wait_until_idle(small, TALK)
    assert 0 == node.apply(ipvs(talk=("r1",))).status
    assert {"10.128.9.31": 1} == weights(small, TALK)


def test_a_service_that_goes_keeps_its_connections_and_takes_no_new_ones(small, node):
    without = want(yaml.safe_dump_all([service("cart", CART, 80, 8080)]), CONFIG, Mode.IPVS)
    assert 0 == node.apply(ipvs()).status
    with Echoes(small), open_talk(small) as made:
        assert 0 == node.apply(without).status
        assert b"still there?" == says_back(made)
        # The address is nobody's now, as any other one of the service range.
        assert {Silence.DROPPED} == answered(small, TALK, ECHO, times=1)
    wait_until_idle(small, TALK)
    assert 0 == node.apply(without).status
    assert {} == weights(small, TALK)
    assert TALK not in small.run(NODE, "ip", "-o", "addr", "show", "dev", "svcc0")


def test_a_connection_is_ended_where_that_is_asked_for(small, node):
    assert 0 == node.apply(ipvs(talk=("l1",))).status
    with Echoes(small), open_talk(small) as made:
        assert b"still there?" == says_back(made)
        assert 0 == node.apply(ipvs(talk=("r1",)), cut=True).status
        assert {"10.128.9.31": 1} == weights(small, TALK)
        with pytest.raises(OSError, match=r"reset|timed out"):
            says_back(made) or says_back(made)


def test_where_connections_are_ended_with_the_mode_no_setting_of_ipvs_stays_for_them(small, node):
    nftables = want(cluster(), CONFIG, Mode.NFTABLES)
    assert 0 == node.apply(nftables).status
    start = node.listing()
    with Echoes(small):
        assert 0 == node.apply(ipvs()).status
        with open_talk(small) as made:
            assert b"still there?" == says_back(made)
            assert 0 == node.apply(nftables, cut=True).status
            assert start == node.listing()


def test_what_somebody_else_has_made_is_left_alone(small, node):
    small.run(NODE, "ipvsadm", "-R", text="-A -t 192.0.2.1:80 -s lc\n-a -t 192.0.2.1:80 -r 10.128.7.21:80 -m -w 5\n")
    theirs = servers(small)
    assert 0 == node.apply(ipvs()).status
    assert theirs.virtuals.items() <= servers(small).virtuals.items()
    assert 0 == node.apply(want(cluster(), CONFIG, Mode.NFTABLES), cut=True).status
    assert theirs == servers(small)


def test_a_virtual_server_of_somebody_else_at_a_service_is_refused_and_taken_by_force(small, node):
    small.run(NODE, "ipvsadm", "-A", "-t", f"{CART}:80", "-s", "lc")
    start = node.listing()
    ended = node.apply(ipvs())
    assert (4, True) == (ended.status, "already, and it is not svcc's" in ended.message)
    assert start == node.listing()
    assert 0 == node.apply(ipvs(), force=True).status
    assert "rr" == next(one.scheduler for at, one in servers(small).virtuals.items() if at.address == CART)


def test_everything_goes_and_the_settings_are_as_they_were(small, node):
    start = node.listing()
    assert 0 == node.apply(ipvs()).status
    assert start != node.listing()
    assert 0 == node.clean().status
    assert IpvsState() == servers(small)
    assert start == node.listing()


def timeouts(small):
    return small.run(NODE, "ipvsadm", "-L", "--timeout").split(":")[1].split()


def test_time_outs_are_set_and_are_as_they_were_afterwards(small, node):
    found = timeouts(small)
    config = f"{CONFIG}ipvs: {{tcpTimeout: 601s, udpTimeout: 31s}}\n"
    wanted = want(cluster(), config, Mode.IPVS)
    assert 0 == node.apply(wanted).status
    assert ["601", found[1], "31"] == timeouts(small)
    assert node.plan_is_empty(wanted)
    assert 0 == node.apply(ipvs()).status
    assert found == timeouts(small)
    assert 0 == node.apply(wanted).status
    assert 0 == node.clean().status
    assert found == timeouts(small)


def test_with_dh_an_endpoint_that_goes_does_not_leave_its_clients_refused(small, node):
    by_destination = {"annotations": {"svcc.dev/scheduler": "dh"}}
    assert 0 == node.apply(ipvs(cart=("l1",), **by_destination)).status
    with Servers(small, [Listen(pod, 8080) for pod in PODS]):
        assert {"10.128.7.21"} == answered(small, CART)
        assert 0 == node.apply(ipvs(cart=("r1",), **by_destination)).status
        assert {"10.128.9.31": 1} == weights(small, CART)
        assert {"10.128.9.31"} == answered(small, CART)
