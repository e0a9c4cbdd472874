import json

import pytest

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode
from svcc.model.service import ObjectName

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}
"""


def run(*texts, config=None):
    sink = Diagnostics()
    found = decode([Source(f"{index}.yaml", text) for index, text in enumerate(texts)], config or NodeConfig(), sink)
    return found, list(sink)


def names(objects):
    return [str(one.name) for one in objects]


def test_objects_are_sorted_by_namespace_and_name_whatever_the_order():
    other = SERVICE.replace("shop", "bank")
    assert run(SERVICE, other)[0] == run(f"{other}---\n{SERVICE}")[0]
    assert ["bank/cart", "shop/cart"] == names(run(SERVICE, other)[0].services)


def test_an_object_with_a_mistake_is_left_out_and_the_others_stay():
    found, diagnostics = run(f"{SERVICE}  typo: 1\n---\n{SERVICE}", SERVICE.replace("port: 80", "port: 0"))
    assert (["shop/cart"], ["SVC001", "SVC106"]) == (names(found.services), [one.code for one in diagnostics])


def test_other_kinds_are_counted_in_one_note():
    jobs = "kind: Job\napiVersion: batch/v1\n---\n" * 2
    deployment = "kind: Deployment\napiVersion: apps/v1\n---\n"
    knative = "kind: Service\napiVersion: serving.knative.dev/v1\n---\n"
    (note,) = run(jobs + deployment + knative)[1]
    assert (
        "SVC006",
        "4 documents of other kinds are skipped: Deployment (1), Job (2), Service.serving.knative.dev (1)",
    ) == (note.code, note.message)


@pytest.mark.parametrize(
    ("version", "kind", "column", "hint"),
    [
        ("v1", "service", 7, "did you mean Service?"),
        ("v1", "Servic", 7, "did you mean Service?"),
        ("v1", "Endpoint", 7, "did you mean Endpoints?"),
        ("v1", "list", 7, "did you mean List?"),
        ("apps/v1", "pods", 7, "did you mean Pod of v1?"),
        ("v1", "EndpointSlices", 7, "did you mean EndpointSlice of discovery.k8s.io/v1?"),
        ("v1", "EndpointSlice", 13, "EndpointSlice is discovery.k8s.io/v1"),
        ("discovery.k8s.io/v1", "Service", 13, "Service is v1"),
        ("networking.k8s.io/v1", "Endpoints", 13, "Endpoints is v1"),
        ("discovery.k8s.oi/v1", "EndpointSlice", 13, "EndpointSlice is discovery.k8s.io/v1"),
        ("v1beta1", "Service", 13, "Service is v1"),
    ],
)
def test_a_kind_that_was_meant_to_be_one_of_ours_is_an_error(version, kind, column, hint):
    text = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: cart}}\n"
    found, (one,) = run(text)
    assert ("SVC105", column, hint) == (one.code, one.span.column, one.hint)
    assert ["default/cart"] == names(found.broken)


@pytest.mark.parametrize(
    "type_",
    ["serving.knative.dev/v1 Service", "a.b/v1 service", "v1 Namespace", "v1 ServiceAccount", "v1 Secret", "v1 NamespaceList", "batch/v1 Job"],
)  # fmt: skip
def test_a_kind_that_is_another_is_skipped(type_):
    version, kind = type_.split()
    assert ["SVC006"] == [
        one.code for one in run(f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: cart}}\n")[1]
    ]


def test_configurations_are_no_manifests():
    texts = (
        "kind: NodeConfig\napiVersion: svcc.dev/v1alpha1\n",
        "kind: KubeProxyConfiguration\napiVersion: kubeproxy.config.k8s.io/v1alpha1\n",
    )
    assert [] == run(*texts)[1]


def test_files_without_any_document_are_reported():
    assert ["SVC005"] == [one.code for one in run("", "---\n# nothing\n")[1]]


def test_lists_are_opened_lists_in_lists_too():
    item = json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "cart"},
            "spec": {"clusterIP": "None"},
        }
    )
    inner = f'{{"kind": "List", "apiVersion": "v1", "items": [{item}]}}'
    assert ["default/cart"] == names(run(f'{{"kind": "List", "apiVersion": "v1", "items": [{inner}]}}')[0].services)


def test_the_objects_of_a_typed_list_need_no_kind():
    text = "apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: a}\n  spec: {clusterIP: None}\n"
    assert ["default/a"] == names(run(text)[0].services)


def test_a_path_in_a_list_is_relative_to_its_object():
    text = "apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: a}\n  spec: {clusterIP: None, type: X}\n"
    (one,) = run(text)[1]
    assert ("Service/default/a", "spec.type", 5, 33) == (one.object, one.field, one.span.line, one.span.column)


def test_what_kubectl_prints_makes_no_noise():
    assert [] == run(KUBECTL)[1]
    found = run(KUBECTL)[0]
    assert (["shop/cart"], ["shop/cart-x1"], ["shop/cart"]) == (
        names(found.services),
        names(found.slices),
        names(found.endpoints),
    )
    assert (ObjectName("shop", "cart"), "10.0.0.7") == (found.slices[0].service, found.slices[0].endpoints[0].address)


@pytest.mark.parametrize("text", ["x", "[1]", "3", "a: 1", "apiVersion: v1", "kind: Service", "apiVersion:\nkind: a"])
def test_what_is_no_object_is_reported(text):
    assert ["SVC003"] == [one.code for one in run(text)[1]]


KUBECTL = """\
apiVersion: v1
items:
- apiVersion: v1
  kind: Service
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"v1","kind":"Service"}
    creationTimestamp: "2026-01-01T00:00:00Z"
    finalizers: [service.kubernetes.io/load-balancer-cleanup]
    generation: 2
    labels: {app: cart}
    managedFields:
    - apiVersion: v1
      fieldsType: FieldsV1
      fieldsV1: {"f:spec": {"k:{\\"port\\":80}": {".": {}}}}
    name: cart
    namespace: shop
    ownerReferences: [{apiVersion: v1, kind: X, name: web, uid: z}]
    resourceVersion: "42"
    uid: 6b0c
  spec:
    allocateLoadBalancerNodePorts: true
    clusterIP: 10.96.0.10
    clusterIPs: [10.96.0.10]
    externalTrafficPolicy: Local
    healthCheckNodePort: 31000
    internalTrafficPolicy: Cluster
    ipFamilies: [IPv4]
    ipFamilyPolicy: SingleStack
    loadBalancerClass: x/y
    ports: [{appProtocol: http, name: http, nodePort: 30080, port: 80, protocol: TCP, targetPort: web}]
    publishNotReadyAddresses: false
    selector: null
    sessionAffinity: ClientIP
    sessionAffinityConfig: {clientIP: {timeoutSeconds: 10800}}
    trafficDistribution: PreferClose
    type: LoadBalancer
  status:
    conditions: [{type: x, status: "True"}]
    loadBalancer:
      ingress: [{ip: 192.0.2.1, ipMode: VIP, ports: [{port: 80, protocol: TCP}]}, {hostname: lb.example}]
- apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  addressType: IPv4
  endpoints:
  - addresses: [10.0.0.7]
    conditions: {ready: true, serving: true, terminating: false}
    deprecatedTopology: {a: b}
    hints: {forZones: [{name: eu-a}], forNodes: [{name: n1}]}
    hostname: cart-0
    nodeName: n1
    targetRef: {kind: Pod, name: cart-0, namespace: shop, uid: u}
    zone: eu-a
  metadata:
    generateName: cart-
    labels: {kubernetes.io/service-name: cart}
    name: cart-x1
    namespace: shop
  ports: [{appProtocol: null, name: http, port: 8080, protocol: TCP}]
- apiVersion: v1
  kind: Endpoints
  metadata: {name: cart, namespace: shop}
  subsets:
  - addresses: [{ip: 10.0.0.7, hostname: cart-0, nodeName: n1, targetRef: {kind: Pod}}]
    notReadyAddresses: [{ip: 10.0.0.8}]
    ports: [{name: http, port: 8080, protocol: TCP, appProtocol: http}]
kind: List
metadata: {resourceVersion: "", selfLink: ""}
"""
