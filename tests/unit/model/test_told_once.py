"""What is there and cannot be read is told once: it is not missing as well."""

import pytest

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode

META = "metadata: {name: cart, labels: {kubernetes.io/service-name: cart}}\n"
SERVICE = f"apiVersion: v1\nkind: Service\n{META}spec: "
SLICE = f"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n{META}addressType: IPv4\nendpoints: []\nports: "
ENDPOINTS = f"apiVersion: v1\nkind: Endpoints\n{META}subsets: "
POD = f"apiVersion: v1\nkind: Pod\n{META}spec: "


def told(text):
    sink = Diagnostics()
    decode([Source("a.yaml", text)], NodeConfig(), sink)
    return [(one.code, one.field) for one in sink]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (SERVICE + "{ports: [{port: 80, name: on}, {port: 81, name: b}]}", "spec.ports[0].name"),
        (SERVICE + "{ports: [{port: 80, name: [a]}, {port: 81, name: b}]}", "spec.ports[0].name"),
        (SLICE + "[{port: 80, name: on}, {port: 81, name: b}]", "ports[0].name"),
        (
            ENDPOINTS + "[{addresses: [{ip: 10.0.0.1}], ports: [{port: 80, name: 1}, {port: 81, name: b}]}]",
            "subsets[0].ports[0].name",
        ),
        (SERVICE + "{type: ExternalName, externalName: yes}", "spec.externalName"),
        (SERVICE + "{ports: {port: 80}}", "spec.ports"),
        (SERVICE + "{ports: {}}", "spec.ports"),
        (SERVICE + "{ports: 80}", "spec.ports"),
        (SERVICE + "{ports: [~]}", "spec.ports[0]"),
        (SERVICE + "{ports: [{port: {a: 080}}]}", "spec.ports[0].port"),
        (SERVICE + "{ports: [{port: [0100]}]}", "spec.ports[0].port"),
        (SERVICE + "[]", "spec"),
        (POD + "[]", "spec"),
        (POD + "{containers: {}}", "spec.containers"),
        (POD + "{containers: {name: a}}", "spec.containers"),
    ],
)
def test_a_value_that_cannot_be_read_is_not_missing_as_well(text, field):
    assert [("SVC101", field)] == told(text)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (SERVICE + "{ports: [{port: 80, name: ''}, {port: 81, name: b}]}", "spec.ports[0].name"),
        (SERVICE + "{ports: [{port: 80}, {port: 81, name: b}]}", "spec.ports[0].name"),
        (SERVICE + "{type: ExternalName, externalName: ''}", "spec.externalName"),
        (SERVICE + "{type: ExternalName}", "spec.externalName"),
        (SERVICE + "{ports: []}", "spec.ports"),
        (SERVICE + "{ports: ~}", "spec.ports"),
        (POD + "{}", "spec.containers"),
        (POD + "{containers: []}", "spec.containers"),
    ],
)
def test_what_is_not_there_is_missing(text, field):
    assert [("SVC104", field)] == told(text)
