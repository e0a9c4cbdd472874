"""What is told where the endpoints of a Service are Pods, or could be: SVC240 to SVC244, and SVC211 of Pods."""

import pytest

from tests.unit.check.told import endpoints, found, service, slice_of, texts_at, told

IGNORED = {"SVC221", "SVC006"}
HTTP = "ports: [{name: http, port: 80, targetPort: web}]"
SELECTING = service("cart", f"clusterIP: 10.96.0.1, selector: {{app: cart}}, {HTTP}")


def pod(
    name="cart-0", labels="{app: cart}", ip="10.128.7.21", port="{name: web, containerPort: 8080}", namespace="default"
):
    status = f"status: {{podIP: {ip}, conditions: [{{type: Ready, status: 'True'}}]}}\n" if ip else ""
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}, labels: {labels}}}\n"
        f"spec: {{nodeName: worker-1, containers: [{{name: a, image: a, ports: [{port}]}}]}}\n{status}"
    )


def node(name, zone="eu-a"):
    labels = f"{{topology.kubernetes.io/zone: {zone}}}" if zone else "{}"
    return f"apiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {labels}}}\n"


def workload(kind="Deployment", version="apps/v1"):
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: cart}}\n"


def messages(*texts):
    return [(one.code, one.message, one.hint) for one in found(*texts) if one.code not in IGNORED]


def test_a_service_with_pods_is_nothing_to_tell():
    assert [] == told(SELECTING, pod())


def test_slices_beside_pods_are_told_once():
    other = SELECTING.replace("name: cart,", "name: search,").replace("0.1", "0.2")
    seen = found(SELECTING, pod(), slice_of("cart"), other, slice_of("search"))
    assert [("SVC240", "this Service has slices, so the Pods that it selects do not count; 2 Services in all")] == [
        (one.code, one.message) for one in seen
    ]
    assert ["cart"] == texts_at(seen)


def test_endpoints_beside_pods_are_told_and_taken():
    assert [("SVC240", "a:3", "spec.selector", "c:3")] == told(SELECTING, pod(), endpoints("cart"), without=IGNORED)


def test_endpoints_that_nobody_mirrors_leave_the_pods():
    skipping = endpoints("cart").replace(
        "name: cart}", 'name: cart, labels: {endpointslice.kubernetes.io/skip-mirror: "true"}}'
    )
    assert [] == told(SELECTING, pod(), skipping, without=IGNORED)


def test_a_service_that_ignores_it_is_not_counted():
    silent = service(
        "cart", f"clusterIP: 10.96.0.1, selector: {{app: cart}}, {HTTP}", annotations="{svcc.dev/ignore: SVC240}"
    )
    assert [] == told(silent, pod(), slice_of("cart"))


@pytest.mark.parametrize(
    ("labels", "message", "hint"),
    [
        ("{app: cast}", "no Pod of the namespace default has the label app: cart", "did you mean cast?"),
        ("{app: zzzzzz}", "no Pod of the namespace default has the label app: cart", ""),
        ("{other: cart}", "no Pod of the namespace default has the label app: cart", ""),
    ],
)
def test_a_selector_that_matches_no_pod_is_told_with_a_guess(labels, message, hint):
    assert [("SVC241", message, hint)] == messages(SELECTING, pod(labels=labels))


def test_pods_of_another_namespace_are_named():
    message = "no Pod of the namespace default has the label app: cart"
    assert [("SVC241", message, "Pods of the namespace shop have it")] == messages(SELECTING, pod(namespace="shop"))


def test_labels_that_no_pod_has_together_are_told():
    both = SELECTING.replace("{app: cart}", "{app: cart, tier: web}")
    seen = messages(both, pod(), pod("b", "{tier: web}"))
    assert [("SVC241", "no Pod of the namespace default has all labels of this selector", "")] == seen


def test_pods_without_addresses_are_no_endpoints():
    hint = "give the Pods as the cluster has them: kubectl get svc,pods,nodes -A -o yaml"
    one = "the Pod that this selector matches is no endpoint: it has no address, or has ended"
    two = "none of the 2 Pods that this selector matches is an endpoint: it has no address, or has ended"
    assert [("SVC241", one, hint)] == messages(SELECTING, pod(ip=""))
    assert [("SVC241", two, hint)] == messages(SELECTING, pod(ip=""), pod("b", ip=""))


def test_the_place_of_the_note_is_the_selector():
    assert ["{app: cart}"] == texts_at(found(SELECTING, pod(labels="{a: b}")))


@pytest.mark.parametrize(
    "text",
    [
        pod(labels="{a: b}").replace("image: a", "image: 7"),
        "kind: [",
        slice_of("cart").replace("IPv4", "IPv5"),
    ],
)
def test_nothing_is_missing_where_it_may_stand_in_what_is_broken(text):
    assert {"SVC241", "SVC243"}.isdisjoint(one.code for one in found(SELECTING, pod("b", "{a: b}"), text))


def test_a_service_without_selector_and_an_external_name_ask_for_no_pods():
    plain = service("cart", f"clusterIP: 10.96.0.1, {HTTP}")
    named = service("mail", "type: ExternalName, externalName: a.example, selector: {app: mail}")
    assert [] == told(plain, named, pod(), workload(), without=IGNORED)


def test_workloads_have_no_addresses():
    seen = messages(SELECTING, workload(), workload("StatefulSet"), workload("CronJob", "batch/v1"))
    message = (
        "CronJob (1), Deployment (1), StatefulSet (1): workloads have no addresses, and 1 Service finds no endpoints"
    )
    hint = "give the Pods as the cluster has them: kubectl get svc,pods,nodes -A -o yaml"
    assert [("SVC242", message, hint)] == seen


@pytest.mark.parametrize("text", [slice_of("cart"), pod(), pod(labels="{a: b}")])
def test_workloads_beside_endpoints_or_pods_are_nothing_to_tell(text):
    assert "SVC242" not in {one.code for one in found(SELECTING, workload(), text)}


@pytest.mark.parametrize("kind", ["example.org/v1 Deployment", "v1 ConfigMap", "apps/v1 ControllerRevision"])
def test_other_kinds_are_no_workloads(kind):
    version, kind = kind.split()
    assert [] == told(SELECTING, workload(kind, version), without=IGNORED)


@pytest.mark.parametrize(
    ("port", "hint"),
    [
        ("{name: wed, containerPort: 8080}", "did you mean wed?"),
        ("{name: web, containerPort: 8080, protocol: UDP}", "the port of that name has another protocol than TCP"),
        ("{containerPort: 8080}", "give the port of a container that name, or give the number here"),
    ],
)
def test_a_target_port_that_no_pod_has_is_told(port, hint):
    (one,) = found(SELECTING, pod(port=port))
    assert ("SVC243", hint, "spec.ports[0].targetPort") == (one.code, one.hint, one.field)
    assert ["web"] == texts_at([one])


def test_a_target_port_of_one_pod_is_enough():
    assert [] == told(SELECTING, pod(port="{containerPort: 8080}"), pod("b", ip="10.128.7.22"))


def test_a_pod_at_a_cluster_ip_never_answers():
    other = service("search", f"clusterIP: 10.96.0.2, {HTTP}")
    seen = found(SELECTING, pod(ip="10.96.0.2"), other)
    assert [("SVC211", "Pod/default/cart-0", "status.podIP")] == [(one.code, one.object, one.field) for one in seen]
    assert [] == told(other, pod(ip="10.96.0.2"))


NEAR = SELECTING.replace("selector", "trafficDistribution: PreferSameZone, selector")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((NEAR, pod(), node("worker-1")), []),
        ((NEAR, pod()), ["PreferSameZone has no effect: Pod default/cart-0 is on worker-1, whose zone is not known"]),
        ((NEAR, pod(), node("worker-1", "")), ["PreferSameZone has no effect: Pod default/cart-0 is on worker-1, whose zone is not known"]),
        ((NEAR.replace("SameZone", "SameNode"), pod()), []),
        ((NEAR.replace("SameZone", "SameNode"), pod().replace("nodeName: worker-1, ", "")), ["PreferSameNode has no effect: Pod default/cart-0 is on no node"]),
        ((NEAR, pod().replace("'True'", "'False'")), []),
    ],
)  # fmt: skip
def test_a_preference_needs_the_zone_of_every_ready_pod(texts, expected):
    assert expected == [one.message for one in found(*texts) if one.code == "SVC244"]


def test_a_node_is_there_once():
    seen = found(node("a"), node("a", "eu-b"), node("b"))
    assert [("SVC201", "Node a is given twice")] == [(one.code, one.message) for one in seen]
