"""Help, wrong usage and its exit code; explain and completion."""

import json

import pytest

from svcc.cli.main import COMMANDS
from svcc.codes import CODES


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command, svcc):
    ended = svcc(command, "--help")
    assert (0, "") == (ended.code, ended.err)
    assert f"Usage: svcc {command} " in ended.out
    assert f"Example: svcc {command} " in ended.out


@pytest.mark.parametrize("words", [("--help",), ("-h",)])
def test_the_help_lists_every_command_and_has_an_example(words, svcc):
    ended = svcc(*words)
    assert 0 == ended.code
    assert [name for name in COMMANDS if f"\n  {name} " in ended.out] == list(COMMANDS)
    assert "Example: " in ended.out


def test_the_version_is_told(svcc):
    assert svcc("--version").out.startswith("svcc 0.")


@pytest.mark.parametrize(("typed", "meant"), [("chek", "check"), ("comple", "compile"), ("stauts", "status")])
def test_a_misspelled_command_is_guessed(typed, meant, svcc):
    ended = svcc(typed)
    assert 2 == ended.code
    assert f"There is no command '{typed}'. Did you mean {meant}?" in ended.err


def test_a_word_that_is_near_nothing_is_not_guessed(svcc):
    ended = svcc("xyzzy")
    assert (2, False) == (ended.code, "Did you mean" in ended.err)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("check",), "Missing argument 'PATH...'"),
        (("compile",), "Missing argument 'PATH...'"),
        (("check", "x", "--nonsense"), "No such option"),
        (("check", "x", "--mode", "carrier-pigeon"), "'carrier-pigeon' is not"),
        (("check", "x", "--format", "xml"), "'xml' is not one of"),
        (("check", "x", "--node", "A B"), "Invalid value for '--node': 'A B' is not a DNS name: lower-case letters"),
        (("check", "x", "--node", ""), "'' is not a DNS name"),
        (("compile", "x", "--node", "a" * 300), "is not a DNS name"),
        (("plan", "x", "--backend", "bpf"), "'bpf' is not one of"),
        (("compile", "x", "--all-nodes", "nodes.yaml"), "--all-nodes needs -o DIR or --check DIR."),
        (("compile", "x", "-o", "a", "--check", "b"), "Give -o or --check, not both."),
        (("trace",), "Give the manifests, or --live."),
        (("trace", "x"), "Give --from and --to, or --probes."),
        (("trace", "x", "--from", "10.1.2.3"), "Give --from and --to, or --probes."),
        (("trace", "x", "--from", "10.1.2.3", "--to", "10.1.2.4:80", "--probes", "y"), "Give --from and --to"),
        (("trace", "x", "--from", "pod", "--to", "10.1.2.4:80"), "not an IP address: 'pod'"),
        (("trace", "x", "--from", "10.1.2.3", "--to", "10.1.2.4"), "not IP:PORT"),
        (("trace", "x", "--from", "10.1.2.3", "--to", "10.1.2.4:99999"), "not a port: 99999"),
        (("trace", "x", "--from", "10.1.2.3", "--to", "[fd00::1]:80"), "are of different families"),
        (("explain", "SVC999"), "There is no diagnostic 'SVC999'"),
        (("completion", "tcsh"), "'tcsh' is not one of"),
    ],
)
def test_wrong_usage_is_told_with_exit_2(words, why, svcc):
    ended = svcc(*words)
    assert (2, "") == (ended.code, ended.out)
    assert why in " ".join(ended.err.split())


def test_a_mode_that_is_not_there_yet_is_wrong_usage_as_an_option(svcc, lab):
    ended = svcc("check", lab, "--mode", "userspace")
    assert (2, True) == (ended.code, "'userspace' is not" in ended.err)


@pytest.mark.parametrize("command", ["check", "compile", "trace"])
def test_a_mode_that_is_not_there_yet_is_a_mistake_in_the_configuration(command, svcc, lab):
    (lab / "svcc.yaml").write_text((lab / "svcc.yaml").read_text() + "mode: userspace\n")
    ended = svcc(command, lab)
    assert (1, "") == (ended.code, ended.out)
    assert f'{lab}/svcc.yaml:7:7: error[SVC105]: "userspace" is not available in this version' in ended.err
    assert 0 == svcc("check", lab, "--mode", "iptables").code


def test_a_mode_that_is_not_there_yet_is_told_to_machines(svcc, lab, tmp_path):
    (tmp_path / "node.yaml").write_text("apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\nmode: userspace\n")
    ended = svcc("check", lab, "--config", "node.yaml", "--format", "json")
    (one,) = json.loads(ended.out)["diagnostics"]
    assert (1, 3, 7, "mode") == (ended.code, one["line"], one["column"], one["field"])


def test_every_code_is_explained(svcc):
    for code, held in CODES.items():
        ended = svcc("explain", code.lower())
        assert (0, f"{code} ({held.severity.value}): {held.title}") == (ended.code, ended.out.splitlines()[0])
    assert len(CODES) == len(svcc("explain", "--all").out.splitlines())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed(shell, svcc):
    ended = svcc("completion", shell)
    assert (0, True) == (ended.code, "_SVCC_COMPLETE" in ended.out)
