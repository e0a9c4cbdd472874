"""`decode_pod`: what is kept of a Pod, and what is refused."""

from pathlib import Path

import pytest
import yaml

from svcc.cli.main import run as svcc
from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode
from svcc.model.pod import Pod
from svcc.model.service import ObjectName
from svcc.net import Protocol

SHOWN = Path(__file__).parent / "pods" / "as_kubectl_shows.yaml"
HEAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: cart-0, namespace: shop}\n"
A = "{name: a, image: a}"


def run(text):
    sink = Diagnostics()
    return decode([Source("pod.yaml", text)], NodeConfig(), sink), sink


def found(text):
    return [(one.code, one.field, one.reason and one.reason.value) for one in run(text)[1]]


def of_spec(spec):
    return found(f"{HEAD}spec: {spec}\n")


def of_container(fields, rest=""):
    return of_spec(f"{{containers: [{{name: a, image: a, {fields}}}]{rest}}}")


def test_what_names_and_endpoints_need_is_kept():
    held, sink = run(SHOWN.read_text(encoding="utf-8"))
    assert [] == list(sink)
    assert (
        Pod(
            ObjectName("shop", "cart-6d4cf56db6-x7k2p"),
            labels={"app": "cart", "pod-template-hash": "6d4cf56db6"},
            addresses=("10.128.7.21", "fd00:10::21"),
            node_name="worker-1",
            phase="Running",
            ready=True,
            ports={("http", Protocol.TCP): 8080, ("metrics", Protocol.TCP): 15090},
        ),
    ) == held.pods


def test_the_rest_of_what_is_kept_is_what_people_write():
    text = """\
apiVersion: v1
kind: Pod
metadata: {name: cart-0, deletionTimestamp: "2024-03-01T10:00:00Z"}
spec: {hostname: cart-0, subdomain: cart, hostNetwork: true, enableServiceLinks: false, containers: [{name: a, image: a}]}
status: {phase: Pending, podIPs: [{ip: "FD00::5"}], conditions: [{type: Ready, status: "False"}, {type: Initialized, status: "True"}]}
"""
    (pod,) = run(text)[0].pods
    assert ("cart-0", "cart", True, False) == (pod.hostname, pod.subdomain, pod.host_network, pod.service_links)
    assert (True, False, "Pending", ("fd00::5",)) == (pod.terminating, pod.ready, pod.phase, pod.addresses)
    assert (3, 18) == (pod.span.line, pod.span.column)


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.1.1", "0.0.0.0", "fe80::1", "ff02::1"])
def test_an_address_that_no_endpoint_can_have_is_not_kept(address):
    text = f"{HEAD}spec: {{containers: [{A}]}}\nstatus: {{podIP: '{address}'}}\n"
    held, sink = run(text)
    assert ([()], []) == ([one.addresses for one in held.pods], list(sink))


PORTS = "ports: [{name: http, containerPort: 80}]"


@pytest.mark.parametrize(("policy", "expected"), [("", {}), ("restartPolicy: Always, ", {("http", Protocol.TCP): 80})])
def test_an_init_container_lends_its_ports_only_while_it_keeps_running(policy, expected):
    spec = f"{{initContainers: [{{name: b, image: b, {policy}{PORTS}}}], containers: [{A}]}}"
    assert expected == run(f"{HEAD}spec: {spec}\n")[0].pods[0].ports


def test_of_two_ports_of_one_name_the_first_regular_one_counts():
    aside = f"{{name: b, image: b, restartPolicy: Always, {PORTS.replace('80', '81')}}}"
    second = f"{{name: c, image: c, {PORTS.replace('80', '82')}}}"
    spec = f"{{initContainers: [{aside}], containers: [{{name: a, image: a, {PORTS}}}, {second}]}}"
    assert {("http", Protocol.TCP): 80} == run(f"{HEAD}spec: {spec}\n")[0].pods[0].ports


def test_what_pods_have_in_common_is_kept_once():
    text = "---\n".join(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: cart}}}}\nspec: {{nodeName: w, containers: [{{name: a, image: a, {PORTS}}}]}}\n"
        for name in "ab"
    )
    one, other = run(text)[0].pods
    assert (True, True, True) == (
        one.labels is other.labels,
        one.ports is other.ports,
        one.node_name is other.node_name,
    )


def test_the_list_of_kubectl_holds_pods():
    items = [{"metadata": {"name": name}, "spec": {"containers": [{"name": "a", "image": "a"}]}} for name in "ba"]
    text = yaml.safe_dump({"apiVersion": "v1", "kind": "PodList", "items": items})
    assert ["default/a", "default/b"] == [str(one.name) for one in run(text)[0].pods]


def test_a_broken_pod_stays_known_by_name():
    held, _ = run(f"{HEAD}spec: {{containers: []}}\n")
    assert ((), [("Pod", "shop/cart-0")]) == (held.pods, [(one.kind, str(one.name)) for one in held.broken])


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{contaners: []}", {("SVC102", "spec.contaners", None), ("SVC104", "spec.containers", "Required")}),
        ("7", {("SVC101", "spec", "Invalid")}),
        ("{containers: 7}", {("SVC101", "spec.containers", "Invalid")}),
        ("{containers: [null]}", {("SVC101", "spec.containers[0]", "Invalid")}),
        ("{containers: [a]}", {("SVC101", "spec.containers[0]", "Invalid")}),
        (f'{{containers: [{A}], hostNetwork: "yes"}}', {("SVC101", "spec.hostNetwork", "Invalid")}),
        (f"{{containers: [{A}], affinity: {{nodeAffinity: {{x: 1}}}}}}", {("SVC102", "spec.affinity.nodeAffinity.x", None)}),
        (f"{{containers: [{A}], nodeSelector: {{a: 1}}}}", {("SVC101", "spec.nodeSelector.a", "Invalid")}),
        (f"{{containers: [{A}], overhead: {{cpu: 1 m}}}}", {("SVC157", "spec.overhead.cpu", "Invalid")}),
        (f"{{containers: [{A}], priority: 99999999999999999999}}", {("SVC106", "spec.priority", "Invalid")}),
        (f"{{containers: [{A}], volumes: [{{name: a, emptyDir: {{sizeLimit: [1]}}}}]}}", {("SVC101", "spec.volumes[0].emptyDir.sizeLimit", "Invalid")}),
        ("{containers: [{name: 7, image: a}]}", {("SVC101", "spec.containers[0].name", "Invalid")}),
    ],
)  # fmt: skip
def test_unknown_fields_and_wrong_types_are_told_at_any_depth(spec, expected):
    assert expected == set(of_spec(spec))


@pytest.mark.parametrize(
    "fields",
    [
        "resources: {limits: {cpu: 1, memory: 64Mi, x.org/y: 1e3}, requests: {cpu: 0.5, memory: .05G}}",
        "livenessProbe: {tcpSocket: {port: http}}",
        "livenessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 0}",
        'env: [{name: "A B", value: ""}, {name: a.b-c}, {name: a.b-c}]',
        "imagePullPolicy: Never, terminationMessagePolicy: FallbackToLogsOnError",
        "ports: []",
    ],
)
def test_what_is_unusual_in_a_container_is_taken(fields):
    assert [] == of_container(fields)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("imagePullPolicy: always", [("SVC105", "imagePullPolicy", "NotSupported")]),
        ("terminationMessagePolicy: Files", [("SVC105", "terminationMessagePolicy", "NotSupported")]),
        ("restartPolicy: Always", [("SVC158", "restartPolicy", "Forbidden")]),
        ("env: [{value: a}]", [("SVC104", "env[0].name", "Required")]),
        ('env: [{name: ""}]', [("SVC104", "env[0].name", "Required")]),
        ('env: [{name: "a=b"}]', [("SVC155", "env[0].name", "Invalid")]),
        ("env: [{name: a, valueFrom: {}}]", [("SVC159", "env[0].valueFrom", "Invalid")]),
        ("env: [{name: a, value: b, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]", [("SVC112", "env[0].valueFrom", "Invalid")]),
        ("envFrom: [{prefix: é, secretRef: {name: a}}]", [("SVC155", "envFrom[0].prefix", "Invalid")]),
        ("envFrom: [{configMapRef: {name: a}, secretRef: {name: a}}]", [("SVC159", "envFrom", "Invalid")]),
        ("volumeMounts: [{name: x, mountPath: /x}]", [("SVC151", "volumeMounts[0].name", "NotFound")]),
        ("volumeMounts: [{name: v}]", [("SVC104", "volumeMounts[0].mountPath", "Required")]),
        ("volumeMounts: [{name: v, mountPath: /x}, {name: v, mountPath: /x}]", [("SVC119", "volumeMounts[1].mountPath", "Invalid")]),
        ("volumeDevices: [{name: x, devicePath: /x}]", [("SVC151", "volumeDevices[0].name", "NotFound")]),
        ("livenessProbe: {}", [("SVC159", "livenessProbe", "Required")]),
        ("livenessProbe: {exec: {command: [a]}, grpc: {port: 1}}", [("SVC159", "livenessProbe.grpc", "Forbidden")]),
        ("livenessProbe: {exec: {}}", [("SVC104", "livenessProbe.exec.command", "Required")]),
        ("livenessProbe: {exec: {command: [a]}, successThreshold: 2}", [("SVC106", "livenessProbe.successThreshold", "Invalid")]),
        ("readinessProbe: {tcpSocket: {port: 0}}", [("SVC106", "readinessProbe.tcpSocket.port", "Invalid")]),
        ("readinessProbe: {tcpSocket: {}}", [("SVC104", "readinessProbe.tcpSocket.port", "Invalid")]),
        ('readinessProbe: {httpGet: {port: "80"}}', [("SVC103", "readinessProbe.httpGet.port", "Invalid")]),
        ("readinessProbe: {httpGet: {port: 80, scheme: http}}", [("SVC105", "readinessProbe.httpGet.scheme", "NotSupported")]),
        ("readinessProbe: {tcpSocket: {port: 80}, periodSeconds: -1}", [("SVC106", "readinessProbe.periodSeconds", "Invalid")]),
        ("readinessProbe: {tcpSocket: {port: 80}, terminationGracePeriodSeconds: 1}", [("SVC112", "readinessProbe.terminationGracePeriodSeconds", "Invalid")]),
        ("lifecycle: {preStop: {}}", [("SVC159", "lifecycle.preStop", "Required")]),
    ],
)  # fmt: skip
def test_a_container_is_judged(fields, expected):
    told = of_container(fields, ", volumes: [{name: v}]")
    assert [(code, f"spec.containers[0].{field}", reason) for code, field, reason in expected] == told


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ('initContainers: [{name: b, image: " b"}]', [("SVC154", "spec.initContainers[0].image", "Invalid")]),
        ("initContainers: [{name: b, image: b, restartPolicy: Never}]", [("SVC105", "spec.initContainers[0].restartPolicy", "NotSupported")]),
        ("initContainers: [{name: b, image: b, lifecycle: {}}]", [("SVC158", "spec.initContainers[0].lifecycle", "Forbidden")]),
        ("initContainers: [{name: b, image: b, restartPolicy: Always, lifecycle: {}}]", []),
        ("ephemeralContainers: [{name: a, image: b}]", [("SVC119", "spec.ephemeralContainers[0].name", "Duplicate")]),
        ("ephemeralContainers: [{name: b, image: b, ports: [{containerPort: 1}]}]", [("SVC158", "spec.ephemeralContainers[0].ports", "Forbidden")]),
        ("ephemeralContainers: [{name: b, image: b, targetContainerName: x}]", [("SVC151", "spec.ephemeralContainers[0].targetContainerName", "NotFound")]),
        ("volumes: [{emptyDir: {}}]", [("SVC104", "spec.volumes[0].name", "Required")]),
        ("volumes: [{name: A}]", [("SVC103", "spec.volumes[0].name", "Invalid")]),
        ("volumes: [{name: a}, {name: a}]", [("SVC119", "spec.volumes[1].name", "Duplicate")]),
        ("volumes: [{name: a, emptyDir: {}, secret: {secretName: s}}]", [("SVC159", "spec.volumes[0].secret", "Forbidden")]),
        ("dnsPolicy: None", [("SVC104", "spec.dnsConfig", "Required")]),
        ("dnsPolicy: None, dnsConfig: {searches: [a]}", [("SVC104", "spec.dnsConfig.nameservers", "Required")]),
        ("dnsConfig: {nameservers: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]}", [("SVC156", "spec.dnsConfig.nameservers", "Invalid")]),
        ("dnsConfig: {nameservers: [ns]}", [("SVC107", "spec.dnsConfig.nameservers[0]", "Invalid")]),
        ("dnsConfig: {searches: [a_b]}", []),
        ("dnsConfig: {searches: [A]}", [("SVC103", "spec.dnsConfig.searches[0]", "Invalid")]),
        (f"dnsConfig: {{searches: [{', '.join(['a'] * 33)}]}}", [("SVC156", "spec.dnsConfig.searches", "Invalid")]),
        (f"dnsConfig: {{searches: [{', '.join(['a' * 250] * 9)}]}}", [("SVC156", "spec.dnsConfig.searches", "Invalid")]),
        ('dnsConfig: {options: [{value: "1"}]}', [("SVC104", "spec.dnsConfig.options[0]", "Required")]),
        ("hostAliases: [{hostnames: [a]}]", [("SVC104", "spec.hostAliases[0].ip", "Invalid")]),
        ("hostAliases: [{ip: 10.0.0.1, hostnames: [A]}]", [("SVC103", "spec.hostAliases[0].hostnames[0]", "Invalid")]),
        ("nodeSelector: {a b: c}", [("SVC135", "spec.nodeSelector", "Invalid")]),
        ("readinessGates: [{conditionType: a b}]", [("SVC135", "spec.readinessGates[0].conditionType", "Invalid")]),
        ("readinessGates: [{}]", [("SVC135", "spec.readinessGates[0].conditionType", "Invalid")]),
        ("schedulingGates: [{name: a}, {name: a}]", [("SVC119", "spec.schedulingGates[1]", "Duplicate")]),
        ("activeDeadlineSeconds: 0", [("SVC106", "spec.activeDeadlineSeconds", "Invalid")]),
        ("terminationGracePeriodSeconds: -1", []),
        ("serviceAccountName: A", [("SVC103", "spec.serviceAccountName", "Invalid")]),
        ("serviceAccount: A", [("SVC103", "spec.serviceAccount", "Invalid")]),
        ("preemptionPolicy: never", [("SVC105", "spec.preemptionPolicy", "NotSupported")]),
    ],
)  # fmt: skip
def test_a_spec_is_judged(rest, expected):
    assert expected == of_spec(f"{{containers: [{A}], {rest}}}")


def test_a_mount_of_a_volume_with_a_wrong_name_is_no_mistake_of_its_own():
    mounts = "volumeMounts: [{name: A, mountPath: /a}]"
    assert ["spec.volumes[0].name"] == [field for _, field, _ in of_container(mounts, ", volumes: [{name: A}]")]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("{hostIP: 172.20.5.11, hostIPs: [{ip: 172.20.5.12}]}", [("SVC152", "status.hostIPs[0].ip", "Invalid")]),
        ("{hostIP: a, hostIPs: [{ip: a}]}", [("SVC107", "status.hostIPs[0]", "Invalid")]),
        ("{podIPs: [{}]}", [("SVC107", "status.podIPs[0]", "Invalid")]),
        ("{phase: running}", [("SVC153", "status.phase", None)]),
        ("{podIP: 7}", [("SVC101", "status.podIP", "Invalid")]),
    ],
)
def test_a_status_is_judged(status, expected):
    assert expected == found(f"{HEAD}spec: {{containers: [{A}]}}\nstatus: {status}\n")


def test_the_same_pod_twice_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pods.yaml").write_text(f"{HEAD}spec: {{containers: [{A}]}}\n---\n{HEAD}spec: {{containers: []}}\n")
    assert 1 == svcc(["check", "pods.yaml"])
    assert "Pod shop/cart-0 is given twice" in capsys.readouterr().err
