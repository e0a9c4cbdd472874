"""What a kill -9 leaves behind, at every operation, is undone from what the journal holds; what is refused there, at once."""

import json

import pytest
from test_apply import FOREIGN, START, WANT

from svcc.apply import Opened, Part, apply
from svcc.emit.ipvs.ruleset import IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.kernel import journal, written
from svcc.kernel.base import KernelError, ToolFailed
from svcc.kernel.fake import FakeIptables
from svcc.kernel.fake_ipvs import FakeIpvs, FakeSvcc0
from svcc.net import Address, Family, Protocol
from svcc.plan.links import Dummy
from svcc.plan.passes import Come, Go
from tests.lab.points import tried


class Killed(BaseException):
    """Ends everything where it is, as SIGKILL does."""


def at(last):
    return VirtualKey(Address(f"10.96.0.{last}"), Protocol.TCP, 80)


def servers(*numbers, weight=1):
    """Give virtual servers with two real servers each."""
    reals = {(at(one), RealKey(Address(f"10.128.7.{two}"), 8080)): Real(weight) for one in numbers for two in (1, one)}
    return IpvsState({at(one): Virtual("rr", service=f"lab/s{one}:http") for one in numbers}, reals)


OLD, NEW = servers(10, 11, weight=2), servers(11, 12)


def bound(*numbers):
    return Dummy(tuple(Address(f"10.96.0.{one}") for one in numbers))


def host(failures):
    """Give rules, virtual servers and addresses of before; `failures` are those of each."""
    rules = FakeIptables(FOREIGN)
    rules.commit(rules.plan(rules.snapshot(), START))
    rules.tools.operations, rules.tools.fail_at = 0, failures.get("rules", {})
    return rules, FakeIpvs(OLD, failures.get("servers")), FakeSvcc0(bound(10, 11).addresses, failures.get("links"))


def parts(rules, ipvs, links):
    return (
        Part(ipvs, Come(NEW)),
        Part(links, Go(bound(11, 12))),
        Part(links, Come(bound(11, 12))),
        Part(rules, WANT),
        Part(ipvs, Go(NEW)),
    )


def cut_off(one):
    """Commit until something is killed, without any rollback; return what the journal held."""
    held = []

    def begin(_, befores):
        held.append(journal.pack([written.write(subsystem, state) for subsystem, state in befores]))
        raise Killed

    with pytest.raises(Killed):
        apply("ipvs", lambda: Opened(parts(*one), journal=begin))
    with pytest.raises(Killed):
        commit(parts(*one))
    return held[0]


def commit(some):
    for part in some:
        part.subsystem.commit(part.subsystem.plan(part.subsystem.snapshot(), part.want))


def undo(one, packed):
    rules, ipvs, links = one
    places = {"iptables nft": rules, "ipvs": ipvs, "links": links}
    read = [written.read(two) for two in json.loads(json.dumps(journal.unpack(packed)))]
    apply("ipvs", lambda: Opened([Part(places[place], state) for place, state in read]))


def counts():
    rules, ipvs, links = host({})
    apply("ipvs", lambda: Opened(parts(rules, ipvs, links)))
    assert (WANT, NEW, bound(11, 12)) == (rules.snapshot(), ipvs.snapshot(), links.snapshot())
    return {"rules": rules.tools.operations, "servers": len(ipvs.tools.operations), "links": links.tools.operations}


POINTS = [(name, number) for name, count in counts().items() for number in range(count)]


def test_there_are_many_points_to_be_killed_at():
    assert 55 < len(POINTS)


@pytest.mark.parametrize(("name", "number"), POINTS)
def test_what_is_killed_anywhere_is_undone_from_the_journal(name, number):
    tried("killed, in memory")
    one = host({name: {number: Killed()}})
    undo(one, cut_off(one))
    rules, ipvs, links = one
    assert (START, OLD, bound(10, 11)) == (rules.snapshot(), ipvs.snapshot(), links.snapshot())
    assert ["-j ACCEPT"] == rules.tools.tables[Family.IPV4]["nat"]["HOST"]


@pytest.mark.parametrize(("name", "number"), POINTS)
def test_what_is_refused_anywhere_is_rolled_back_at_once(name, number):
    tried("refused, in memory")
    one = host({name: {number: ToolFailed("no")}})
    with pytest.raises(KernelError, match="no"):
        apply("ipvs", lambda: Opened(parts(*one)))
    rules, ipvs, links = one
    assert (START, OLD, bound(10, 11)) == (rules.snapshot(), ipvs.snapshot(), links.snapshot())
