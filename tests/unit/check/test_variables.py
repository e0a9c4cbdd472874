import pytest

from svcc.model.variables import variables
from tests.support import service as built
from tests.unit.check.told import found, service, told


def named(*names, ports="[{port: 80}]"):
    return [service(name, f"clusterIP: 10.96.0.{index}, ports: {ports}") for index, name in enumerate(names, 1)]


def test_the_variables_are_those_of_the_kubelet():
    assert {
        "WEB_APP_SERVICE_HOST",
        "WEB_APP_SERVICE_PORT",
        "WEB_APP_SERVICE_PORT_HTTP",
        "WEB_APP_PORT",
        "WEB_APP_PORT_80_TCP",
        "WEB_APP_PORT_80_TCP_PROTO",
        "WEB_APP_PORT_80_TCP_PORT",
        "WEB_APP_PORT_80_TCP_ADDR",
    } == {name for name, _ in variables(built("web-app"))}


@pytest.mark.parametrize(
    ("names", "ports", "variable"),
    [
        (("a", "a-service"), "[{port: 80}]", "A_SERVICE_PORT"),
        (("a-service", "a"), "[{port: 80}]", "A_SERVICE_PORT"),
        (("a", "a-port-80-tcp"), "[{port: 80}]", "A_PORT_80_TCP_PORT"),
        (("a", "a-service"), "[{name: 80-tcp, port: 80}]", "A_SERVICE_PORT and 1 more"),
        (("x-port", "x-port-service"), "[{port: 80}]", "X_PORT_SERVICE_PORT"),
    ],
)
def test_two_services_that_make_one_variable_are_told_at_the_later(names, ports, variable):
    diagnostics = found(*named(*names, ports=ports))
    assert [("SVC217", f"this Service and default/{names[0]} both make the environment variable {variable}")] == [
        (one.code, one.message) for one in diagnostics
    ]


@pytest.mark.parametrize(
    "names", [("a", "a-services"), ("a", "ab-service"), ("a-b", "a-service"), ("a", "a-b"), ("a-service", "a-port")]
)
def test_names_that_go_on_otherwise_do_not_clash(names):
    assert [] == told(*named(*names))


def test_services_of_two_namespaces_do_not_clash():
    first, second = named("a", "a-service")
    assert [] == told(first, second.replace("name: a-service,", "name: a-service, namespace: b,"))


def test_the_service_kubernetes_is_in_every_namespace():
    first, second = named("kubernetes", "kubernetes-service")
    other = second.replace("name: kubernetes-service,", "name: kubernetes-service, namespace: b,")
    assert [("SVC217", "b:3", "metadata.name", "a:3")] == told(first, other)


def test_a_headless_service_makes_no_variables():
    first, second = named("a", "a-service")
    assert [] == told(first.replace("10.96.0.1", "None"), second)
