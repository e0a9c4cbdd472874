"""The forms of a block, each read by those who are to read it: real shells, and the rules of Docker and systemd."""

import json
import resource
import subprocess

import pytest
import yaml

from svcc.diag import Diagnostics, Source
from svcc.emit.env import EnvForm, left_out, render
from svcc.graph.names import EnvBlock
from svcc.model.decode_config import decode_config
from svcc.naming import MOST, blocks_of
from tests.golden.compiled import CASES
from tests.names.env_files import docker, systemd
from tests.support import manifests_of

SHAPES = [one for one in CASES if one.parent.name == "env"]
SPEAKABLE = [one for one in SHAPES if one.stem != "digits-first"]
ODD = EnvBlock("lab", (("WEB_PORT", "tcp://[fd00::1]:80"), ("1ST_PORT", "tcp://10.96.0.10:80")))


def blocks(case):
    held = yaml.safe_load(case.read_text())
    node = decode_config(Source("svcc.yaml", held["config"]), Diagnostics())
    manifests, _ = manifests_of(held["input"], node)
    return blocks_of(manifests)


def names(cases):
    return [one.stem for one in cases]


def sourced(shell, text, *, export):
    """Return the environment that a shell has after reading a file, without its own."""
    before = "set -a; " if export else ""
    script = f'{before}. "$1"; env -0'
    done = subprocess.run(
        [shell, "-c", script, shell, text], capture_output=True, check=True, env={"PATH": "/usr/bin:/bin"}
    )
    found = dict(one.split("=", 1) for one in done.stdout.decode().split("\0") if one)
    return {key: value for key, value in found.items() if key not in {"PATH", "PWD", "SHLVL", "_", "OLDPWD"}}


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
@pytest.mark.parametrize(("form", "export"), [(EnvForm.SHELL, False), (EnvForm.DOTENV, True), (EnvForm.SYSTEMD, True)])
def test_a_shell_has_the_variables_after_sourcing_a_block(form, export, shell, tmp_path):
    for case in SPEAKABLE:
        for block in blocks(case):
            (tmp_path / "block").write_text(render(block, form))
            assert dict(block.variables) == sourced(shell, str(tmp_path / "block"), export=export)


@pytest.mark.parametrize("case", SHAPES, ids=names(SHAPES))
def test_docker_has_the_variables_of_a_block(case):
    for block in blocks(case):
        assert dict(block.variables) == docker(render(block))


@pytest.mark.parametrize("case", SPEAKABLE, ids=names(SPEAKABLE))
def test_systemd_has_the_variables_of_a_block_in_its_own_form_and_in_dockers(case):
    for block in blocks(case):
        assert dict(block.variables) == systemd(render(block, EnvForm.SYSTEMD)) == systemd(render(block))


@pytest.mark.parametrize("case", SHAPES, ids=names(SHAPES))
def test_json_is_one_object_in_the_order_of_the_block(case):
    for block in blocks(case):
        assert list(block.variables) == list(json.loads(render(block, EnvForm.JSON)).items())


def test_a_name_that_begins_with_a_digit_is_left_out_where_no_shell_takes_it():
    assert ["WEB_PORT='tcp://[fd00::1]:80'"] == [
        line.removeprefix("export ") for line in render(ODD, EnvForm.SHELL).splitlines()
    ]
    assert ('WEB_PORT="tcp://[fd00::1]:80"\n', ("1ST_PORT",)) == (
        render(ODD, EnvForm.SYSTEMD),
        left_out(ODD, EnvForm.SYSTEMD),
    )
    assert (2, ()) == (len(render(ODD).splitlines()), left_out(ODD, EnvForm.DOTENV))


def test_the_size_of_a_block_is_what_a_process_needs():
    assert len("A=1\0BC=22\0") == EnvBlock("lab", (("A", "1"), ("BC", "22"))).size


@pytest.fixture
def usual_stack():
    """Start processes with the stack of 8 MB that Linux gives, a quarter of which is for their environment."""
    before = resource.getrlimit(resource.RLIMIT_STACK)
    resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_STACK, before)


@pytest.mark.usefixtures("usual_stack")
def test_a_process_can_be_started_with_the_largest_block_that_is_written():
    filler = tuple((f"V{number:06}", "x" * 55) for number in range(MOST // 64))
    block = EnvBlock("lab", filler)
    assert MOST == block.size
    assert 0 == subprocess.run(["/bin/true"], env=dict(block.variables), check=False).returncode
    with pytest.raises(OSError, match="too long"):
        subprocess.run(
            ["/bin/true"], env=dict(block.variables + tuple((f"W{n}", "x" * 60) for n in range(10000))), check=False
        )
