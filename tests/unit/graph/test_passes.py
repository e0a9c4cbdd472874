"""Each pass from its before to its after."""

import pytest

from svcc.graph.nodes import Backend
from svcc.graph.passes import PASSES, simplify
from svcc.graph.passes.drop_unused_pools import drop_unused_pools
from svcc.graph.passes.reduce_weights import reduce_weights
from svcc.model.service import TrafficPolicy
from tests.support import NODE, endpoint, endpoint_slice, raw_graph, service

SLICE = endpoint_slice(endpoint("10.0.0.1", NODE), endpoint("10.0.0.2", NODE))


def weights(graph):
    return {pool.id.scope: [one.weight for one in pool.backends] for pool in graph.pools}


def weighted(first, second):
    return raw_graph([service(weights={"10.0.0.1": first, "10.0.0.2": second})], [SLICE])


def test_pools_that_no_frontend_sends_to_are_left_out():
    graph = raw_graph([service()], [SLICE])
    assert ["cluster", "local"] == [one.id.scope for one in graph.pools]
    assert ["cluster"] == [one.id.scope for one in drop_unused_pools(graph).pools]


def test_pools_that_are_used_stay():
    graph = raw_graph([service(internal_policy=TrafficPolicy.LOCAL)], [SLICE])
    assert ["local"] == [one.id.scope for one in drop_unused_pools(graph).pools]


def test_weights_are_divided_by_their_greatest_common_divisor():
    assert {"cluster": [1, 3], "local": [1, 3]} == weights(reduce_weights(weighted(100, 300)))
    assert {"cluster": [2, 3], "local": [2, 3]} == weights(reduce_weights(weighted(4, 6)))


def test_weights_without_a_common_divisor_stay():
    for graph in (weighted(1, 300), weighted(2, 3)):
        assert graph == reduce_weights(graph)


@pytest.mark.parametrize("scheduler", ["ovf", "lblc", "lblcr"])
def test_weights_that_are_numbers_of_connections_stay(scheduler):
    graph = raw_graph([service(weights={"10.0.0.1": 100, "10.0.0.2": 300}, scheduler=scheduler)], [SLICE])
    assert {"cluster": [100, 300], "local": [100, 300]} == weights(reduce_weights(graph))


def test_a_single_backend_has_weight_1():
    graph = raw_graph([service(weights={"10.0.0.1": 7, "10.0.0.2": 0})], [SLICE])
    assert {"cluster": [1], "local": [1]} == weights(reduce_weights(graph))


def test_every_pass_runs_and_none_changes_a_simple_graph():
    graph = simplify(weighted(10, 10))
    assert (drop_unused_pools, reduce_weights) == PASSES
    assert (Backend("10.0.0.1", 8080, 1, local=True), Backend("10.0.0.2", 8080, 1, local=True)) == (
        graph.pools[0].backends
    )
    assert graph == simplify(graph)
