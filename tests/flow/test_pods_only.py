"""The flow tables over Pods: the cluster's Services with a selector have no slices, and every packet goes where it went."""

from functools import cache

import pytest

from svcc.diag import Diagnostics, Source
from svcc.model.decode_config import decode_config
from svcc.pipeline import compile_graph
from svcc.reading import read
from svcc.source.files import sources
from svcc.trace import GraphTracer
from tests.flow import table
from tests.flow.pods_only import pods_only
from tests.flow.test_flow import NODES, outcomes

GIVEN, CHOSEN = pods_only()


def config_of(node):
    return decode_config(Source(f"{node.name}.yaml", node.config), Diagnostics())


def compiled(node, *, made):
    """Compile the cluster for a node, from its Pods or its slices."""
    config = config_of(node)
    return compile_graph(manifests(made, config.assign_load_balancer_ips), config)


@cache
def manifests(made, assigned):
    """Read the cluster, once for all nodes that differ in nothing that reading it depends on."""
    node = NODES["assign-load-balancer-ips" if assigned else "base"]
    given = GIVEN if made else sources([str(table.CLUSTER)], Diagnostics())
    return read(given, config_of(node), Diagnostics()).manifests


def test_nearly_all_services_with_a_selector_are_made_of_pods():
    slices = manifests(made=True, assigned=False).slices
    assert len(CHOSEN) > 80
    assert CHOSEN <= {str(one.service) for one in slices if one.derived}
    assert set() == CHOSEN & {str(one.service) for one in slices if not one.derived}


@pytest.mark.parametrize("node", NODES.values(), ids=NODES)
def test_pods_send_every_probe_where_the_tables_say(node):
    assert {str(row): row.expect for row in node.rows} == outcomes(GraphTracer(compiled(node, made=True)), node.rows)


@pytest.mark.parametrize("node", NODES.values(), ids=NODES)
def test_pods_and_slices_mean_the_same_graph(node):
    assert compiled(node, made=False).graph == compiled(node, made=True).graph
