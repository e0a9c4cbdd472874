import pytest

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode
from svcc.model.service import ObjectName


def decoded(*texts):
    sink = Diagnostics()
    return decode([Source(f"{index}.yaml", text) for index, text in enumerate(texts)], NodeConfig(), sink), sink


def known(*texts):
    return [(one.kind, str(one.name), one.service and str(one.service)) for one in decoded(*texts)[0].broken]


def test_a_broken_object_stays_known_by_kind_and_name():
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec: {type: NodePorts}\n"
    assert [("Service", "shop/cart", None)] == known(text)


def test_a_broken_slice_is_known_with_its_service():
    text = """\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-x, labels: {kubernetes.io/service-name: cart}}
addressType: IPv5
"""
    assert [("EndpointSlice", "default/cart-x", "default/cart")] == known(text)


def test_an_object_of_an_unsupported_version_is_known():
    assert [("Service", "default/cart", None)] == known("apiVersion: v2\nkind: Service\nmetadata: {name: cart}\n")


@pytest.mark.parametrize("metadata", ["", "metadata: 7", "metadata: {name: }", "metadata: {name: [a]}"])
def test_an_object_without_a_name_is_not_known(metadata):
    assert [] == known(f"apiVersion: v1\nkind: Service\n{metadata}\n")


def test_a_sound_object_is_not_broken():
    text = "apiVersion: v1\nkind: Endpoints\nmetadata: {name: cart}\n"
    assert () == decoded(text)[0].broken


def test_the_note_on_skipped_kinds_stands_at_the_first_by_place_whatever_the_order():
    texts = [Source(name, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n") for name in ("b.yaml", "a.yaml")]
    sink = Diagnostics()
    decode(texts, NodeConfig(), sink)
    assert ["a.yaml"] == [one.span.source.name for one in sink if one.code == "SVC006"]


IGNORING = """\
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop, annotations: {svcc.dev/ignore: "%s"}}
spec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}
"""


def test_an_object_says_what_it_does_not_want_to_hear():
    held, sink = decoded(IGNORING % " SVC221,SVC218 ,")
    assert (0, ObjectName("shop", "cart")) == (sink.errors, held.services[0].name)
    assert sink.ignores("SVC221", "Service/shop/cart")
    assert sink.ignores("SVC218", "Service/shop/cart")
    assert not sink.ignores("SVC221", "Service/shop/front")


@pytest.mark.parametrize(
    ("word", "message", "hint"),
    [
        ("SVC2211", 'there is no diagnostic "SVC2211"', "did you mean SVC221?"),
        ("deprecated", 'there is no diagnostic "deprecated"', "`svcc explain --all` lists them"),
        ("SVC104", "SVC104 is an error: it cannot be ignored", ""),
    ],
)
def test_only_notes_and_warnings_can_be_ignored(word, message, hint):
    _, sink = decoded(IGNORING % word)
    assert [("SVC105", message, hint)] == [(one.code, one.message, one.hint) for one in sink]
    assert ["metadata.annotations[svcc.dev/ignore]"] == [one.field for one in sink]
