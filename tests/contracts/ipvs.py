"""What every IPVS subsystem keeps to: the one in memory, and the real one where a kernel has ip_vs.

A module that runs it imports the tests, and has a fixture `ipvs`, a subsystem with nothing in it, and `told`, its tools.
"""

import errno

import pytest

from svcc.emit.ipvs.operation import Operation, Verb
from svcc.emit.ipvs.ruleset import DR, TUN, IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.kernel.base import CommitError, KernelError
from svcc.net import Address, Protocol
from svcc.plan.passes import Come, Go

FOUR = VirtualKey(Address("10.96.0.10"), Protocol.TCP, 80)
DNS = VirtualKey(Address("10.96.0.53"), Protocol.UDP, 53)
SIX = VirtualKey(Address("fd00:96::10"), Protocol.TCP, 443)
CALLS = VirtualKey(Address("10.96.0.90"), Protocol.SCTP, 5060)
A, B = RealKey(Address("10.128.7.21"), 8080), RealKey(Address("10.128.9.31"), 8080)
A6 = RealKey(Address("fd00:10:0:7::21"), 8443)
WANT = IpvsState(
    {
        FOUR: Virtual("rr"),
        DNS: Virtual("mh", ("mh-fallback", "mh-port", "ops")),
        SIX: Virtual("wrr", persistence=10800),
        CALLS: Virtual("sh", ("sh-port",), persistence=60),
    },
    {
        (FOUR, A): Real(),
        (FOUR, B): Real(3, lower=100, upper=200),
        (DNS, A): Real(0),
        (SIX, A6): Real(2),
        (CALLS, A): Real(1, DR),
        (CALLS, B): Real(1, TUN),
    },
)
NOTHING = IpvsState()


def commit(ipvs, want):
    changes = ipvs.plan(ipvs.snapshot(), want)
    ipvs.check(changes)
    ipvs.commit(changes)
    assert () == ipvs.reread(changes)
    return changes


def state(*reals, **changes):
    return IpvsState({FOUR: Virtual(**{"scheduler": "rr", **changes})}, {(FOUR, to): Real() for to in reals})


def test_what_was_committed_is_what_is_read_back(ipvs):
    commit(ipvs, Come(WANT))
    assert WANT == ipvs.snapshot()
    assert [(), (), ()] == [ipvs.plan(ipvs.snapshot(), want) for want in (WANT, Come(WANT), Go(WANT))]


def test_the_empty_state_removes_everything(ipvs):
    commit(ipvs, WANT)
    commit(ipvs, NOTHING)
    assert NOTHING == ipvs.snapshot()


def test_one_endpoint_changed_is_a_handful_of_operations(ipvs):
    commit(ipvs, WANT)
    other = RealKey(Address("10.128.9.32"), 8080)
    want = IpvsState(
        WANT.virtuals, {key: one for key, one in WANT.reals.items() if key != (FOUR, A)} | {(FOUR, other): Real()}
    )
    changes = (*ipvs.plan(ipvs.snapshot(), Come(want)), *ipvs.plan(ipvs.snapshot(), Go(want)))
    assert ["add 10.96.0.10:80/TCP → 10.128.9.32:8080", "set 10.96.0.10:80/TCP → 10.128.7.21:8080"] == [
        str(one.operations[0]) for one in changes
    ]
    commit(ipvs, Come(want))
    commit(ipvs, Go(want))
    assert want == ipvs.snapshot()


@pytest.mark.parametrize(
    ("scheduler", "flags", "persistence"),
    [
        ("wrr", (), None),
        ("rr", (), 60),
        ("mh", ("mh-port",), None),
        ("rr", ("ops",), None),
        ("sh", ("sh-fallback",), 5),
    ],
)
def test_a_virtual_server_changes_in_place(ipvs, scheduler, flags, persistence):
    commit(ipvs, state(A, B))
    want = state(A, B, scheduler=scheduler, flags=flags, persistence=persistence)
    changes = commit(ipvs, Come(want))
    assert [Verb.SET] == [one.verb for change in changes for one in change.operations]
    assert want == ipvs.snapshot()


def test_a_weight_changes_in_place(ipvs):
    commit(ipvs, state(A, B))
    want = IpvsState({FOUR: Virtual("rr")}, {(FOUR, A): Real(5), (FOUR, B): Real(1, lower=1, upper=9)})
    commit(ipvs, Come(want))
    assert want == ipvs.snapshot()


def test_thousands_of_servers_are_told_at_once(ipvs):
    places = [VirtualKey(Address(f"10.97.{number // 250}.{number % 250}"), Protocol.TCP, 80) for number in range(2000)]
    want = IpvsState(dict.fromkeys(places, Virtual("rr")), {(at, A): Real() for at in places})
    commit(ipvs, Come(want))
    assert want == ipvs.snapshot()
    commit(ipvs, Go(NOTHING))
    assert NOTHING == ipvs.snapshot()


REFUSED = [
    ("a virtual server that is there", Operation(Verb.ADD, FOUR, virtual=Virtual("rr")), errno.EEXIST),
    ("a change of a virtual server that is not there", Operation(Verb.SET, DNS, virtual=Virtual("rr")), errno.ESRCH),
    ("a deletion of one that is not there", Operation(Verb.DELETE, DNS), errno.ESRCH),
    ("a real server that is there", Operation(Verb.ADD, FOUR, A, real=Real()), errno.EEXIST),
    ("a real server of no virtual server", Operation(Verb.ADD, DNS, A, real=Real()), errno.ESRCH),
    ("a change of a real server that is not there", Operation(Verb.SET, FOUR, B, real=Real()), errno.ENOENT),
    ("a deletion of a real server that is not there", Operation(Verb.DELETE, FOUR, B), errno.ENOENT),
]


@pytest.mark.parametrize(("operation", "error"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_a_refused_operation_is_told_and_the_others_are_done(ipvs, told, operation, error):
    commit(ipvs, state(A))
    last = Operation(Verb.SET, FOUR, A, real=Real(7))
    assert {1: error} == told.tell([Operation(Verb.SET, FOUR, A, real=Real(5)), operation, last])
    assert {A: (Real(7), 0)} == dict(told.reals([FOUR]))[FOUR]


def test_what_is_refused_is_told_with_the_service_it_is_of(ipvs, told):
    changes = ipvs.plan(ipvs.snapshot(), Come(IpvsState({FOUR: Virtual("rr", service="shop/cart:http")})))
    told.tell([Operation(Verb.ADD, FOUR, virtual=Virtual("rr"))])
    with pytest.raises(
        CommitError, match=r"refused to add 10\.96\.0\.10:80/TCP: it is there already .* of shop/cart:http"
    ):
        ipvs.commit(changes)


def test_a_virtual_server_takes_its_real_servers_along(ipvs, told):
    commit(ipvs, WANT)
    told.tell([Operation(Verb.DELETE, FOUR)])
    assert {FOUR: {}} == dict(told.reals([FOUR]))


def test_of_a_virtual_server_that_is_not_there_there_are_no_real_servers(told):
    assert {DNS: {}} == dict(told.reals([DNS]))


def test_what_it_has_made_itself_is_its_own_and_goes_with_a_rollback(ipvs, told, owning):
    ours = owning(lambda _: False)
    commit(ours, Come(state(A)))
    assert state(A) == ours.snapshot()
    assert len(ours.plan(ours.snapshot(), NOTHING)) == 1
    commit(ours, NOTHING)
    assert {} == told.virtuals()


def test_what_somebody_else_has_made_is_neither_seen_nor_taken(ipvs, told, owning):
    told.tell([Operation(Verb.ADD, FOUR, virtual=Virtual("wlc")), Operation(Verb.ADD, FOUR, B, real=Real(9))])
    ours = owning(lambda at: at != FOUR)
    assert NOTHING == ours.snapshot()
    commit(ours, Come(IpvsState({DNS: Virtual("rr")})))
    commit(ours, NOTHING)
    assert {FOUR: {B: (Real(9), 0)}} == dict(told.reals(told.virtuals()))
    changes = ours.plan(ours.snapshot(), Come(state(A)))
    with pytest.raises(
        KernelError, match=r"there is a virtual server 10\.96\.0\.10:80/TCP already, and it is not svcc's"
    ):
        ours.check(changes)
