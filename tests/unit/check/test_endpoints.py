import pytest

from tests.unit.check.told import HTTP, endpoints, found, service, slice_of, texts_at, told

IGNORED = {"SVC221"}
A = service("cart", f"clusterIP: 10.96.0.1, {HTTP}")
PLAIN = service("cart", f"clusterIP: 10.96.0.1, {HTTP}")
SELECTING = service("cart", f"clusterIP: 10.96.0.1, selector: {{app: cart}}, {HTTP}")


def test_a_slice_needs_its_service():
    diagnostics = found(A, slice_of("crat"))
    assert [("SVC212", "did you mean cart?", "metadata.labels[kubernetes.io/service-name]")] == [
        (one.code, one.hint, one.field) for one in diagnostics
    ]
    assert ["crat"] == texts_at(diagnostics)


def test_a_service_of_another_namespace_is_named():
    other = A.replace("name: cart,", "name: cart, namespace: shop,")
    assert [("SVC212", "there is one in the namespace shop")] == [
        (one.code, one.hint) for one in found(other, slice_of("cart"))
    ]


def test_no_guess_is_made_where_nothing_is_close():
    assert [("SVC212", "")] == [(one.code, one.hint) for one in found(A, slice_of("zzz"))]


@pytest.mark.parametrize("one", [slice_of("cart"), endpoints("cart")])
def test_a_broken_service_is_not_missing(one):
    broken = service("cart", f"type: NodePorts, {HTTP}")
    assert [("SVC105", "a:4", "spec.type")] == told(broken, one, without=IGNORED)


@pytest.mark.parametrize("unread", ["kind: [", "- 1\n", "a: b\n"])
def test_nothing_is_missing_where_a_document_could_not_be_read(unread):
    assert {"SVC212"}.isdisjoint(one.code for one in found(unread, slice_of("cart"), endpoints("cart")))


def test_endpoints_need_their_service():
    assert [("SVC212", "a:3", "metadata.name")] == told(endpoints("cart"), without=IGNORED)


def test_endpoints_without_addresses_need_nothing():
    lock = "apiVersion: v1\nkind: Endpoints\nmetadata: {name: leader}\n"
    assert [] == told(lock, without=IGNORED)


def test_a_slice_without_the_label_is_bound_to_nothing():
    diagnostics = found(A, slice_of("cart", label=False))
    assert [("SVC213", "EndpointSlice/default/cart-x")] == [(one.code, one.object) for one in diagnostics]


def test_endpoints_of_a_service_with_selector_are_not_mirrored():
    assert [("SVC214", "b:3", "metadata.name", "a:3")] == told(SELECTING, endpoints("cart"), without=IGNORED)


def test_endpoints_beside_slices_are_nothing_to_tell():
    assert [] == told(SELECTING, endpoints("cart"), slice_of("cart"), without=IGNORED)


def test_endpoints_beside_a_broken_slice_are_nothing_to_tell():
    assert [] == told(
        SELECTING, endpoints("cart"), slice_of("cart").replace("IPv4", "IPv5"), without={*IGNORED, "SVC105"}
    )


def test_an_endpoint_is_no_cluster_ip():
    one = slice_of("cart", "[{addresses: [10.128.0.1]}, {addresses: [10.96.0.2]}]")
    other = service("front", f"clusterIP: 10.96.0.2, {HTTP}")
    assert [("SVC211", "c:6", "endpoints[1].addresses[0]", "b:4")] == told(A, other, one)


def test_an_address_of_endpoints_is_no_cluster_ip():
    one = endpoints("cart", "[{ip: 10.128.0.1}, {ip: 10.96.0.1}]")
    diagnostics = [one for one in found(PLAIN, one) if one.code not in IGNORED]
    assert [("SVC211", "Endpoints/default/cart", "subsets[0].addresses[1].ip")] == [
        (one.code, one.object, one.field) for one in diagnostics
    ]
    assert ["10.96.0.1"] == texts_at(diagnostics)


def test_an_address_that_is_not_ready_has_its_own_path():
    text = "apiVersion: v1\nkind: Endpoints\nmetadata: {name: cart}\nsubsets: [{addresses: [{ip: 10.128.0.1}], notReadyAddresses: [{ip: 10.96.0.1}], ports: [{name: http, port: 1}]}]\n"
    assert ["subsets[0].notReadyAddresses[0].ip"] == [one.field for one in found(PLAIN, text) if one.code == "SVC211"]


def test_clients_of_a_headless_service_reach_a_cluster_ip():
    headless = service("front", f"clusterIP: None, {HTTP}")
    assert [] == told(A, headless, slice_of("front", "[{addresses: [10.96.0.1]}]"))
