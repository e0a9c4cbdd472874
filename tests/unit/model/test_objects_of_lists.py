"""Objects that aliases share and types that merge keys bring in."""

import pytest

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode

SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {clusterIP: None}}"


def decoded(text):
    sink = Diagnostics()
    found = decode([Source("a.yaml", text)], NodeConfig(), sink)
    return [one.name.name for one in found.services], [one.code for one in sink]


def test_a_list_that_an_alias_repeats_is_read_as_often_as_it_stands_there():
    lists = f"{{apiVersion: v1, kind: ServiceList, items: &x [{SERVICE}]}}, {{apiVersion: v1, kind: ServiceList, items: *x}}"
    assert (["a", "a"], []) == decoded(f"{{apiVersion: v1, kind: List, items: [{lists}]}}")


@pytest.mark.parametrize("merged", ["*t", "[*t]", "[{a: b}, *t]", "{<<: *t}", "[[*t]]"])
def test_the_type_of_an_object_may_be_merged_in(merged):
    _, codes = decoded(
        f"t: &t {{apiVersion: v1, kind: Service}}\n<<: {merged}\nmetadata: {{name: b}}\nspec: {{clusterIP: None}}\n"
    )
    assert "SVC003" not in codes


def test_a_quoted_merge_key_is_a_key_like_others():
    _, codes = decoded('apiVersion: v1\nkind: Service\n"<<": {metadata: {name: a}}\nspec: {clusterIP: None}\n')
    assert ["SVC102", "SVC104"] == sorted(codes)


def test_a_null_hides_what_is_merged_in_below_it():
    sink = Diagnostics()
    text = """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: &b {type: NodePort, clusterIP: 10.96.0.1, ports: [{port: 80}]}}
- {apiVersion: v1, kind: Service, metadata: {name: b}, spec: &c {<<: *b, type: null, clusterIP: 10.96.0.2}}
- {apiVersion: v1, kind: Service, metadata: {name: c}, spec: {<<: *c, clusterIP: 10.96.0.3}}
"""
    found = decode([Source("a.yaml", text)], NodeConfig(), sink)
    assert [] == list(sink)
    assert ["NodePort", "ClusterIP", "ClusterIP"] == [one.type.value for one in found.services]
