import pytest

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode
from svcc.model.service import ServicePort, ServiceType, TrafficDistribution, TrafficPolicy
from svcc.net import Family, Protocol, parse_network

HEAD = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec:\n  "
PLAIN = "clusterIP: 10.96.0.10\n  ports: [{port: 80}]\n  "


def run(text, config=None):
    sink = Diagnostics()
    return decode([Source("a.yaml", text)], config or NodeConfig(), sink), list(sink)


def service(spec, metadata=""):
    found, diagnostics = run(HEAD.replace("namespace: shop", f"namespace: shop{metadata}") + spec)
    assert [] == [(one.code, one.message) for one in diagnostics if one.code != "SVC116"]
    return found.services[0]


def test_defaults_are_filled_in():
    one = service(PLAIN)
    assert (ServiceType.CLUSTER_IP, ("10.96.0.10",), False, False, None) == (
        one.type,
        one.cluster_ips,
        one.headless,
        one.has_selector,
        one.affinity_seconds,
    )
    assert (TrafficPolicy.CLUSTER, TrafficPolicy.CLUSTER) == (one.internal_policy, one.external_policy)
    assert (ServicePort("", Protocol.TCP, 80),) == one.ports


def test_affinity_has_a_default_and_a_leftover_configuration_is_dropped():
    assert 10800 == service(PLAIN + "sessionAffinity: ClientIP").affinity_seconds
    config = "sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}"
    assert 60 == service(f"{PLAIN}sessionAffinity: ClientIP\n  {config}").affinity_seconds
    assert None is service(PLAIN + config).affinity_seconds


def test_a_headless_service_has_no_cluster_ip_and_needs_no_port():
    one = service("clusterIP: None\n  selector: {app: a}")
    assert (True, (), True) == (one.headless, one.cluster_ips, one.has_selector)


def test_both_families_keep_their_order():
    spec = 'clusterIP: fd00::1\n  clusterIPs: ["fd00::1", 10.96.0.1]\n  ports: [{port: 80}]\n  ipFamilyPolicy: PreferDualStack'
    one = service(spec)
    assert ("fd00::1", "10.96.0.1") == one.cluster_ips
    assert (Family.IPV6, Family.IPV4) == one.ip_families


def test_the_load_balancer_ips_are_those_that_the_dataplane_captures():
    status = "\nstatus: {loadBalancer: {ingress: [{ip: 192.0.2.1}, {ip: 192.0.2.2, ipMode: Proxy}, {hostname: x}]}}"
    spec = "allocateLoadBalancerNodePorts: false\n  loadBalancerIP: 192.0.2.9\n  type: LoadBalancer"
    one = service(PLAIN + spec + status)
    assert (("192.0.2.1",), None) == (one.load_balancer_ips, one.requested_load_balancer_ip)
    assert {"spec.clusterIP", "spec.clusterIPs[0]", "status.loadBalancer.ingress[0].ip"} == set(one.spans)
    assert [("SVC117", "status.loadBalancer.ingress")] == [
        (one.code, one.field) for one in run(HEAD + PLAIN + status)[1]
    ]


def test_the_requested_load_balancer_ip_counts_only_where_svcc_assigns_it():
    text = HEAD + PLAIN + "type: LoadBalancer\n  loadBalancerIP: 192.0.2.9"
    assert None is run(text)[0].services[0].requested_load_balancer_ip
    found, diagnostics = run(text, NodeConfig(assign_load_balancer_ips=True))
    assert ([], "192.0.2.9") == (diagnostics, found.services[0].requested_load_balancer_ip)


def test_source_ranges_are_read_without_their_blanks():
    spec = "type: LoadBalancer\n  allocateLoadBalancerNodePorts: false\n  loadBalancerSourceRanges: [' 10.0.0.0/8 ']"
    assert (parse_network("10.0.0.0/8"),) == service(PLAIN + spec).source_ranges


def test_ports_of_one_number_inherit_the_node_port():
    spec = (
        "type: NodePort\n  clusterIP: 10.96.0.1\n  ports: [{name: a, port: 53, protocol: UDP}, "
        "{name: b, port: 53, nodePort: 30053}]"
    )
    assert [30053, 30053] == [port.node_port for port in service(spec).ports]


def test_labels_and_annotations_are_honoured():
    metadata = (
        ", labels: {service.kubernetes.io/service-proxy-name: x, endpointslice.kubernetes.io/skip-mirror: 'true'}"
        ", annotations: {svcc.dev/weights: '10.0.0.1=3, 10.0.0.2 = 0', svcc.dev/scheduler: wrr,"
        " svcc.dev/source-ranges-on-node-ports: 'true'}"
    )
    one = service(PLAIN, metadata)
    assert (True, True, True, "wrr", {"10.0.0.1": 3, "10.0.0.2": 0}) == (
        one.foreign_proxy,
        one.skip_mirror,
        one.gate_node_ports,
        one.scheduler,
        one.weights,
    )


def test_relaxed_names_may_start_with_a_digit():
    text = (HEAD + PLAIN).replace("cart", "1cart")
    assert ["SVC103"] == [one.code for one in run(text)[1]]
    assert [] == run(text, NodeConfig(relaxed_service_names=True))[1]


def test_places_of_addresses_are_kept_by_field_path():
    one = service(PLAIN + "externalIPs: [192.0.2.1, 192.0.2.1, 192.0.2.2]")
    assert {"spec.clusterIP": 5, "spec.clusterIPs[0]": 5, "spec.externalIPs[0]": 7, "spec.externalIPs[2]": 7} == {
        field: span.line for field, span in one.spans.items()
    }


# Each line: what stands in spec (from line 5, column 3), then code, line, column and field of every diagnostic.
MISTAKES = [
    (PLAIN + "type: NodePorts", "SVC105", 7, 9, "spec.type"),
    (PLAIN + "prots: []", "SVC102", 7, 3, "spec.prots"),
    (PLAIN + "clusterIP: 10.96.0.11", "SVC002", 7, 3, "spec.clusterIP"),
    (PLAIN + "selector: {app: on}", "SVC101", 7, 19, "spec.selector[app]"),
    (PLAIN + "externalIPs: 192.0.2.1", "SVC101", 7, 16, "spec.externalIPs"),
    (PLAIN + "externalIPs: [127.0.0.1]", "SVC107", 7, 17, "spec.externalIPs[0]"),
    (PLAIN + "externalIPs: [192.0.2.01]", "SVC107", 7, 17, "spec.externalIPs[0]"),
    (PLAIN + "externalIPs: ['::ffff:10.1.2.3']", "SVC107", 7, 17, "spec.externalIPs[0]"),
    (PLAIN + "externalIPs: ['fe80::1']", "SVC107", 7, 17, "spec.externalIPs[0]"),
    (PLAIN + "externalIPs: [239.1.1.1]", "SVC107", 7, 17, "spec.externalIPs[0]"),
    (PLAIN + "externalTrafficPolicy: Local", "SVC112", 7, 26, "spec.externalTrafficPolicy"),
    (PLAIN + "loadBalancerSourceRanges: [10.0.0.0/8]", "SVC117", 7, 29, "spec.loadBalancerSourceRanges"),
    (PLAIN + "healthCheckNodePort: 31000", "SVC112", 7, 24, "spec.healthCheckNodePort"),
    (PLAIN + "publishNotReadyAddresses: 'true'", "SVC101", 7, 29, "spec.publishNotReadyAddresses"),
    (PLAIN + "ipFamilies: [IPv6]", "SVC120", 5, 14, "spec.clusterIPs[0]"),
    (PLAIN + "clusterIPs: [10.96.0.11]", "SVC118", 7, 16, "spec.clusterIPs"),
    ("clusterIP: None\n  type: NodePort", "SVC117", 5, 14, "spec.clusterIPs[0]"),
    ("clusterIP: 10.96.0.1", "SVC104", 5, 3, "spec.ports"),
    ("type: ExternalName", "SVC104", 5, 3, "spec.externalName"),
    ("type: ExternalName\n  externalName: a.b\n  clusterIP: 10.96.0.1", "SVC117", 7, 14, "spec.clusterIPs"),
    ("clusterIP: None\n  ports: [{port: 22:22}]", "SVC101", 6, 18, "spec.ports[0].port"),
    ("clusterIP: None\n  ports: [{port: '80'}]", "SVC101", 6, 18, "spec.ports[0].port"),
    ("clusterIP: None\n  ports: [{port: 70000}]", "SVC106", 6, 18, "spec.ports[0].port"),
    ("clusterIP: None\n  ports: [{name: a}]", "SVC104", 6, 11, "spec.ports[0].port"),
    ("clusterIP: None\n  ports: [{port: 1}, {port: 2, name: a}]", "SVC104", 6, 11, "spec.ports[0].name"),
    ("clusterIP: None\n  ports: [{port: 1, name: a}, {port: 2, name: a}]", "SVC119", 6, 47, "spec.ports[1].name"),
    ("clusterIP: None\n  ports: [{port: 1, name: a}, {port: 1, name: b}]", "SVC119", 6, 38, "spec.ports[1]"),
    ("clusterIP: None\n  ports: [{port: 1, name: A}]", "SVC103", 6, 27, "spec.ports[0].name"),
    ("clusterIP: None\n  ports: [{port: 1, protocol: tcp}]", "SVC105", 6, 31, "spec.ports[0].protocol"),
    ("clusterIP: None\n  ports: [{port: 1, targetPort: '8080'}]", "SVC103", 6, 33, "spec.ports[0].targetPort"),
    ("clusterIP: None\n  ports: [{port: 1, nodePort: 30000}]", "SVC117", 6, 31, "spec.ports[0].nodePort"),
    ("clusterIP: None\n  clusterIPs: [None, 10.96.0.1]\n  ports: [{port: 80}]", "SVC118", 6, 16, "spec.clusterIPs"),
    ("clusterIPs: [10.96.0.1]\n  ports: [{port: 80}]", "SVC118", 5, 15, "spec.clusterIPs"),
    ("clusterIP: 10.96.0.010\n  ports: [{port: 80}]", "SVC107", 5, 14, "spec.clusterIPs[0]"),
    ("clusterIP: None\n  ipFamilies: [IPv4, IPv4]", "SVC119", 6, 22, "spec.ipFamilies[1]"),
    (PLAIN + "ipFamilies: [IPv4, IPv6]", "SVC121", 7, 15, "spec.ipFamilyPolicy"),
    (PLAIN + "loadBalancerClass: a/b", "SVC117", 7, 22, "spec.loadBalancerClass"),
    (PLAIN + "externalName: a.b", "SVC116", 7, 17, "spec.externalName"),
    (PLAIN + "type: LoadBalancer\n  loadBalancerClass: a/b/c", "SVC135", 8, 22, "spec.loadBalancerClass"),
    (PLAIN + "selector: {a b: c}", "SVC135", 7, 14, "spec.selector"),
    (PLAIN + "selector: {a: b c}", "SVC136", 7, 17, "spec.selector"),
    ("clusterIP: None\n  sessionAffinity: ClientIP", "SVC116", 6, 20, "spec.sessionAffinity"),
    ("clusterIP: None\n  ports: [{port: 1, appProtocol: a//b}]", "SVC135", 6, 34, "spec.ports[0].appProtocol"),
    (
        "type: NodePort\n  ports: [{name: a, port: 1, nodePort: 30000}, {name: b, port: 2, nodePort: 30000}]",
        "SVC204", 6, 77, "spec.ports[1].nodePort",
    ),
    (PLAIN + "sessionAffinity: ClientIp", "SVC105", 7, 20, "spec.sessionAffinity"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "code", "line", "column", "field"), MISTAKES)
def test_a_mistake_is_reported_where_it_stands(spec, code, line, column, field):
    diagnostics = run(HEAD + spec)[1]
    assert [(code, line, column, field, "Service/shop/cart")] == [
        (one.code, one.span.line, one.span.column, one.field, one.object) for one in diagnostics
    ]


@pytest.mark.parametrize(
    ("metadata", "code", "field"),
    [
        ("{name: Cart}", "SVC103", "metadata.name"),
        (f"{{name: {'a' * 64}}}", "SVC103", "metadata.name"),
        ("{name: a, namespace: a.b}", "SVC103", "metadata.namespace"),
        ("{generateName: a-}", "SVC104", "metadata.name"),
        ("{name: on}", "SVC101", "metadata.name"),
        ("{name: a, labels: {x: 1}}", "SVC101", "metadata.labels[x]"),
        ("{name: a, annotations: {svcc.dev/weight: a}}", "SVC102", "metadata.annotations[svcc.dev/weight]"),
        ("{name: a, annotations: {svcc.dev/weights: 10.0.0.1=1001}}", "SVC111", "metadata.annotations[svcc.dev/weights]"),
        ("{name: a, annotations: {svcc.dev/weights: '10.0.0.1=1,10.0.0.1=1'}}", "SVC111", "metadata.annotations[svcc.dev/weights]"),
        ("{name: a, annotations: {svcc.dev/scheduler: rrr}}", "SVC105", "metadata.annotations[svcc.dev/scheduler]"),
        ("{name: a, annotations: {service.beta.kubernetes.io/load-balancer-source-ranges: 10.0.0.0/8}}", "SVC117", "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_metadata_is_reported(metadata, code, field):
    text = f"apiVersion: v1\nkind: Service\nmetadata: {metadata}\nspec: {{clusterIP: None}}\n"
    assert [(code, field)] == [(one.code, one.field) for one in run(text)[1]]


def test_a_wrong_word_comes_with_a_guess():
    (one,) = run(HEAD + PLAIN + "type: nodeport")[1]
    assert "one of ClusterIP, NodePort, LoadBalancer, ExternalName; did you mean NodePort?" == one.hint


def test_node_ports_lie_in_the_range_of_the_configuration():
    text = HEAD + "type: NodePort\n  clusterIP: 10.96.0.1\n  ports: [{port: 80, nodePort: 8080}]"
    assert ["SVC106"] == [one.code for one in run(text)[1]]
    assert [] == run(text, NodeConfig(node_port_range=(8000, 9000)))[1]


def test_cluster_ips_lie_in_the_service_ranges_and_are_of_their_families():
    config = NodeConfig(service_cidrs=(parse_network("10.96.0.0/24"),))
    ports = "\n  ports: [{port: 80}]"

    def found(spec):
        return [(one.code, one.field) for one in run(HEAD + spec + ports, config)[1]]

    assert [] == found("clusterIP: 10.96.0.1") + found("clusterIP: 10.96.0.254")
    outside = [("SVC122", "spec.clusterIPs")]
    assert outside == found("clusterIP: 10.96.1.1") == found("clusterIP: 10.96.0.0") == found("clusterIP: 10.96.0.255")
    assert [("SVC123", "spec.clusterIPs[0]")] == found("clusterIP: fd00::1")
    assert [("SVC123", "spec.ipFamilies[0]")] == found("ipFamilies: [IPv6]")
    assert [("SVC123", "spec.ipFamilyPolicy")] == found("ipFamilyPolicy: RequireDualStack")
    assert [] == found("ipFamilyPolicy: PreferDualStack")
    assert [] == found("clusterIP: None\n  ipFamilyPolicy: RequireDualStack")


def test_every_mistake_of_a_service_is_told_at_once():
    spec = (
        "type: NodePort\n  clusterIP: None\n  loadBalancerClass: x\n  healthCheckNodePort: 1\n"
        "  ports: [{name: A, port: 0}, {protocol: tcp}]\n"
    )
    assert [
        ("spec.clusterIPs[0]", "Invalid"),
        ("spec.loadBalancerClass", "Forbidden"),
        ("spec.healthCheckNodePort", "Invalid"),
        ("spec.ports[0].name", "Invalid"),
        ("spec.ports[0].port", "Invalid"),
        ("spec.ports[1].name", "Required"),
        ("spec.ports[1].port", "Invalid"),
        ("spec.ports[1].protocol", "NotSupported"),
    ] == [(one.field, one.reason.value) for one in run(HEAD + spec)[1]]


@pytest.mark.parametrize(
    "fields",
    [
        "ports: [{port: 80, nodePort: 30080}]",
        "allocateLoadBalancerNodePorts: true",
        "loadBalancerSourceRanges: [10.0.0.0/8]",
        "externalTrafficPolicy: Local",
        "clusterIP: 10.96.0.10",
    ],
)
def test_a_message_names_the_type_with_its_article(fields):
    told = run(f"{HEAD}type: ExternalName\n  externalName: a.b\n  {fields}")[1]
    assert ["an ExternalName Service has no"] == [one.message[:30] for one in told]


@pytest.mark.parametrize(
    ("port", "told"),
    [
        ("port: 0120", [("SVC010", "YAML reads 0120 as octal 80", "write 80, or 120")]),
        ("{port: 80, targetPort: 0120}", [("SVC010", "YAML reads 0120 as octal 80", "write 80, or 120")]),
        ("port: 0x50", []),
        ("port: 0o120", []),
        ("port: 0b1010000", []),
        ("port: 007", []),
        (
            "port: 080",
            [("SVC101", "must be an integer; by its leading zero 080 is octal, which has no 8 and no 9", "write 80")],
        ),
        (
            "port: 0777777",
            [("SVC106", "must be between 1 and 65535, not 0777777, which YAML reads as octal 262143", "")],
        ),
        (
            "{port: 80, nodePort: 030000}",
            [
                ("SVC010", "YAML reads 030000 as octal 12288", "write 12288, or 30000"),
                (
                    "SVC106",
                    "node ports lie between 30000 and 32767, not at 12288",
                    "nodePortRange in the configuration sets the range",
                ),
            ],
        ),
    ],
)
def test_a_leading_zero_is_explained(port, told):
    diagnostics = run(f"{HEAD}type: NodePort\n  ports: [{port}]")[1]
    assert told == [(one.code, one.message, one.hint) for one in diagnostics]


def test_what_a_merge_key_repeats_is_told_where_it_is_merged():
    text = f"""{HEAD}type: NodePort
  ports:
  - &w {{name: web, port: 80, nodePort: 30080}}
  - {{<<: *w}}
  - <<: *w
    port: 81
"""
    places = [(one.code, one.field, one.span.line, one.span.column, one.related[0].span.line) for one in run(text)[1]]
    assert [
        ("SVC119", "spec.ports[1]", 8, 5, 7),
        ("SVC119", "spec.ports[1].name", 8, 5, 7),
        ("SVC204", "spec.ports[1].nodePort", 8, 5, 7),
        ("SVC119", "spec.ports[2].name", 9, 5, 7),
        ("SVC204", "spec.ports[2].nodePort", 9, 5, 7),
    ] == places


SELECTOR = "selector: {app: cart}"


def test_what_endpoints_of_pods_depend_on_is_kept():
    spec = f"{PLAIN}{SELECTOR}\n  publishNotReadyAddresses: true\n  trafficDistribution: PreferSameNode"
    one = service(spec)
    assert ({"app": "cart"}, True, TrafficDistribution.SAME_NODE) == (
        one.selector,
        one.publish_not_ready,
        one.distribution,
    )
    assert (7, 13) == one.spans["spec.selector"][1:3]
    plain = service(PLAIN)
    assert ({}, False, None) == (plain.selector, plain.publish_not_ready, plain.distribution)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("PreferClose", TrafficDistribution.SAME_ZONE), ("PreferSameZone", TrafficDistribution.SAME_ZONE)],
)
def test_prefer_close_is_the_older_word_for_the_same_zone(word, expected):
    assert expected is service(f"{PLAIN}trafficDistribution: {word}").distribution


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ("service.kubernetes.io/topology-mode: Auto", None),
        ("service.kubernetes.io/topology-aware-hints: auto", None),
        ("service.kubernetes.io/topology-mode: Disabled", TrafficDistribution.SAME_ZONE),
    ],
)
def test_hints_by_annotation_take_the_place_of_a_distribution(annotations, expected):
    one = service(f"{PLAIN}trafficDistribution: PreferSameZone", f", annotations: {{{annotations}}}")
    assert expected is one.distribution


@pytest.mark.parametrize(
    ("target", "expected"),
    [("8080", 8080), ("web", "web"), ("0", None), ('""', None), ("80", None)],
)
def test_a_target_port_is_a_number_or_a_name_or_the_port_itself(target, expected):
    (port,) = service(f"clusterIP: 10.96.0.10\n  ports: [{{port: 80, targetPort: {target}}}]").ports
    assert (expected, isinstance(expected, str)) == (port.target, port.target_span is not None)


@pytest.mark.parametrize(
    ("flag", "field", "expected"),
    [('"true"', "", ["SVC116"]), ('"false"', "", []), ('"true"', "publishNotReadyAddresses: true", [])],
)
def test_the_annotation_that_was_there_before_the_field_has_no_effect(flag, field, expected):
    annotation = f"{{service.alpha.kubernetes.io/tolerate-unready-endpoints: {flag}}}"
    head = HEAD.replace("namespace: shop", f"namespace: shop, annotations: {annotation}")
    found, told = run(f"{head}{PLAIN}{field}")
    assert (expected, bool(field)) == ([one.code for one in told], found.services[0].publish_not_ready)
