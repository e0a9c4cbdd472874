import pytest

from tests.unit.check.told import endpoints, found, service, slice_of, told


def cart(ports):
    return service("cart", f"clusterIP: 10.96.0.1, ports: {ports}")


def hints(ports, *others):
    return [one.hint for one in found(cart(ports), *others) if one.code == "SVC215"]


@pytest.mark.parametrize(
    ("ports", "offered", "hint"),
    [
        ("[{name: http, port: 80}]", "[{name: htpp, port: 1}]", "did you mean htpp?"),
        ("[{name: http, port: 80}]", "[{name: zzz, port: 1}]", "the slices name their ports zzz"),
        (
            "[{name: dns, port: 53, protocol: UDP}]",
            "[{name: dns, port: 53}]",
            "the names are equal; the protocol is UDP here and TCP in the slice",
        ),
        ("[{port: 80}]", "[{name: http, port: 80}]", "name this port as the slice names it: http"),
        (
            "[{name: http, port: 80}]",
            "[{port: 80}]",
            "the port of the slice has no name: name it http, or leave the name out here",
        ),
        ("[{port: 80}]", "[]", "the slices have no ports: give them one of this name and protocol"),
    ],
)
def test_a_port_that_no_slice_has_is_told_with_what_to_change(ports, offered, hint):
    assert [hint] == hints(ports, slice_of("cart", ports=offered))


def test_the_place_is_the_port_and_a_slice_is_related():
    texts = [cart("[{name: a, port: 80}, {name: b, port: 81}]"), slice_of("cart", ports="[{name: a, port: 1}]")]
    assert [("SVC215", "a:4", "spec.ports[1]", "b:3")] == told(*texts)


@pytest.mark.parametrize("offered", ["[{name: http, port: 80}]", "[{name: x, port: 1}, {name: http, port: 2}]"])
def test_a_port_that_a_slice_has_is_nothing_to_tell(offered):
    assert [] == told(cart("[{name: http, port: 80}]"), slice_of("cart", ports=offered))


def test_slices_without_endpoints_are_nothing_to_tell():
    assert [] == told(cart("[{name: http, port: 80}]"), slice_of("cart", "[]", "[{name: x, port: 1}]"))


def test_mirrored_endpoints_are_slices():
    texts = [cart("[{name: http, port: 80}]"), endpoints("cart", ports="[{name: x, port: 1}]")]
    assert [("SVC215", "a:4", "spec.ports[0]", "b:3")] == told(*texts, without={"SVC221"})


def test_nothing_is_told_while_a_slice_of_the_service_is_broken():
    broken = slice_of("cart").replace("IPv4", "IPv5").replace("cart-x", "cart-y")
    texts = [cart("[{name: http, port: 80}]"), slice_of("cart", ports="[{name: x, port: 1}]"), broken]
    assert [] == told(*texts, without={"SVC105"})


def test_a_headless_service_publishes_the_ports_of_its_slices():
    one = service("cart", "clusterIP: None, ports: [{name: http, port: 80}]")
    assert [] == told(one, slice_of("cart", ports="[{name: x, port: 1}]"))


def test_guesses_end_where_nobody_reads_on():
    ports = ", ".join(f"{{name: p{number}, port: {number + 1}}}" for number in range(80))
    offered = ", ".join(f"{{name: q{number}, port: {number + 1}}}" for number in range(80))
    seen = hints(f"[{ports}]", slice_of("cart", ports=f"[{offered}]"))
    assert (80, 50) == (len(seen), sum(bool(one) for one in seen))
