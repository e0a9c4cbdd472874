"""What is told of names and environments: aliases that are none, circles, blocks that are large."""

import pytest

from tests.unit.check.told import found, service, told

SVC = "svc.cluster.local"


def alias(name, target):
    return service(name, f"type: ExternalName, externalName: {target}")


@pytest.mark.parametrize("target", ["192.0.2.7", "192.0.2.7.", "10.96.0.10", "1.2.3.4"])
def test_an_address_is_no_external_name(target):
    assert [("SVC124", "a:4", "spec.externalName")] == told(alias("a", target))


@pytest.mark.parametrize("target", ["smtp.example.com", "smtp.example.com.", "192.0.2.7.example.com", "1.2.3"])
def test_a_name_is_an_external_name(target):
    assert [] == told(alias("a", target))


def test_an_alias_of_itself_is_told():
    assert [("SVC227", "a:4", "spec.externalName")] == told(alias("a", f"a.default.{SVC}"))


def test_a_circle_is_told_once_at_the_service_that_stands_first():
    first, second, third = (alias(one, f"{other}.default.{SVC}.") for one, other in ("bc", "ca", "ab"))
    assert [("SVC227", "a:4", "spec.externalName", "b:3", "c:3")] == told(first, second, third)


def test_an_alias_that_leads_into_a_circle_is_not_in_it():
    assert ["SVC227"] == [code for code, *_ in told(alias("a", f"b.default.{SVC}"), alias("b", f"b.default.{SVC}"))]


def test_an_alias_of_another_domain_or_of_a_service_with_an_address_is_no_circle():
    assert [] == told(
        alias("a", "a.default.svc.example.com"), alias("b", f"c.default.{SVC}"), service("c", "clusterIP: None")
    )


def test_the_domain_is_the_configured_one():
    config = "apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\nclusterDomain: example.com\n"
    assert ["SVC227"] == [code for code, *_ in told(alias("a", "a.default.svc.example.com"), config=config)]


def services(count):
    text = "---\n".join(
        service(
            f"s{number:03}", f"clusterIP: 10.96.{number // 250}.{number % 250 + 1}, ports: [{{name: http, port: 80}}]"
        )
        for number in range(count)
    )
    return found(text)


def test_a_block_of_more_than_64_kib_is_told_once_at_its_first_service():
    (one,) = services(300)
    assert ("SVC226", "Service/default/s000", 3) == (one.code, one.object, one.span.line)
    assert one.message.startswith("the 300 Services of the namespace default make ")
    assert [] == services(250)


def test_services_without_an_address_do_not_count():
    text = "---\n".join(service(f"s{number:03}", "clusterIP: None, ports: [{port: 80}]") for number in range(1000))
    assert [] == found(text)
