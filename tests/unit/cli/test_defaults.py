"""`svcc defaults`: manifests as the API server would hold them."""

import json

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
