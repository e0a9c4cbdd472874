"""`svcc defaults`: manifests as the API server would hold them."""

import json
from pathlib import Path

import pytest
import yaml

from tests.unit.cli.conftest import CONFIG

DUAL = CONFIG.replace("10.96.0.0/16", "10.96.0.0/16, 'fd00:96::/112'")


def shown(svcc, lab, text, config=DUAL):
    (lab / "web.yaml").write_text(text)
    (lab / "svcc.yaml").write_text(config)
    ended = svcc("defaults", lab, "-o", "json", "-q")
    assert 0 == ended.code, ended.err
    return json.loads(ended.out)["items"]


def service(spec, metadata="{name: web}"):
    return f"apiVersion: v1\nkind: Service\nmetadata: {metadata}\nspec: {spec}\n"


def test_the_defaults_of_a_service_are_those_of_the_api_server(svcc, lab):
    (one,) = shown(svcc, lab, service("{clusterIP: 10.96.0.10, ports: [{port: 80}]}"))
    assert {"name": "web", "namespace": "default"} == one["metadata"]
    assert {
        "clusterIP": "10.96.0.10",
        "clusterIPs": ["10.96.0.10"],
        "internalTrafficPolicy": "Cluster",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        "sessionAffinity": "None",
        "type": "ClusterIP",
    } == one["spec"]
    assert {"loadBalancer": {}} == one["status"]


def test_what_svcc_does_not_look_at_is_kept(svcc, lab):
    metadata = "{name: web, namespace: lab, uid: abc, finalizers: [a/b], annotations: {x/y: 'on'}}"
    (one,) = shown(svcc, lab, service("{clusterIP: None, selector: {app: web}}", metadata))
    assert ("abc", ["a/b"], {"x/y": "on"}) == tuple(
        one["metadata"][key] for key in ("uid", "finalizers", "annotations")
    )
    assert {"app": "web"} == one["spec"]["selector"]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{clusterIP: None}", {"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "RequireDualStack", "clusterIPs": ["None"]}),
        ("{clusterIP: None, selector: {a: b}}", {"ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}),
        ("{clusterIP: 'fd00:96::10', ports: [{port: 80}]}", {"ipFamilies": ["IPv6"], "clusterIPs": ["fd00:96::10"]}),
        ("{type: ExternalName, externalName: a.b.}", {"externalName": "a.b.", "sessionAffinity": "None"}),
        (
            "{clusterIP: 10.96.0.10, externalIPs: [192.0.2.1], ports: [{port: 80}]}",
            {"externalTrafficPolicy": "Cluster", "internalTrafficPolicy": "Cluster"},
        ),
        (
            "{clusterIP: 10.96.0.10, sessionAffinity: ClientIP, ports: [{port: 80}]}",
            {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}}},
        ),
    ],
)  # fmt: skip
def test_a_default_depends_on_what_is_there(svcc, lab, spec, expected):
    (one,) = shown(svcc, lab, service(spec))
    assert expected == {key: one["spec"].get(key) for key in expected}


def test_a_leftover_affinity_configuration_is_dropped(svcc, lab):
    spec = "{clusterIP: None, sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}}"
    assert "sessionAffinityConfig" not in shown(svcc, lab, service(spec))[0]["spec"]


def test_endpoints_and_slices_get_protocols_and_empty_names(svcc, lab):
    text = """\
apiVersion: v1
kind: Endpoints
metadata: {name: web}
subsets: [{addresses: [{ip: 10.128.7.21}], ports: [{port: 80}]}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-x, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{port: 8080}]
endpoints: [{addresses: [10.128.7.21]}]
"""
    endpoints, held = shown(svcc, lab, text + "---\n" + service("{clusterIP: None}"))[1:]
    assert [{"port": 80, "protocol": "TCP"}] == endpoints["subsets"][0]["ports"]
    assert [{"name": "", "port": 8080, "protocol": "TCP"}] == held["ports"]


def test_the_status_of_a_load_balancer_is_kept(svcc, lab):
    spec = "{type: LoadBalancer, ports: [{port: 80}]}"
    status = "status: {loadBalancer: {ingress: [{ip: 192.0.2.1}, {hostname: lb.example.org}]}}\n"
    (one,) = shown(svcc, lab, service(spec) + status)
    assert [{"ip": "192.0.2.1", "ipMode": "VIP"}, {"hostname": "lb.example.org"}] == one["status"]["loadBalancer"][
        "ingress"
    ]


def test_the_result_validates_allocates_nothing_and_shows_itself(svcc, lab):
    spec = "{type: LoadBalancer, externalTrafficPolicy: Local, ipFamilyPolicy: PreferDualStack, ports: [{port: 80}]}"
    (lab / "svcc.yaml").write_text(DUAL)
    (lab / "web.yaml").write_text(
        service(spec) + "---\n" + service("{clusterIP: None}", "{name: 'y', annotations: {'y': 'no'}}")
    )
    first = svcc("defaults", lab)
    assert 0 == first.code
    (lab / "web.yaml").write_text(first.out)
    assert first.out == svcc("defaults", lab, "--locked").out
    assert 0 == svcc("check", lab, "--locked").code


def test_the_order_of_the_input_decides_nothing(svcc, lab):
    one, other = service("{clusterIP: None}", "{name: a}"), service("{ports: [{port: 80}]}", "{name: b}")
    assert shown(svcc, lab, f"{one}---\n{other}") == shown(svcc, lab, f"{other}---\n{one}")


def test_strings_that_yaml_would_misread_are_quoted(svcc, lab):
    words = [
        "on",
        "y",
        "22:22",
        "0x10",
        "1e3",
        "~",
        "",
        "null",
        "2024-01-01",
        "a: b",
        "- a",
        "#",
        "'",
        "\u00e9",
        "a\nb",
    ]
    annotations = json.dumps({f"k{index}": word for index, word in enumerate(words)})
    (lab / "web.yaml").write_text(service("{clusterIP: None}", f"{{name: web, annotations: {annotations}}}"))
    printed = svcc("defaults", lab).out
    assert words == list(yaml.safe_load(printed)["metadata"]["annotations"].values())
    (lab / "web.yaml").write_text(printed)
    assert printed == svcc("defaults", lab).out


def test_a_mistake_prints_no_manifest(svcc, lab):
    (lab / "web.yaml").write_text(service("{ports: [{port: 0}]}"))
    ended = svcc("defaults", lab)
    assert (1, "") == (ended.code, ended.out)
    assert "error[SVC106]" in ended.err


ROOT = Path(__file__).parents[3]
PODS = ROOT / "examples" / "shop-pods"


def documents(text, *kinds):
    return [one for one in yaml.safe_load_all(text) if one["kind"] in kinds]


def test_slices_are_printed_only_where_they_are_asked_for(svcc):
    assert [] == documents(svcc("defaults", PODS, "--locked").out, "EndpointSlice")
    assert 9 == len(documents(svcc("defaults", PODS, "--locked", "--slices").out, "EndpointSlice"))


def test_a_slice_of_pods_has_what_the_controller_gives_it(svcc):
    (first, *_) = documents(svcc("defaults", PODS, "--locked", "--slices").out, "EndpointSlice")
    (_, cart, *_) = documents(svcc("defaults", PODS, "--locked", "--slices").out, "EndpointSlice")
    assert "agent-pods-0-ipv4" == first["metadata"]["name"]
    assert {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "cart-pods-0-ipv4",
            "namespace": "shop",
            "labels": {
                "app": "cart",
                "kubernetes.io/service-name": "cart",
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            },
        },
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": [
            {
                "addresses": [address],
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "nodeName": node,
                "targetRef": {"kind": "Pod", "namespace": "shop", "name": pod},
                "zone": zone,
            }
            for address, node, pod, zone in (
                ("10.128.7.31", "worker-1", "cart-5d4cf56db6-l2x7w", "eu-a"),
                ("10.128.9.31", "worker-2", "cart-5d4cf56db6-q9vns", "eu-b"),
            )
        ],
    } == cart


def test_printed_slices_mean_what_the_pods_mean(svcc, lab):
    (lab / "svcc.yaml").write_text((PODS / "svcc.yaml").read_text())
    printed = svcc("defaults", PODS, "--locked", "--slices").out
    kept = documents(printed, "Service", "EndpointSlice", "Node")
    (lab / "slices.yaml").write_text(yaml.safe_dump_all(kept))
    assert svcc("graph", PODS, "--locked").out == svcc("graph", lab / "slices.yaml", "--locked").out


def test_what_is_printed_with_slices_validates_allocates_nothing_and_shows_itself(svcc, lab):
    (lab / "svcc.yaml").write_text((PODS / "svcc.yaml").read_text())
    printed = svcc("defaults", PODS, "--locked", "--slices").out
    (lab / "web.yaml").write_text(printed)
    assert printed == svcc("defaults", lab, "--locked", "--slices").out
    assert 0 == svcc("check", lab, "--locked", "--strict").code


def test_labels_and_application_protocols_are_those_of_the_service(svcc, lab):
    text = """\
apiVersion: v1
kind: Service
metadata: {name: web, labels: {a: b, kubernetes.io/service-name: x}}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80, appProtocol: kubernetes.io/h2c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, labels: {app: web}}
spec: {hostname: web-0, subdomain: web, containers: [{name: a, image: a}]}
status: {podIP: 10.128.7.21}
"""
    (lab / "svcc.yaml").write_text(DUAL)
    (lab / "web.yaml").write_text(text)
    (held,) = documents(svcc("defaults", lab, "--slices").out, "EndpointSlice")
    assert {
        "a": "b",
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "service.kubernetes.io/headless": "",
    } == held["metadata"]["labels"]
    assert [{"name": "", "port": 80, "protocol": "TCP", "appProtocol": "kubernetes.io/h2c"}] == held["ports"]
    assert ["web-0"] == [one["hostname"] for one in held["endpoints"]]


def test_nodes_are_printed_since_hints_depend_on_them(svcc):
    nodes = documents(svcc("defaults", PODS, "--locked").out, "Node")
    assert ["worker-1", "worker-2"] == [one["metadata"]["name"] for one in nodes]
    assert {"namespace"}.isdisjoint(key for one in nodes for key in one["metadata"])
