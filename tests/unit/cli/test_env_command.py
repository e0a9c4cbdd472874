"""`svcc env`: the variables of a namespace on stdout."""

import json

import pytest

KUBERNETES = """\
apiVersion: v1
kind: Service
metadata: {name: kubernetes, namespace: default}
spec: {clusterIP: 10.96.0.1, ports: [{name: https, port: 443}]}
"""


@pytest.fixture
def cluster(lab):
    (lab / "kubernetes.yaml").write_text(KUBERNETES)
    return lab


def names(text):
    return {line.partition("=")[0].partition("_")[0] for line in text.splitlines()}


def test_a_block_has_the_services_of_the_namespace_and_kubernetes(svcc, cluster):
    ended = svcc("env", cluster, "--namespace", "lab")
    assert (0, "", {"WEB", "KUBERNETES"}) == (ended.code, ended.err, names(ended.out))


def test_without_service_links_only_kubernetes_is_left(svcc, cluster):
    assert {"KUBERNETES"} == names(svcc("env", cluster, "--namespace", "lab", "--no-service-links").out)
    assert {"KUBERNETES"} == names(svcc("env", cluster, "--namespace", "default", "--no-service-links").out)


def test_a_kubernetes_of_the_namespace_counts_only_with_service_links(svcc, cluster):
    (cluster / "own.yaml").write_text(KUBERNETES.replace("default", "lab").replace("10.96.0.1,", "10.96.0.99,"))
    words = ("env", cluster, "--namespace", "lab")
    assert "KUBERNETES_SERVICE_HOST=10.96.0.99\n" in svcc(*words).out
    assert "KUBERNETES_SERVICE_HOST=10.96.0.1\n" in svcc(*words, "--no-service-links").out


def test_the_forms_say_the_same(svcc, cluster):
    def shown(form):
        return svcc("env", cluster, "--namespace", "lab", "--format", form).out

    held = json.loads(shown("json"))
    assert "tcp://10.96.0.10:80" == held["WEB_PORT"]
    assert shown("dotenv") == "".join(f"{name}={value}\n" for name, value in held.items())
    assert shown("shell") == "".join(f"export {name}='{value}'\n" for name, value in held.items())
    assert shown("systemd") == "".join(f'{name}="{value}"\n' for name, value in held.items())


def test_compile_writes_the_same_block(svcc, cluster, tmp_path):
    svcc("compile", cluster, "-o", "out")
    _, _, body = (tmp_path / "out/env/lab.env").read_text().partition("\n")
    assert svcc("env", cluster, "--namespace", "lab").out == body


def test_a_namespace_without_services_is_told_and_has_what_every_pod_has(svcc, cluster):
    ended = svcc("env", cluster, "--namespace", "lap")
    assert (0, {"KUBERNETES"}) == (ended.code, names(ended.out))
    assert "No Service is in the namespace lap. Did you mean lab?\n" == ended.err


@pytest.mark.parametrize("name", ["..", "", "../lab", "Lab", "a/b", "a" * 64])
def test_what_is_no_namespace_is_wrong_usage(name, svcc, cluster):
    ended = svcc("env", cluster, "--namespace", name)
    assert (2, "", True) == (ended.code, ended.out, "is no name of a namespace" in ended.err)


def test_the_namespace_has_to_be_said(svcc, cluster):
    assert 2 == svcc("env", cluster).code


def test_a_manifest_with_a_namespace_of_dots_writes_nothing(svcc, lab, tmp_path):
    (lab / "web.yaml").write_text((lab / "web.yaml").read_text().replace("namespace: lab", 'namespace: ".."'))
    ended = svcc("compile", lab, "-o", "out")
    assert (1, True) == (ended.code, "error[SVC103]" in ended.err)
    assert not (tmp_path / "out").exists()


def test_what_no_process_could_have_is_an_error_and_no_file(svcc, lab, tmp_path):
    name, count = "a" * 63, 4000
    ports = ", ".join(f"{{name: p{number}, port: {number}}}" for number in range(1, count))
    (lab / "web.yaml").write_text(
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: lab}}\nspec: {{clusterIP: 10.96.0.9, ports: [{ports}]}}\n"
    )
    ended = svcc("env", lab, "--namespace", "lab")
    assert (1, "", True) == (ended.code, ended.out, "error[SVC311]" in ended.err)
    assert 0 == svcc("env", lab, "--namespace", "lab", "--no-service-links").code
    assert 0 == svcc("compile", lab, "-o", "out", "-q", "--mode", "nftables").code
    assert [] == [*(tmp_path / "out").glob("env/*")]


def test_a_variable_that_a_form_cannot_have_is_left_out_with_a_warning(svcc, lab):
    (lab / "svcc.yaml").write_text((lab / "svcc.yaml").read_text() + "relaxedServiceNames: true\n")
    (lab / "web.yaml").write_text((lab / "web.yaml").read_text().replace("name: web,", "name: 1st,"))
    words = ("env", lab, "--namespace", "lab", "--ignore", "SVC212")
    assert "1ST_PORT=tcp://10.96.0.10:80\n" in svcc(*words).out
    ended = svcc(*words, "--format", "shell")
    assert (0, "", True) == (
        ended.code,
        ended.out,
        "warning[SVC228]: 1ST_SERVICE_HOST and 7 more: left out" in ended.err,
    )


def test_showing_variables_writes_no_lock(svcc, lab):
    (lab / "web.yaml").write_text((lab / "web.yaml").read_text().replace("  clusterIP: 10.96.0.10\n", ""))
    assert "WEB_SERVICE_HOST=10.96." in svcc("env", lab, "--namespace", "lab").out
    assert not (lab / "svcc.lock").exists()
