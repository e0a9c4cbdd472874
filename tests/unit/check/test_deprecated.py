import pytest

from tests.unit.check.told import HTTP, PORTS, endpoints, found, service, told

EXTERNAL = "clusterIP: 10.96.0.{}, externalIPs: [192.0.2.{}], ports: [{{port: 80}}]"
BALANCED = f"type: LoadBalancer, allocateLoadBalancerNodePorts: false, clusterIP: 10.96.0.1, {PORTS}"
HINTS = "service.kubernetes.io/topology-aware-hints"


@pytest.mark.parametrize(
    ("one", "field", "message"),
    [
        (service("a", EXTERNAL.format(1, 1)), "spec.externalIPs", "spec.externalIPs is deprecated"),
        (
            service("a", f"{BALANCED}, loadBalancerIP: 192.0.2.1"),
            "spec.loadBalancerIP",
            "spec.loadBalancerIP is deprecated",
        ),
        (
            service("a", f"clusterIP: 10.96.0.1, trafficDistribution: PreferClose, {PORTS}"),
            "spec.trafficDistribution",
            "PreferClose is deprecated",
        ),
        (
            service("a", f"clusterIP: 10.96.0.1, {PORTS}", annotations=f"{{{HINTS}: auto}}"),
            f"metadata.annotations[{HINTS}]",
            f"metadata.annotations[{HINTS}] is deprecated",
        ),
    ],
)
def test_what_kubernetes_discourages_is_told(one, field, message):
    assert [("SVC221", field, message)] == [(one.code, one.field, one.message) for one in found(one)]


@pytest.mark.parametrize(
    "one",
    [
        service("a", f"clusterIP: 10.96.0.1, externalIPs: [], {PORTS}"),
        service("a", f"clusterIP: 10.96.0.1, trafficDistribution: PreferSameZone, {PORTS}"),
        service("a", f"clusterIP: None, externalIPs: [192.0.2.1], {PORTS}"),
    ],
)
def test_what_is_not_used_is_not_told(one):
    assert [] == told(one, without={"SVC116"})


def test_what_is_ignored_is_told_as_that():
    one = service("a", "type: ExternalName, externalName: a.example, externalIPs: [192.0.2.1]")
    assert [("SVC116", "a:4", "spec.externalIPs")] == told(one)


def test_many_uses_are_one_note_at_the_first():
    texts = [service(f"s{index}", EXTERNAL.format(index, index)) for index in range(1, 11)]
    assert [("a.yaml", "spec.externalIPs is deprecated; 10 Services use it")] == [
        (one.span.source.name, one.message) for one in found(*texts)
    ]


def test_a_deprecated_kind_is_one_note():
    texts = [service("a", f"clusterIP: None, {HTTP}"), endpoints("a"), endpoints("b")]
    assert [("kind", "Endpoints/default/a", "kind Endpoints is deprecated; 2 objects use it")] == [
        (one.field, one.object, one.message) for one in found(*texts) if one.code == "SVC221"
    ]


def test_an_object_that_ignores_the_code_is_not_counted():
    silent = service("a", EXTERNAL.format(1, 1), annotations="{svcc.dev/ignore: SVC221}")
    heard = service("b", EXTERNAL.format(2, 2))
    assert [("Service/default/b", "spec.externalIPs is deprecated")] == [
        (one.object, one.message) for one in found(silent, heard)
    ]
    assert [] == found(silent)
