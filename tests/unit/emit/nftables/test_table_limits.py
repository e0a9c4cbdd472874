"""What nftables says only in part: schedulers, and weights that need too many slots."""

import pytest

from svcc.diag import Diagnostics
from svcc.emit.nftables.limits import limits
from svcc.emit.nftables.lower import lower
from svcc.model.service import EVERY_OTHER, ConnectionLimit
from svcc.net import Family
from tests.support import endpoint, endpoint_slice, graph_of, service

ENDPOINTS = endpoint_slice(endpoint("10.128.7.21"), endpoint("10.128.9.31"))


def graph(**changes):
    return graph_of([service("web", "10.96.0.10", **changes)], [ENDPOINTS])


def told(**changes):
    sink = Diagnostics()
    limits(graph(**changes), sink)
    return [one.code for one in sink]


@pytest.mark.parametrize("scheduler", [None, "random", "sh"])
def test_what_nftables_can_say_needs_no_words(scheduler):
    assert [] == told(scheduler=scheduler)


def test_another_scheduler_becomes_random_and_is_told():
    assert ["SVC303"] == told(scheduler="lc")


@pytest.mark.parametrize(("weights", "codes"), [((999, 1), []), ((1000, 1), ["SVC302"]), ((2000, 1000), [])])
def test_weights_have_a_thousand_slots_together(weights, codes):
    assert codes == told(weights=dict(zip(("10.128.7.21", "10.128.9.31"), weights, strict=True)))


def test_flags_of_a_scheduler_are_lost_and_told():
    sink = Diagnostics()
    limits(graph(scheduler="sh", scheduler_flags=("sh-port",)), sink)
    assert ["scheduler sh, sh-port of lab/web:http becomes sh in nftables"] == [one.message for one in sink]


def test_what_only_ipvs_has_is_told_once_a_service():
    asked = {"forwarding": "dr", "connection_limits": {EVERY_OTHER: ConnectionLimit(100, 200)}}
    assert ["SVC304", "SVC305"] == told(**asked)
    assert [] == told(connection_limits={"10.128.7.99": ConnectionLimit(100, 200)})


def test_a_scheduler_by_hash_has_its_own_chain():
    chains = lower(graph(scheduler="sh"))[Family.IPV4].chains
    assert ("meta priority set meta priority . jhash ip saddr mod 2 seed 0x0 map @slots goto send",) == chains[
        "hash-2"
    ].rules
