import pytest

from svcc.allocate.cluster_ip import bands as address_bands
from svcc.allocate.node_port import bands as port_bands
from svcc.allocate.pool import Pool, seed_of
from svcc.net import Family, address_at, network_family, number, parse_network


def ends(bands, family):
    return [(str(address_at(one.start, family)), str(address_at(one.stop - 1, family))) for one in bands if one]


# Network, upper band, lower band: first and last address, as the API server divides it.
NETWORKS = [
    ("10.96.0.0/16", [("10.96.1.1", "10.96.255.254"), ("10.96.0.1", "10.96.1.0")]),
    ("10.0.0.0/12", [("10.0.1.1", "10.15.255.254"), ("10.0.0.1", "10.0.1.0")]),
    ("10.96.0.0/20", [("10.96.1.1", "10.96.15.254"), ("10.96.0.1", "10.96.1.0")]),
    ("10.96.0.0/23", [("10.96.0.33", "10.96.1.254"), ("10.96.0.1", "10.96.0.32")]),
    ("10.96.0.0/24", [("10.96.0.17", "10.96.0.254"), ("10.96.0.1", "10.96.0.16")]),
    ("10.96.0.0/27", [("10.96.0.17", "10.96.0.30"), ("10.96.0.1", "10.96.0.16")]),
    ("10.96.0.0/28", [("10.96.0.1", "10.96.0.14")]),
    ("10.96.0.0/30", [("10.96.0.1", "10.96.0.2")]),
    ("10.96.0.0/31", []),
    ("10.96.0.0/32", []),
    ("fd00::/112", [("fd00::101", "fd00::ffff"), ("fd00::1", "fd00::100")]),
    ("fd00::/64", [("fd00::101", "fd00::ffff:ffff:ffff:ffff"), ("fd00::1", "fd00::100")]),
    ("fd00::/32", [("fd00::101", "fd00:0:ffff:ffff:ffff:ffff:ffff:ffff"), ("fd00::1", "fd00::100")]),
    ("fd00::/124", [("fd00::1", "fd00::f")]),
    ("fd00::/123", [("fd00::11", "fd00::1f"), ("fd00::1", "fd00::10")]),
    ("fd00::/127", [("fd00::1", "fd00::1")]),
    ("fd00::/128", []),
]


@pytest.mark.parametrize(("network", "expected"), NETWORKS)
def test_a_network_has_an_upper_and_a_lower_band(network, expected):
    parsed = parse_network(network)
    assert expected == ends(address_bands([parsed]), network_family(parsed))


def test_the_lower_bands_of_several_networks_come_last():
    networks = [parse_network("10.96.0.0/27"), parse_network("10.97.0.0/27")]
    assert [
        ("10.96.0.17", "10.96.0.30"),
        ("10.97.0.17", "10.97.0.30"),
        ("10.96.0.1", "10.96.0.16"),
        ("10.97.0.1", "10.97.0.16"),
    ] == ends(address_bands(networks), Family.IPV4)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (30000, 32767, [range(30086, 32768), range(30000, 30086)]),
        (30000, 30015, [range(30000, 30016), range(30000, 30000)]),
        (30000, 30016, [range(30016, 30017), range(30000, 30016)]),
        (30000, 30127, [range(30016, 30128), range(30000, 30016)]),
        (1, 65535, [range(129, 65536), range(1, 129)]),
        (30000, 30000, [range(30000, 30001), range(30000, 30000)]),
    ],
)
def test_node_ports_have_an_upper_and_a_lower_band(low, high, expected):
    assert expected == port_bands(low, high)


def test_a_seed_leads_to_a_place_in_the_upper_band():
    pool = Pool([range(100, 110), range(90, 100)])
    assert 103 == pool.next(3)
    assert 107 == pool.next(1007)


def test_the_search_goes_on_around_the_end_of_a_band():
    pool = Pool([range(100, 103), range(98, 100)])
    assert [102, 100, 101] == [pool.next(2) for _ in range(3)]


def test_the_lower_band_is_used_last():
    pool = Pool([range(100, 102), range(90, 93)])
    assert [101, 100, 91, 92, 90, None, None] == [pool.next(1) for _ in range(7)]


def test_a_value_that_was_taken_is_never_returned():
    pool = Pool([range(100, 103)])
    for value in (101, 101, 7):
        pool.take(value)
    assert [102, 100, None] == [pool.next(1) for _ in range(3)]


def test_a_value_behind_the_band_may_be_taken():
    pool = Pool([range(100, 102), range(90, 92)])
    for value in (101, 102, 103):
        pool.take(value)
    assert [100, 91, 90, None] == [pool.next(1) for _ in range(4)]


def test_a_pool_knows_its_values_without_listing_them():
    pool = Pool(address_bands([parse_network("fd00::/64")]))
    assert 2**64 - 1 == pool.size
    assert number("fd00::") not in pool
    assert number("fd00::1") in pool
    assert number("fd00:0:0:1::") not in pool


def test_a_pool_without_values_gives_none():
    assert Pool([]).next(5) is None
    assert Pool([range(5, 5)]).next(5) is None
    assert 0 == Pool([range(5, 5)]).size


def test_the_last_values_of_a_large_band_are_found_at_once():
    pool = Pool([range(65_536)])
    assert {*range(65_536)} == {pool.next(seed_of(str(one))) for one in range(65_536)}
    assert [None] * 1000 == [pool.next(seed_of(str(one))) for one in range(1000)]


def test_the_seed_is_the_sha256_of_a_text():
    assert 0x5F34A271 == seed_of("shop/cart") >> 224
