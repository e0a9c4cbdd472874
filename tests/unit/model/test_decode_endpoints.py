import pytest

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Reason, Source
from svcc.model.decode import decode
from svcc.model.endpoints import Endpoint, SlicePort
from svcc.net import Family, Protocol

SLICE = """\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-x1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
"""
ENDPOINTS = "apiVersion: v1\nkind: Endpoints\nmetadata: {name: cart, namespace: shop}\nsubsets:\n"


def run(text):
    sink = Diagnostics()
    return decode([Source("a.yaml", text)], NodeConfig(), sink), list(sink)


def one_slice(text):
    found, diagnostics = run(SLICE + text)
    assert [] == diagnostics
    return found.slices[0]


def test_conditions_have_their_defaults():
    text = "endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.2], conditions: {}}, {addresses: [10.0.0.3], conditions: {ready: null}}]"
    assert (Endpoint("10.0.0.1"), Endpoint("10.0.0.2"), Endpoint("10.0.0.3")) == one_slice(text).endpoints


def test_conditions_are_read_however_they_are_written():
    text = "endpoints: [{addresses: [10.0.0.1], conditions: {ready: no, serving: False, terminating: true}}]"
    assert (Endpoint("10.0.0.1", ready=False, serving=False, terminating=True),) == one_slice(text).endpoints


def test_hints_host_and_node_names_are_kept():
    text = "endpoints: [{addresses: [10.0.0.1], hostname: h, nodeName: n1, hints: {forZones: [{name: z}], forNodes: [{name: n1}]}}]"
    expected = Endpoint("10.0.0.1", hostname="h", node_name="n1", hint_zones=("z",), hint_nodes=("n1",))
    assert (expected,) == one_slice(text).endpoints


def test_an_endpoint_stands_where_its_address_stands():
    span = one_slice("endpoints:\n- addresses:\n  - 10.0.0.1\n").endpoints[0].span
    assert (7, 5, 8) == (span.line, span.column, span.length)


def test_ports_have_their_defaults_and_may_lack_a_number():
    expected = (SlicePort("", Protocol.TCP, None), SlicePort("b", Protocol.UDP, 53))
    found = run(SLICE + "ports: [{name: b, protocol: UDP, port: 53}]")[0].slices[0].ports
    assert expected == (*one_slice("ports: [{}]").ports, *found)


def test_ipv6_addresses_become_canonical():
    text = SLICE.replace("IPv4", "IPv6") + "endpoints: [{addresses: ['FD00:0::1']}]"
    found = run(text)[0].slices[0]
    assert (Family.IPV6, ("fd00::1",)) == (found.family, tuple(one.address for one in found.endpoints))


def test_names_instead_of_addresses_carry_no_packets():
    found = run(SLICE.replace("IPv4", "FQDN") + "endpoints: [{addresses: [db.example, db.example.]}]")
    assert (None, (), []) == (found[0].slices[0].family, found[0].slices[0].endpoints, found[1])


def test_a_slice_without_the_label_belongs_to_no_service():
    text = SLICE.replace("kubernetes.io/service-name", "app")
    assert None is run(text)[0].slices[0].service


def test_weights_stand_on_the_slice():
    text = SLICE.replace("labels:", "annotations: {svcc.dev/weights: 10.0.0.1=5}, labels:")
    assert {"10.0.0.1": 5} == run(text)[0].slices[0].weights


def test_addresses_that_are_not_ready_stay_with_their_subset():
    text = "- addresses: [{ip: 10.0.0.1, nodeName: n1}]\n  notReadyAddresses: [{ip: 10.0.0.2}]\n  ports: [{port: 80}]\n"
    (subset,) = run(ENDPOINTS + text)[0].endpoints[0].subsets
    assert (Endpoint("10.0.0.1", node_name="n1"), Endpoint("10.0.0.2", ready=False)) == subset.endpoints
    assert (SlicePort("", Protocol.TCP, 80),) == subset.ports


MISTAKES = [
    (SLICE + "endpoints: [{addresses: [10.0.0.256]}]", "SVC107", 5, 26, "endpoints[0].addresses[0]"),
    (SLICE + "endpoints: [{addresses: ['fd00::1']}]", "SVC107", 5, 26, "endpoints[0].addresses[0]"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1, 127.0.0.1]}]", "SVC107", 5, 36, "endpoints[0].addresses[1]"),
    (SLICE + "endpoints: [{addresses: [169.254.1.1]}]", "SVC107", 5, 26, "endpoints[0].addresses[0]"),
    (SLICE + "endpoints: [{addresses: []}]", "SVC104", 5, 25, "endpoints[0].addresses"),
    (SLICE + "endpoints: [{nodeName: a}]", "SVC104", 5, 13, "endpoints[0].addresses"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], adresses: []}]", "SVC102", 5, 37, "endpoints[0].adresses"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], addresses: [10.0.0.1]}]", "SVC002", 5, 37, "endpoints[0].addresses"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], conditions: {ready: 'true'}}]", "SVC101", 5, 57, "endpoints[0].conditions.ready"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], conditions: {redy: true}}]", "SVC102", 5, 50, "endpoints[0].conditions.redy"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], nodeName: 7}]", "SVC101", 5, 47, "endpoints[0].nodeName"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], hostname: A}]", "SVC103", 5, 47, "endpoints[0].hostname"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], hints: {forZones: [{name: a b}]}}]", "SVC136", 5, 63, "endpoints[0].hints.forZones[0].name"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], hints: {forZones: [{}, {}]}}]", "SVC119", 5, 60, "endpoints[0].hints.forZones[1].name"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], hints: {forNodes: [{name: A}]}}]", "SVC103", 5, 63, "endpoints[0].hints.forNodes[0].name"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], zone: a, zone: a}]", "SVC002", 5, 46, "endpoints[0].zone"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], zone: on}]", "SVC101", 5, 43, "endpoints[0].zone"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], nodeName: A}]", "SVC103", 5, 47, "endpoints[0].nodeName"),
    (SLICE + "endpoints: [{addresses: [10.0.0.1], targetRef: {nam: a}}]", "SVC102", 5, 49, "endpoints[0].targetRef.nam"),
    (SLICE.replace("IPv4", "FQDN") + "endpoints: [{addresses: [db]}]", "SVC103", 5, 26, "endpoints[0].addresses[0]"),
    (SLICE + "ports: [{port: 80}, {port: 81}]", "SVC119", 5, 21, "ports[1].name"),
    (SLICE + "ports: [{port: 80, protocol: ''}]", "SVC105", 5, 30, "ports[0].protocol"),
    (SLICE + "endpoints: [3]", "SVC101", 5, 13, "endpoints[0]"),
    (SLICE + "ports: [{port: 0}]", "SVC106", 5, 16, "ports[0].port"),
    (SLICE.replace("IPv4", "ipv4"), "SVC105", 4, 14, "addressType"),
    (SLICE.replace("addressType: IPv4\n", ""), "SVC104", 1, 1, "addressType"),
    (SLICE.replace("io/v1\n", "io/v1beta1\n"), "SVC105", 1, 13, "apiVersion"),
    (ENDPOINTS + "- addresses: [{hostname: a}]", "SVC104", 5, 15, "subsets[0].addresses[0].ip"),
    (ENDPOINTS + "- addresses: [{ip: 224.0.0.1}]", "SVC107", 5, 20, "subsets[0].addresses[0].ip"),
    (ENDPOINTS + "- ports: [{port: 80}]", "SVC104", 5, 3, "subsets[0]"),
    (ENDPOINTS + "- {addresses: [{ip: 10.0.0.1}], ports: [{name: a}]}", "SVC104", 5, 41, "subsets[0].ports[0].port"),
    (ENDPOINTS + "- {addresses: [{ip: 10.0.0.1, nodeName: ''}]}", "SVC103", 5, 41, "subsets[0].addresses[0].nodeName"),
    (ENDPOINTS + "- {addresses: [{ip: 10.0.0.1}], ports: [{name: a, port: 1}, {port: 2}]}", "SVC104", 5, 61, "subsets[0].ports[1].name"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "line", "column", "field"), MISTAKES)
def test_a_mistake_in_endpoints_is_reported_where_it_stands(text, code, line, column, field):
    found, diagnostics = run(text)
    assert [(code, line, column, field)] == [
        (one.code, one.span.line, one.span.column, one.field) for one in diagnostics
    ]
    assert () == (*found.slices, *found.endpoints)


def test_of_a_list_that_is_too_long_nothing_is_judged():
    endpoints = ", ".join(["{addresses: [127.0.0.1]}"] * 1001)
    (told,) = run(SLICE + f"endpoints: [{endpoints}]")[1]
    assert ("SVC138", "endpoints", Reason.TOO_MANY) == (told.code, told.field, told.reason)


def test_what_is_usual_and_what_is_not_are_read_alike():
    usual = "{addresses: [10.0.0.1], nodeName: n1, zone: z, targetRef: {kind: Pod, name: a, namespace: b, uid: c}}"
    quoted = usual.replace("n1", "'n1'")
    first, second = one_slice(f"endpoints: [{usual}, {quoted}]").endpoints
    assert Endpoint("10.0.0.1", node_name="n1") == first
    assert first == second


def test_port_names_may_repeat_in_endpoints_only():
    text = "- {addresses: [{ip: 10.0.0.1, hostname: ''}], ports: [{name: a, port: 1}, {name: a, port: 2}]}"
    found, diagnostics = run(ENDPOINTS + text)
    assert [] == diagnostics
    assert ["a", "a"] == [port.name for port in found.endpoints[0].subsets[0].ports]
