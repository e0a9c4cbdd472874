import dns.name
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcc.config import DnsOptions
from svcc.graph.build_zones import build_zones
from svcc.graph.names import NameRecord, RecordType, Zone, demand_whole, faults
from svcc.graph.reverse import Pointer, reverse_zones
from svcc.model.manifests import Manifests
from svcc.net import Address, Family, address_at
from svcc.resolve.published import publish
from tests.support import addresses, config, endpoint, endpoint_slice, networks, service

FORWARD = Zone("z.", 5, "ns.dns.z.", "hostmaster.z.", ())


def zones(services, slices=(), **options):
    node = config(dns=DnsOptions(**options))
    return demand_whole(build_zones(publish(Manifests(tuple(services), tuple(slices))), (), node))


def answers(found, owner, kind):
    return [one.data for one in found[0].records if one.owner == f"{owner}.cluster.local." and one.type.value == kind]


@pytest.mark.parametrize(("members", "weight"), [(1, 100), (3, 33), (100, 1), (150, 1)])
def test_weights_share_a_hundred_and_never_fall_below_one(members, weight):
    held = endpoint_slice(*(endpoint(f"10.128.{number // 250}.{number % 250 + 1}") for number in range(members)))
    found = answers(zones([service(ip=(), headless=True)], [held]), "_http._tcp.web.lab.svc", "SRV")
    assert members == len(found)
    assert {f"0 {weight} 8080"} == {one.rpartition(" ")[0] for one in found}


def test_a_headless_service_with_nobody_ready_has_no_name_at_all():
    found = zones([service(ip=(), headless=True)], [endpoint_slice(endpoint("10.128.7.21", ready=False))])
    assert [] == [one for one in found[0].records if "web" in one.owner]
    assert 1 == len(found)


def test_the_name_server_is_where_it_is_said_to_be():
    assert ["127.0.0.1"] == answers(zones([]), "ns.dns", "A")
    assert ["192.0.2.53"] == answers(zones([], addresses=addresses("192.0.2.53", "fd00::53")), "ns.dns", "A")


def test_every_record_but_the_version_has_the_ttl_that_is_configured():
    found = zones([service()], [endpoint_slice(endpoint("10.128.7.21"))], ttl=77)
    assert {77, 28800} == {one.ttl for zone in found for one in zone.records}
    assert [28800] == [one.ttl for one in found[0].records if one.type is RecordType.TXT]


def origins(ranges, *texts):
    node = config(service_cidrs=networks(*ranges), cluster_cidrs=())
    found = reverse_zones((Pointer(one, f"{index}.z.") for index, one in enumerate(addresses(*texts))), FORWARD, node)
    return {zone.origin: len(zone.records) - 1 for zone in found}


@pytest.mark.parametrize(
    ("ranges", "address", "origin"),
    [
        (["10.0.0.0/8"], "10.1.2.3", "10.in-addr.arpa."),
        (["10.0.0.0/7"], "10.1.2.3", "10.in-addr.arpa."),
        (["10.0.0.0/9"], "10.1.2.3", "1.10.in-addr.arpa."),
        (["10.1.2.0/24"], "10.1.2.3", "2.1.10.in-addr.arpa."),
        (["10.1.2.0/28"], "10.1.2.3", "2.1.10.in-addr.arpa."),
        (["10.1.2.3/32"], "10.1.2.3", "2.1.10.in-addr.arpa."),
        (["10.2.0.0/16"], "10.1.2.3", "2.1.10.in-addr.arpa."),
        (["fd00::/8"], "fd00::1", "d.f.ip6.arpa."),
        (["fd00::/9"], "fd00::1", "0.d.f.ip6.arpa."),
        (["fd00::/128"], "fd00::", f"{'0.' * 29}d.f.ip6.arpa."),
        ([], "fd00::1", f"{'0.' * 14}d.f.ip6.arpa."),
    ],
)
def test_a_reverse_zone_is_cut_behind_its_range(ranges, address, origin):
    assert {origin: 1} == origins(ranges, address)


def test_only_pieces_that_hold_somebody_are_zones():
    assert {"128.10.in-addr.arpa.": 2, "130.10.in-addr.arpa.": 1} == origins(
        ["10.128.0.0/14"], "10.128.0.1", "10.128.255.1", "10.130.0.1"
    )


def test_ranges_that_are_everything_together_are_cut_at_the_first_digit():
    assert {"10.in-addr.arpa.": 2} == origins(["0.0.0.0/1", "128.0.0.0/1"], "10.0.0.1", "10.9.0.1")
    assert {"f.ip6.arpa.": 2} == origins(["::/1", "8000::/1"], "fd00::1", "fe00::1")


def test_no_zone_lies_in_another():
    assert {f"{'0.' * 14}d.f.ip6.arpa.": 2} == origins(["fd00::/112"], "fd00::1", "fd00::1:0:1")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 2**32 - 1), max_size=12),
    st.lists(st.integers(0, 2**128 - 1), max_size=12),
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 32)), max_size=3),
    st.lists(st.tuples(st.integers(0, 2**128 - 1), st.integers(1, 128)), max_size=3),
)
def test_every_address_has_its_way_back_in_one_zone_and_zones_are_in_canonical_order(four, six, nets4, nets6):
    pairs = {(address_at(one, Family.IPV4)) for one in four} | {Address(address_at(one, Family.IPV6)) for one in six}
    texts = [
        f"{address_at(value >> (bits - length) << (bits - length), family)}/{length}"
        for family, bits, nets in ((Family.IPV4, 32, nets4), (Family.IPV6, 128, nets6))
        for value, length in nets
    ]
    node = config(service_cidrs=networks(*(one for one in texts if "::ffff" not in one and not one.startswith("::"))))
    found = demand_whole(
        tuple(reverse_zones((Pointer(one, f"x.{i}.z.") for i, one in enumerate(pairs)), FORWARD, node))
    )
    owners = [one.owner for zone in found for one in zone.records if one.type is RecordType.PTR]
    assert len(pairs) == len(owners) == len(set(owners))
    names = [dns.name.from_text(zone.origin) for zone in found]
    assert [] == [(one, other) for one in names for other in names if one != other and one.is_subdomain(other)]
    for zone in found:
        absolute = [dns.name.from_text(one.owner) for one in zone.records]
        assert sorted(absolute) == absolute


@pytest.mark.parametrize(
    ("records", "fault"),
    [
        (
            [NameRecord("b.z.", RecordType.A, "10.0.0.1", 5), NameRecord("a.z.", RecordType.A, "10.0.0.1", 5)],
            "out of order",
        ),
        (
            [NameRecord("a.z.", RecordType.CNAME, "b.", 5), NameRecord("a.z.", RecordType.A, "10.0.0.1", 5)],
            "is an alias",
        ),
        ([NameRecord("a.y.", RecordType.A, "10.0.0.1", 5)], "is not in z."),
        ([NameRecord(f"{'a' * 64}.z.", RecordType.A, "10.0.0.1", 5)], "is no name"),
        ([NameRecord(f"{'a.' * 127}z.", RecordType.A, "10.0.0.1", 5)], "is no name"),
        ([NameRecord("..z.", RecordType.A, "10.0.0.1", 5)], "is no name"),
        ([NameRecord("a.z.", RecordType.A, "10.0.0.1", 5)] * 2, "holds a record twice"),
    ],
)
def test_a_zone_that_is_not_whole_is_a_bug(records, fault):
    broken = Zone("z.", 5, "ns.dns.z.", "hostmaster.z.", tuple(records))
    assert any(fault in one for one in faults(broken))
    with pytest.raises(AssertionError, match="bug in svcc"):
        demand_whole((broken,))
