"""Clients that never change their port, where IPVS sends them: to new endpoints at once, and to the same when IPVS comes and goes."""

import pytest

from svcc.plan.conntrack import StaleReason
from tests.kernel.test_stale_flows import (  # noqa: F401 - what holds for every mode holds for this one
    Node,
    lab,
    test_a_rollback_takes_back_the_flows_that_the_apply_has_made,
    test_a_service_that_appears_takes_the_flows_that_were_there_before_it,
    test_clients_that_keep_their_port_reach_new_endpoints_at_once_and_gone_ones_never,
    total,
)
from tests.lab.datagrams import PLACES, VIP, Clients, answered_by, cluster
from tests.lab.namespaces import NODE
from tests.lab.svcc import IPVS, NFTABLES, Forked


@pytest.fixture
def node(lab, tmp_path):  # noqa: F811 - the lab of the other modes
    made = Node(lab, Forked(lab, tmp_path, IPVS), tmp_path)
    yield made
    made.svcc.clean()
    lab.run(NODE, "conntrack", "-F")


def test_clients_stay_with_their_endpoint_when_the_mode_changes(lab, node, tmp_path):  # noqa: F811
    tables = Node(lab, Forked(lab, tmp_path, NFTABLES), tmp_path)
    tables.apply(cluster("l1"))
    with Clients(lab) as clients:
        assert answered_by("l1") == clients.ask()
        assert [] == node.apply(cluster("l1"))
        assert answered_by("l1") == clients.ask()
    with Clients(lab) as clients:
        assert answered_by("l1") == clients.ask()
        told = tables.apply(cluster("l1"))
        assert (len(PLACES), {StaleReason.LEFT.value}) == (total(told), {one["reason"] for one in told})
        assert answered_by("l1") == clients.ask()


def test_flows_by_way_of_inner_addresses_stay_and_go_like_others(lab, node):  # noqa: F811
    local = {"externalTrafficPolicy": "Local"}
    node.apply(cluster("l1", "r1", **local))
    outside = [place for place in PLACES if place.client == "c" and place.to not in VIP]
    with Clients(lab, outside) as clients:
        assert {place: answered_by("l1")[place] for place in outside} == clients.ask()
        assert [] == node.tell("plan", cluster("l1", "r1", **local))
        planned = node.tell("plan", cluster("l2", "r1", **local))
        assert len(outside) == total(planned)
        assert planned == node.apply(cluster("l2", "r1", **local))
        assert {place: answered_by("l2")[place] for place in outside} == clients.ask()
