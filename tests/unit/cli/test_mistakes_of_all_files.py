"""The mistakes of every file in one run: the configuration's hide no manifest's, and make none."""

import json

import pytest

HEAD = "apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\n"
WRONG = """\
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {type: NodePort, externalTrafficPolicy: Local, ports: [{port: 0}]}
"""
# Right with a configuration that says so, and wrong with the defaults, or with a part of the ranges.
DEPENDENT = """\
apiVersion: v1
kind: Service
metadata: {name: 2nd}
spec:
  type: NodePort
  clusterIP: 10.97.0.20
  clusterIPs: [10.97.0.20, "fd00:97::20"]
  ipFamilyPolicy: RequireDualStack
  externalTrafficPolicy: Local
  ports: [{port: 80, nodePort: 8080}]
"""
KNOWN = {
    "nodeName": "worker-1",
    "serviceCIDRs": "[10.97.0.0/16, 'fd00:97::/112']",
    "nodePortRange": "8000-9000",
    "relaxedServiceNames": "true",
}


@pytest.fixture
def told(svcc, tmp_path):
    """Check a manifest with a configuration, and give the code and the file of each diagnostic."""

    def call(config, manifest, *words):
        (tmp_path / "node.yaml").write_text(config)
        (tmp_path / "web.yaml").write_text(manifest)
        ended = svcc("check", "web.yaml", "--config", "node.yaml", "--format", "json", *words)
        return [(one["file"], one["code"]) for one in json.loads(ended.out)["diagnostics"]]

    return call


def written(**changes):
    return HEAD + "".join(f"{key}: {value}\n" for key, value in (KNOWN | changes).items())


def test_mistakes_of_the_configuration_do_not_hide_those_of_manifests(told):
    config = HEAD + "mode: ebpf\nmasqueradeBit: 99\n"
    found = told(config, WRONG, "--node", "a")
    assert [("node.yaml", "SVC105"), ("node.yaml", "SVC106"), ("web.yaml", "SVC106")] == found


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"serviceCIDRs": "[10.97.0.0/16, fd00]"}, "SVC108"),
        ({"serviceCIDRs": "10.97.0.0/16"}, "SVC101"),
        ({"nodePortRange": "8000..9000"}, "SVC106"),
        ({"nodePortRange": "8000"}, "SVC101"),
        ({"relaxedServiceNames": "'true'"}, "SVC101"),
        ({"nodeName": "5"}, "SVC101"),
        ({"nodeName": "A B"}, "SVC103"),
        ({"nodePortRange": "[", "nodeName": "a"}, "SVC001"),
    ],
)
def test_what_the_configuration_does_not_say_readably_makes_no_mistake_in_a_manifest(change, code, told):
    assert ([("node.yaml", code)] if code else []) == told(written(**change), DEPENDENT)


@pytest.mark.parametrize("key", KNOWN)
def test_a_misspelled_key_makes_no_mistake_in_a_manifest(key, told):
    config = written().replace(f"{key}:", f"{key}s:")
    assert [("node.yaml", "SVC102")] == told(config, DEPENDENT)


def test_a_configuration_of_another_kind_or_that_is_not_there_makes_no_mistake_in_a_manifest(told, svcc):
    assert [("node.yaml", "SVC105")] == told(written().replace("NodeConfig", "NodeConfg"), DEPENDENT)
    ended = svcc("check", "web.yaml", "--config", "gone.yaml", "--format", "json")
    assert ["SVC004"] == [one["code"] for one in json.loads(ended.out)["diagnostics"]]


def test_what_the_configuration_says_readably_counts_beside_its_mistakes(told):
    config = written(masqueradeBit=99, nodePortRange="30000-32767", relaxedServiceNames="false")
    assert [("node.yaml", "SVC106"), ("web.yaml", "SVC103"), ("web.yaml", "SVC106")] == told(config, DEPENDENT)


@pytest.mark.parametrize("words", [("compile",), ("graph",), ("defaults",), ("plan",), ("apply",), ("trace", "--live")])
def test_every_command_tells_the_mistakes_of_all_files_and_stops(words, svcc, lab):
    (lab / "svcc.yaml").write_text(HEAD + "masqueradeBit: 99\n")
    (lab / "web.yaml").write_text(WRONG)
    ended = svcc(*words, lab)
    assert (1, "", 2) == (ended.code, ended.out, ended.err.count("error[SVC106]"))


def test_mistakes_of_nodes_and_probes_do_not_hide_those_of_manifests(svcc, lab, tmp_path):
    (lab / "web.yaml").write_text(WRONG)
    (tmp_path / "nodes.yaml").write_text("kind: Node\napiVersion: v1\n")
    ended = svcc("compile", lab, "--all-nodes", "nodes.yaml", "-o", "build")
    assert (1, True, True) == (ended.code, "[SVC104]" in ended.err, "[SVC106]" in ended.err)
    (tmp_path / "probes.yaml").write_text("- {port: 80}\n")
    ended = svcc("trace", lab, "--probes", "probes.yaml")
    assert (1, True, True) == (ended.code, "probes.yaml:1" in ended.err, "[SVC106]" in ended.err)


def test_an_empty_name_of_a_configuration_is_not_taken_for_none(svcc, lab):
    ended = svcc("check", lab, "--config", "")
    assert (1, True) == (ended.code, "the path is empty" in ended.err)
