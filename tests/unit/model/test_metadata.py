import pytest

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Reason, Source
from svcc.model.decode import decode

SERVICE = "apiVersion: v1\nkind: Service\nspec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}\nmetadata: "


def run(text):
    sink = Diagnostics()
    return decode([Source("a.yaml", text)], NodeConfig(), sink), [one for one in sink if one.code != "SVC006"]


MISTAKES = [
    ("{}", "SVC104", 11, "metadata.name", Reason.REQUIRED),
    ("{name: ''}", "SVC104", 18, "metadata.name", Reason.REQUIRED),
    ("{name: on}", "SVC101", 18, "metadata.name", Reason.INVALID),
    ("{name: a.b}", "SVC103", 18, "metadata.name", Reason.INVALID),
    ("{name: a, namespace: b.c}", "SVC103", 32, "metadata.namespace", Reason.INVALID),
    ("{name: a, generateName: A-}", "SVC103", 35, "metadata.generateName", Reason.INVALID),
    ("{name: a, uid: 7}", "SVC101", 26, "metadata.uid", Reason.INVALID),
    ("{name: a, generation: 1.5}", "SVC101", 33, "metadata.generation", Reason.INVALID),
    ("{name: a, creationTimestamp: yesterday}", "SVC137", 40, "metadata.creationTimestamp", Reason.INVALID),
    ("{name: a, deletionTimestamp: 2023-02-29T00:00:00Z}", "SVC137", 40, "metadata.deletionTimestamp", Reason.INVALID),
    ("{name: a, labels: {a b: c}}", "SVC135", 30, "metadata.labels", Reason.INVALID),
    ("{name: a, labels: {a: b c}}", "SVC136", 33, "metadata.labels", Reason.INVALID),
    ("{name: a, labels: [b]}", "SVC101", 29, "metadata.labels", Reason.INVALID),
    ("{name: a, annotations: {a b: c}}", "SVC135", 35, "metadata.annotations", Reason.INVALID),
    ("{name: a, annotations: {svcc.dev/ignored: a}}", "SVC102", 35, "metadata.annotations[svcc.dev/ignored]", None),
    ("{name: a, annotations: {a: 1}}", "SVC101", 38, "metadata.annotations[a]", Reason.INVALID),
    ("{name: a, finalizers: [a b]}", "SVC135", 34, "metadata.finalizers", Reason.INVALID),
    ("{name: a, finalizers: [mine]}", "SVC135", 34, "metadata.finalizers[0]", Reason.INVALID),
    ("{name: a, finalizers: [orphan, foregroundDeletion]}", "SVC112", 33, "metadata.finalizers", Reason.INVALID),
    (
        "{name: a, ownerReferences: [{apiVersion: a/b/c, kind: K, name: w, uid: u}]}",
        "SVC140",
        52,
        "metadata.ownerReferences.apiVersion",
        Reason.INVALID,
    ),
    (
        "{name: a, ownerReferences: [{apiVersion: v1, kind: K, name: w}]}",
        "SVC104",
        39,
        "metadata.ownerReferences.uid",
        Reason.INVALID,
    ),
    (
        "{name: a, ownerReferences: [{apiVersion: v1, kind: K, name: w, uid: u, control: true}]}",
        "SVC102",
        82,
        "metadata.ownerReferences[0].control",
        None,
    ),
]


@pytest.mark.parametrize(("text", "code", "column", "field", "reason"), MISTAKES)
def test_a_mistake_in_metadata_is_reported_where_it_stands(text, code, column, field, reason):
    found, diagnostics = run(SERVICE + text)
    assert [(code, 4, column, field, reason)] == [
        (one.code, one.span.line, one.span.column, one.field, one.reason) for one in diagnostics
    ]
    assert () == found.services


def test_without_a_name_the_rest_is_judged_all_the_same():
    assert {"metadata.name", "spec.ports"} == {one.field for one in run("apiVersion: v1\nkind: Service\n")[1]}
    text = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: 7\n"
    assert [("SVC104", "addressType"), ("SVC101", "metadata")] == [(one.code, one.field) for one in run(text)[1]]


@pytest.mark.parametrize(
    ("value", "expected"), [("é" * 131070, []), ("é" * 131071, [("SVC139", "metadata.annotations", Reason.TOO_LONG)])]
)
def test_annotations_are_measured_in_bytes(value, expected):
    found = run(SERVICE + f"{{name: a, annotations: {{note: {value}}}}}")[1]
    assert expected == [(one.code, one.field, one.reason) for one in found]


def test_names_are_generated_behind_a_hyphen():
    assert [] == run(SERVICE + "{name: a, generateName: a-, creationTimestamp: '2024-02-29T23:59:59.5+01:00'}")[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: Namespace\nmetadata: {name: a.b}", [("SVC103", "metadata.name", "Namespace/a.b")]),
        ("kind: Node\nmetadata: {name: a.b, labels: {a: ''}}", []),
        ("kind: Node\nmetadata: {name: a, namespace: b}", [("SVC112", "metadata.namespace", "Node/a")]),
        ("kind: Namespace", [("SVC104", "metadata.name", "Namespace")]),
    ],
)
def test_namespaces_and_nodes_are_in_no_namespace(text, expected):
    found = run(f"apiVersion: v1\n{text}\n")[1]
    assert expected == [(one.code, one.field, one.object) for one in found]
