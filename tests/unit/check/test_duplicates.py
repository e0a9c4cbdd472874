import pytest

from tests.unit.check.told import HTTP, PORTS, endpoints, found, service, slice_of, told

A = service("a", f"clusterIP: 10.96.0.1, {PORTS}")


@pytest.mark.parametrize("one", [A, slice_of("a"), endpoints("a")])
def test_the_same_object_twice_is_an_error_at_the_second(one):
    codes = ("SVC203", "SVC212", "SVC221")
    assert [("SVC201", "b:3", "metadata.name", "a:3")] == told(one, one, without=codes)


def test_every_object_but_the_first_is_told():
    assert [("SVC201", "b:3"), ("SVC201", "c:3")] == [one[:2] for one in told(A, A, A)]


def test_a_broken_object_counts_as_one_of_its_name():
    broken = service("a", f"type: NodePorts, {PORTS}")
    assert [("SVC201", "b:3", "metadata.name", "a:3")] == told(broken, A, without={"SVC105"})


def test_objects_of_two_kinds_or_namespaces_share_a_name():
    other = A.replace("name: a,", "name: a, namespace: b,").replace("10.96.0.1", "10.96.0.2")
    assert [] == told(A, other, slice_of("a", ports="[{port: 1}]"))


def test_slices_made_here_are_nobodys_duplicates():
    headless = service("a", f"clusterIP: None, {HTTP}")
    mirrored = slice_of("a").replace("name: a-x", "name: a-mirror-0-ipv4")
    assert [] == told(headless, endpoints("a"), mirrored, without={"SVC221"})


def test_the_order_of_the_input_changes_nothing():
    texts = [
        A,
        slice_of("a", ports="[{port: 1}]"),
        A,
        service("b", f"clusterIP: 10.96.0.1, externalIPs: [192.0.2.1], {PORTS}"),
    ]
    assert found(*texts) == sorted(found(*texts), key=lambda one: one.place)
