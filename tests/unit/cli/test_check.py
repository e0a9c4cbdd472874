"""`svcc check`: every diagnostic of bad input in each format, with its exit code, and never a traceback."""

import json
from collections import Counter

import pytest

TWO_PORTS = """\
apiVersion: v1
kind: Service
metadata: {name: probe, namespace: lab}
spec:
  clusterIP: 10.96.0.10
  ports:
  - {name: a, port: 80}
  - {port: 81}
"""
TWICE = TWO_PORTS.replace("{port: 81}", "{name: b, port: 81}").replace("probe", "twice")
MESSAGES = {"code", "severity", "file", "line", "column", "object", "field", "reason", "message", "hint", "related"}


def test_good_manifests_are_counted_with_exit_0(svcc, lab):
    assert (0, "1 Service with packet rules; 0 errors, 0 warnings\n", "") == svcc("check", lab)


def test_the_json_of_good_manifests_is_empty(svcc, lab):
    ended = svcc("check", lab, "--format", "json")
    assert {"errors": 0, "warnings": 0, "diagnostics": []} == json.loads(ended.out)


def test_an_error_has_place_field_and_hint_with_exit_1(svcc, tmp_path):
    (tmp_path / "web.yaml").write_text(TWO_PORTS)
    ended = svcc("check", "web.yaml")
    assert (1, "") == (ended.code, ended.out)
    assert [
        "web.yaml:8:5: error[SVC104]: name is required",
        "  field  spec.ports[1].name of Service lab/probe",
        "       8 |   - {port: 81}",
        "         |     ^^^^^^^^^^",
        "  hint   with more than one port, each needs a name",
    ] == ended.err.splitlines()[:5]


def test_the_json_has_exactly_the_promised_shape(svcc, tmp_path):
    (tmp_path / "web.yaml").write_text(f"{TWO_PORTS}---\n{TWICE}---\n{TWICE.replace('96.0.10', '96.0.11')}")
    ended = svcc("check", "web.yaml", "--format", "json")
    held = json.loads(ended.out)
    assert (1, "") == (ended.code, ended.err)
    assert {"errors", "warnings", "diagnostics"} == set(held)
    assert [MESSAGES] * len(held["diagnostics"]) == [set(one) for one in held["diagnostics"]]
    missing, twice = held["diagnostics"]
    assert {
        "code": "SVC104",
        "severity": "error",
        "file": "web.yaml",
        "line": 8,
        "column": 5,
        "object": "Service/lab/probe",
        "field": "spec.ports[1].name",
        "reason": "Required",
        "message": "name is required",
        "hint": "with more than one port, each needs a name",
        "related": [],
    } == missing
    assert ("SVC201", [{"file", "line", "column", "message"}]) == (
        twice["code"],
        [set(one) for one in twice["related"]],
    )
    assert [("web.yaml", 12)] == [(one["file"], one["line"]) for one in twice["related"]]


def test_github_annotations_are_one_line_each_and_escaped(svcc, tmp_path):
    (tmp_path / "a,b.yaml").write_text(TWO_PORTS)
    ended = svcc("check", "a,b.yaml", "--format", "github")
    assert 1 == ended.code
    assert (
        "::error file=a%2Cb.yaml,line=8,col=5,title=SVC104::name is required "
        "(with more than one port, each needs a name)\n"
    ) == ended.err


def test_standard_input_is_read(svcc):
    ended = svcc("check", "-", stdin=TWO_PORTS.encode())
    assert 1 == ended.code
    assert ended.err.startswith("<stdin>:8:5: error[SVC104]")


def test_closed_standard_input_is_told_with_exit_1(svcc):
    ended = svcc("check", "-", stdin=None)
    assert (1, True) == (ended.code, "error[SVC004]: cannot read standard input: it is closed" in ended.err)


def test_diagnostics_are_sorted_by_file_and_line(svcc, tmp_path):
    for name in ("b.yaml", "a.yaml"):
        (tmp_path / name).write_text(TWO_PORTS.replace("80", "0").replace("probe", f"probe-{name[0]}"))
    ended = svcc("check", "b.yaml", "a.yaml", "--format", "json")
    places = [(one["file"], one["line"]) for one in json.loads(ended.out)["diagnostics"] if one["file"]]
    assert sorted(places) == places


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("tab.yaml", b"a:\n\t- b\n", "SVC001"),
        ("open.yaml", b"kind: [Service\n", "SVC001"),
        ("list.yaml", b"- 1\n", "SVC003"),
        ("text.yaml", b"hello\n", "SVC003"),
        ("latin.yaml", "kind: Caf\xe9\n".encode("latin-1"), "SVC007"),
        ("nul.yaml", b"kind: \0\n", "SVC007"),
        ("escape.yaml", b"kind: \x1b[31mred\n", "SVC007"),
        ("wide.yaml", "kind: Service\n".encode("utf-16"), "SVC007"),
        ("deep.yaml", b"[" * 5000, "SVC008"),
        ("empty.yaml", b"", "SVC005"),
        ("comment.yaml", b"# nothing\n", "SVC005"),
    ],
)
def test_what_is_no_manifest_is_told_with_exit_1(name, content, code, svcc, tmp_path):
    (tmp_path / name).write_bytes(content)
    ended = svcc("check", name)
    assert (1, True) == (ended.code, f"[{code}]" in ended.err), ended


@pytest.mark.parametrize("command", ["check", "compile", "graph"])
@pytest.mark.parametrize(
    ("path", "code", "why"),
    [
        ("gone.yaml", "SVC004", "cannot read gone.yaml: no such file or directory"),
        ("empty", "SVC005", "no manifests in the folder empty"),
        ("folder/dir.yaml/x", "SVC004", "cannot read folder/dir.yaml/x: not a directory"),
    ],
)
def test_a_path_that_cannot_be_read_is_told_with_exit_1(command, path, code, why, svcc, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "dir.yaml").write_text("")
    ended = svcc(command, path)
    assert (1, "") == (ended.code, ended.out)
    assert f"error[{code}]: {why}" in ended.err


def test_a_folder_named_like_a_manifest_holds_manifests(svcc, tmp_path):
    (tmp_path / "dir.yaml").mkdir()
    assert "no manifests in the folder dir.yaml" in svcc("check", "dir.yaml").err


def test_a_file_that_may_not_be_read_is_told(svcc, tmp_path, monkeypatch):
    (tmp_path / "secret.yaml").write_text(TWO_PORTS)

    def refuse(path, mode):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.open", refuse)
    ended = svcc("check", "secret.yaml")
    assert (1, True) == (ended.code, "cannot read secret.yaml: permission denied" in ended.err)


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (None, "cannot read node.yaml: no such file or directory"),
        ("", "the file holds no configuration"),
        ("kind: [", "SVC001"),
        ("apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\nnodeName: 7\n", "SVC101"),
        ("apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\nmode: carrier-pigeon\n", "SVC105"),
        ("apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\nclusterCIDR: []\n", "did you mean clusterCIDRs?"),
        ("apiVersion: v1\nkind: Service\n", "SVC105"),
    ],
)
def test_a_missing_or_broken_configuration_is_told_with_exit_1(config, why, svcc, lab, tmp_path):
    if config is not None:
        (tmp_path / "node.yaml").write_text(config)
    ended = svcc("check", lab, "--config", "node.yaml")
    assert (1, True) == (ended.code, why in ended.err), ended.err


def test_a_configuration_beside_the_manifests_is_found_and_one_that_is_named_wins(svcc, lab, tmp_path):
    words = ("graph", lab, "--format", "json")
    other = (lab / "svcc.yaml").read_text().replace("10.128.0.0/14", "10.244.0.0/16")
    (tmp_path / "other.yaml").write_text(other)
    found = [svcc(*words), svcc(*words, "--config", "other.yaml")]
    assert [["10.128.0.0/14"], ["10.244.0.0/16"]] == [json.loads(one.out)["host"]["pods"]["networks"] for one in found]


def test_the_name_of_the_node_is_an_option(svcc, lab):
    (lab / "web.yaml").write_text(
        (lab / "web.yaml").read_text().replace("ports:", "internalTrafficPolicy: Local\n  ports:", 1)
    )
    assert "10.128.9.31:8080  local" in svcc("graph", lab, "--node", "worker-2").out


def test_control_characters_of_a_manifest_never_reach_the_terminal(svcc, tmp_path):
    text = TWO_PORTS.replace("probe", '"\\u001b[2Jgone\\u0007"').replace("80", '"\\u001b]0;title\\u0007"')
    (tmp_path / "web.yaml").write_text(text)
    for words in ((), ("--format", "github"), ("--format", "json"), ("--color", "never")):
        ended = svcc("check", "web.yaml", *words)
        assert 1 == ended.code
        assert not {"\x1b", "\x07"} & set(ended.out + ended.err)


def test_control_characters_of_a_file_name_never_reach_the_terminal(svcc, tmp_path):
    (tmp_path / "\x1b[2J.yaml").write_text(TWO_PORTS)
    for words in ((), ("--format", "github")):
        ended = svcc("check", "\x1b[2J.yaml", *words)
        assert (1, False) == (ended.code, "\x1b" in ended.out + ended.err)


def test_quiet_keeps_errors_and_colour_is_asked_for(svcc, tmp_path, lab):
    (tmp_path / "web.yaml").write_text(TWO_PORTS)
    assert "error[SVC104]" in svcc("check", "web.yaml", "-q").err
    assert (0, "", "") == svcc("check", lab, "-q")
    assert "\x1b[" in svcc("check", "web.yaml", "--color", "always").err


def test_other_kinds_are_counted_in_one_note(svcc, lab):
    (lab / "more.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    ended = svcc("check", lab)
    assert (0, 1) == (ended.code, ended.err.count("note[SVC006]"))


def test_of_one_code_twenty_are_shown_and_the_rest_is_counted(svcc, tmp_path):
    ports = "".join(f"  - {{name: p{index}, port: 0}}\n" for index in range(25))
    (tmp_path / "web.yaml").write_text(TWO_PORTS.split("  - {name: a", maxsplit=1)[0] + ports)
    ended = svcc("check", "web.yaml")
    assert (20, True) == (ended.err.count("error[SVC106]"), "… and 5 more SVC106; -v shows all" in ended.err)
    assert 25 == svcc("check", "web.yaml", "-v").err.count("error[SVC106]")
    assert 25 == json.loads(svcc("check", "web.yaml", "--format", "json").out)["errors"]


def test_after_ten_thousand_errors_reading_stops(svcc, tmp_path):
    (tmp_path / "bad.yaml").write_text("a\n---\n" * 30_000)
    ended = svcc("check", "bad.yaml", "--format", "json")
    codes = Counter(one["code"] for one in json.loads(ended.out)["diagnostics"])
    assert (1, {"SVC003": 10_000, "SVC009": 1}) == (ended.code, codes)


def test_a_configuration_of_mistakes_alone_is_told_as_well(svcc, tmp_path, lab):
    (lab / "svcc.yaml").write_text(
        "apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\n" + "".join(f"k{n:07}: 1\n" for n in range(12_000))
    )
    ended = svcc("check", lab)
    assert 1 == ended.code
    assert "error[SVC009]: more than 10,000 errors: the rest is not read" in ended.err


def test_an_object_of_very_many_values_is_refused(svcc, tmp_path):
    ports = "".join(f"    - {{name: a{n}, port: {n % 65535 + 1}}}\n" for n in range(30_000))
    (tmp_path / "big.yaml").write_text(
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec:\n  ports:\n{ports}"
    )
    ended = svcc("check", "big.yaml", "--format", "json")
    assert [("SVC008", 1)] == [(one["code"], one["line"]) for one in json.loads(ended.out)["diagnostics"]]
