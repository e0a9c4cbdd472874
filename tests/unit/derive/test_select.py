"""Which Pods a selector matches."""

from svcc.derive.select import select
from svcc.model.manifests import Manifests
from svcc.model.pod import Pod
from svcc.model.service import ObjectName, Service, ServicePort, ServiceType
from svcc.net import Protocol

NAME = ObjectName("shop", "cart")
WEB = {"app": "cart", "tier": "web"}


def pod(name, labels, namespace="shop"):
    return Pod(ObjectName(namespace, name), labels)


def matched(selector, *pods, **changes):
    held = Manifests(services=(Service(NAME, selector=selector, **changes),), pods=pods)
    return [one.name.name for one in select(held).selected.get(NAME, ())]


def test_a_pod_needs_every_label_of_the_selector_and_may_have_more():
    pods = (pod("a", WEB), pod("b", {"app": "cart"}), pod("c", {**WEB, "x": "y"}), pod("d", {**WEB, "tier": "db"}))
    assert ["a", "c"] == matched(WEB, *pods)


def test_pods_of_other_namespaces_are_others():
    assert ["a"] == matched(WEB, pod("a", WEB), pod("b", WEB, "bank"))


def test_an_empty_selector_matches_nothing():
    assert [] == matched({}, pod("a", WEB))


def test_an_empty_value_is_a_value():
    assert ["a"] == matched({"app": ""}, pod("a", {"app": ""}), pod("b", {}))


def test_an_external_name_selects_nothing():
    assert [] == matched(WEB, pod("a", WEB), type=ServiceType.EXTERNAL_NAME)


def test_services_of_one_selector_share_one_tuple():
    services = tuple(Service(ObjectName("shop", name), selector=dict(WEB)) for name in "ab")
    one, other = select(Manifests(services=services, pods=(pod("a", WEB),))).selected.values()
    assert one is other


def test_the_search_ends_where_the_matches_are_more_than_the_input_says():
    ports = tuple(ServicePort(f"p{number}", Protocol.TCP, number) for number in range(1, 101))
    services = tuple(Service(ObjectName("shop", f"s{n}"), selector=WEB, ports=ports) for n in range(1000))
    pods = tuple(pod(f"p{n:04}", WEB) for n in range(1000))
    assert 34 == len(select(Manifests(services=services, pods=pods)).selected)
