"""What stands in while virtual servers change their scheduler: for those that need it, at places that nobody has, as they are wanted."""

from dataclasses import replace

import pytest

from svcc.cli.stand_ins import stand_ins
from svcc.config import Mode
from svcc.emit.ipvs.ruleset import DR, VirtualKey
from svcc.emit.nftables.ruleset import NftTable
from svcc.net import Address, Family, Protocol, contains
from tests.lab.appliance import want
from tests.lab.worker import CONFIG
from tests.vm.cluster import BALANCER, CART, cluster

WANTED = want(cluster(), CONFIG, Mode.IPVS).wanted
STATE, COMPANION, (INNER, *_) = WANTED.state, WANTED.companion.tables, WANTED.inner


def elements(companion, name):
    return dict(companion[Family.IPV4].collections[name].elements)


def at(address, port=80):
    return VirtualKey(Address(address), Protocol.TCP, port)


def place_in(companion, name, key):
    address, port = elements(companion, name)[key].split(" . ")
    return at(address, int(port))


BEHIND = place_in(COMPANION, "inner", f"{BALANCER} . tcp . 80")
BEHIND_PORT = place_in(COMPANION, "port-inner", "tcp . 30080")
PLACES = {
    at(CART): ("stand-ins", f"{CART} . tcp . 80"),
    at(BALANCER): ("stand-ins", f"{BALANCER} . tcp . 80"),
    at("172.20.5.11", 30080): ("port-stand-ins", "tcp . 30080"),
    BEHIND: ("inner", f"{BALANCER} . tcp . 80"),
    BEHIND_PORT: ("port-inner", "tcp . 30080"),
}


def otherwise(*places, state=STATE):
    """Return a state in which virtual servers have another scheduler."""
    return replace(
        state, virtuals={**state.virtuals, **{one: replace(state.virtuals[one], scheduler="lc") for one in places}}
    )


@pytest.mark.parametrize("changed", PLACES, ids=str)
def test_new_connections_are_sent_to_a_stand_in_with_the_wanted_scheduler_and_real_servers(changed):
    found = stand_ins(otherwise(changed), STATE, COMPANION)
    name, key = PLACES[changed]
    place = place_in(found.companions, name, key)
    assert {changed} == found.replaced
    assert {place: STATE.virtuals[changed]} == found.servers.virtuals
    wanted = {to: one for (where, to), one in STATE.reals.items() if where == changed}
    assert {(place, to): one for to, one in wanted.items()} == found.servers.reals
    assert (place.address,) == found.servers.addresses
    assert contains(INNER, place.address)
    assert place not in STATE.virtuals
    if name.endswith("stand-ins"):
        prefix = "port-" if name.startswith("port-") else ""
        assert "goto to-stand-in" == elements(found.companions, f"{prefix}servers")[key]


def test_nothing_else_of_the_companion_is_another():
    found = stand_ins(otherwise(*PLACES), STATE, COMPANION).companions
    names = ("servers", "port-servers", "stand-ins", "port-stand-ins", "inner", "port-inner")
    before, after = (one[Family.IPV4] for one in (COMPANION, found))
    assert before.chains == after.chains
    assert {name for name in before.collections if before.collections[name] != after.collections[name]} == {*names}
    kept = {key: one for key, one in elements(found, "servers").items() if one != "goto to-stand-in"}
    assert kept.items() <= elements(COMPANION, "servers").items()
    assert {CART, BALANCER} == {key.split()[0] for key in elements(found, "servers").keys() - kept.keys()}


def test_a_place_that_somebody_has_is_not_taken():
    first = stand_ins(otherwise(at(CART)), STATE, COMPANION)
    ((place, one),) = first.servers.virtuals.items()
    live = otherwise(at(CART))
    busy = replace(live, virtuals={**live.virtuals, place: one})
    for _ in range(20):
        another = stand_ins(busy, STATE, COMPANION)
        assert not {*busy.virtuals} & {*another.servers.virtuals}
        busy = replace(busy, virtuals={**busy.virtuals, **another.servers.virtuals})
    assert first == stand_ins(otherwise(at(CART)), STATE, COMPANION)


def without_inner(companion):
    table = companion[Family.IPV4]
    more = {**table.collections, "inner-cidrs": replace(table.collections["inner-cidrs"], elements={})}
    return {Family.IPV4: replace(table, collections=more)}


DIRECT = replace(STATE, reals={key: replace(one, forwarding=DR) for key, one in STATE.reals.items()})
NEW = replace(STATE, virtuals={key: one for key, one in STATE.virtuals.items() if key != at(CART)})
FLAGS = replace(STATE, virtuals={**STATE.virtuals, at(CART): replace(STATE.virtuals[at(CART)], flags=("ops",))})
EMPTY = replace(STATE, reals={key: one for key, one in STATE.reals.items() if key[0] != at(CART)})
UNREAD = {Family.IPV4: NftTable(Family.IPV4, flags=("what nft said",))}


@pytest.mark.parametrize(
    ("live", "wanted", "companion"),
    [
        (STATE, STATE, COMPANION),
        (otherwise(at(CART)), DIRECT, COMPANION),
        (NEW, STATE, COMPANION),
        (FLAGS, STATE, COMPANION),
        (otherwise(at(CART)), EMPTY, COMPANION),
        (otherwise(at(CART)), STATE, without_inner(COMPANION)),
        (otherwise(at(CART)), STATE, UNREAD),
        (otherwise(at(CART)), STATE, {}),
    ],
    ids=["the same", "direct", "new", "flags", "no server", "no room", "not read", "no companion"],
)
def test_nothing_stands_in_where_nothing_has_to_or_can(live, wanted, companion):
    assert stand_ins(live, wanted, companion) is None
