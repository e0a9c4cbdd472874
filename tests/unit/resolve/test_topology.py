"""When topology hints count, and which."""

import pytest

from svcc.resolve.topology import is_near, near
from tests.support import NODE, endpoint

ZONE = "eu-a"


def ready(*hints):
    """Make endpoints from pairs of zone hints and node hints."""
    return [
        (endpoint(f"10.0.0.{index}", hint_zones=zones, hint_nodes=nodes), 80)
        for index, (zones, nodes) in enumerate(hints, 1)
    ]


A, B, HERE, THERE = ("eu-a",), ("eu-b",), (NODE,), ("worker-2",)


@pytest.mark.parametrize(
    ("hints", "by"),
    [
        ([], None),
        ([((), ())], None),
        ([(A, ()), (B, ())], "zone"),
        ([(("eu-b", "eu-a"), ())], "zone"),
        ([(A, ()), ((), ())], None),
        ([(B, ()), (B, ())], None),
        ([(A, HERE), (A, THERE)], "node"),
        ([(A, HERE), (A, ())], "zone"),
        ([(A, THERE), (B, THERE)], "zone"),
        ([((), HERE), ((), THERE)], "node"),
        ([((), THERE), ((), THERE)], None),
    ],
)
def test_hints_count_when_every_ready_endpoint_has_one_and_one_matches_and_nodes_beat_zones(hints, by):
    assert by == near(ready(*hints), NODE, ZONE)


def test_no_hint_counts_on_a_node_without_zone():
    assert near(ready((A, HERE), (B, THERE)), NODE, None) is None


def test_node_hints_do_not_count_on_a_node_without_name():
    assert near(ready((A, HERE), (B, THERE)), None, ZONE) == "zone"


def test_an_endpoint_is_near_when_the_hints_that_count_name_this_node_or_zone():
    one = endpoint("10.0.0.1", hint_zones=A, hint_nodes=THERE)
    assert (True, False) == (is_near(one, "zone", NODE, ZONE), is_near(one, "node", NODE, ZONE))
