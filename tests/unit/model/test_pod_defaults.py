"""`fill_pod`, and what `svcc defaults` shows of Pods."""

import json
from pathlib import Path

import pytest
import yaml

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode
from svcc.model.defaults import fill_in
from svcc.model.pod_defaults import fill_pod

PODS = sorted((Path(__file__).parent / "pods").glob("*.yaml"))


def container(**fields):
    (one,) = fill_pod({"spec": {"containers": [{"name": "a", "image": "a", **fields}]}})["spec"]["containers"]
    return one


def volume(**fields):
    return fill_pod({"spec": {"volumes": [{"name": "a", **fields}]}})["spec"]["volumes"][0]


def test_a_spec_gets_what_every_spec_has():
    assert {
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "securityContext": {},
        "schedulerName": "default-scheduler",
        "enableServiceLinks": True,
    } == fill_pod({})["spec"]


def test_what_is_given_stays():
    given = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "enableServiceLinks": False}
    assert given == {key: fill_pod({"spec": given})["spec"][key] for key in given}


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("web", "Always"),
        ("web:latest", "Always"),
        ("web:1", "IfNotPresent"),
        ("example.org:5000/web", "Always"),
        ("example.org:5000/web:1", "IfNotPresent"),
        ("web@sha256:00", "IfNotPresent"),
        ("web:latest@sha256:00", "Always"),
    ],
)
def test_an_image_is_pulled_always_when_it_is_the_latest(image, policy):
    assert policy == container(image=image)["imagePullPolicy"]


def test_requests_follow_limits():
    limits, requests = {"cpu": "1", "memory": "1Gi"}, {"cpu": "100m"}
    assert {"cpu": "100m", "memory": "1Gi"} == container(resources={"limits": limits, "requests": requests})[
        "resources"
    ]["requests"]


def test_probes_and_hooks_get_their_numbers_and_paths():
    probe = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
    request = {"port": 80, "path": "/", "scheme": "HTTP"}
    held = container(
        livenessProbe={"httpGet": {"port": 80}, "periodSeconds": 0},
        readinessProbe={"grpc": {"port": 80}},
        lifecycle={"preStop": {"httpGet": {"port": 80}}},
    )
    assert {**probe, "httpGet": request} == held["livenessProbe"]
    assert {**probe, "grpc": {"port": 80, "service": ""}} == held["readinessProbe"]
    assert {"preStop": {"httpGet": request}} == held["lifecycle"]


def test_on_the_network_of_the_node_ports_are_host_ports():
    ports = [{"containerPort": 80}]
    spec = {
        "hostNetwork": True,
        "containers": [{"name": "a", "ports": ports}],
        "initContainers": [{"name": "b", "ports": ports}],
    }
    filled = fill_pod({"spec": spec})["spec"]
    assert [{"containerPort": 80, "protocol": "TCP", "hostPort": 80}] == filled["containers"][0]["ports"]
    assert [{"containerPort": 80, "protocol": "TCP", "hostPort": 80}] == filled["initContainers"][0]["ports"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"emptyDir": {}}),
        ({"secret": {"secretName": "s"}}, {"secret": {"secretName": "s", "defaultMode": 420}}),
        ({"configMap": {"name": "s", "defaultMode": 0}}, {"configMap": {"name": "s", "defaultMode": 0}}),
        ({"hostPath": {"path": "/"}}, {"hostPath": {"path": "/", "type": ""}}),
        ({"image": {"reference": "web:1"}}, {"image": {"reference": "web:1", "pullPolicy": "IfNotPresent"}}),
        (
            {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.name"}}]}},
            {
                "downwardAPI": {
                    "items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.name", "apiVersion": "v1"}}],
                    "defaultMode": 420,
                }
            },
        ),
        (
            {"projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
            {"projected": {"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}}], "defaultMode": 420}},
        ),
        (
            {"ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
            {"ephemeral": {"volumeClaimTemplate": {"spec": {"volumeMode": "Filesystem"}}}},
        ),
    ],
)  # fmt: skip
def test_a_volume_gets_the_defaults_of_its_source(given, expected):
    assert {"name": "a", **expected} == volume(**given)


def test_both_names_of_the_service_account_are_one():
    assert {"serviceAccountName": "a", "serviceAccount": "a"}.items() <= fill_pod({"spec": {"serviceAccount": "a"}})[
        "spec"
    ].items()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"podIP": "10.0.0.1"}, ["10.0.0.1"]),
        ({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]}, ["10.0.0.1", "fd00::1"]),
        ({"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.2"}]}, ["10.0.0.1"]),
    ],
)
def test_the_address_of_a_pod_is_the_first_of_its_addresses(status, expected):
    filled = fill_pod({"status": status})["status"]
    assert (expected[0], expected) == (filled["podIP"], [one["ip"] for one in filled["podIPs"]])


@pytest.mark.parametrize("path", PODS, ids=lambda path: path.stem)
def test_what_is_filled_in_validates_again_and_filling_it_in_again_changes_nothing(path):
    held = yaml.safe_load(path.read_text(encoding="utf-8"))
    once = fill_in("Pod", held, None)
    assert once == fill_in("Pod", once, None)
    found, sink = _decoded(json.dumps(once))
    assert ([], _decoded(path.read_text(encoding="utf-8"))[0]) == (list(sink), found)


def _decoded(text):
    sink = Diagnostics()
    return decode([Source("pod.yaml", text)], NodeConfig(), sink), sink


def test_what_a_cluster_shows_has_its_defaults_already():
    held = yaml.safe_load((Path(__file__).parent / "pods" / "as_kubectl_shows.yaml").read_text(encoding="utf-8"))
    assert held == fill_in("Pod", held, None)
