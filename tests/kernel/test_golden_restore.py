"""Every golden script is taken by iptables-restore, and the kernel gives back exactly what was restored."""

import os
import subprocess

import pytest

from svcc.emit.iptables.text import parse
from svcc.kernel.backend import Backend
from svcc.net import Family
from tests.golden.compiled import CASES, rules

pytestmark = pytest.mark.kernel

SCRIPTS = [(case.parent.name + "/" + case.stem, *held) for case in CASES for held in rules(case).items()]
READ_BACK = ("affinity/client-ip", "dispatch/twenty-services", "masquerade/two-pod-networks", "node-port/localhost")
EMPTY = "".join(f"*{table}\nCOMMIT\n" for table in ("raw", "filter", "nat"))


@pytest.fixture(scope="session")
def restoring():
    """Give a function that runs a tool in one network namespace made for all the scripts."""
    name = f"svcc-golden-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)

    def run(*argv, stdin=""):
        return subprocess.run(
            ["ip", "netns", "exec", name, *argv], input=stdin, capture_output=True, text=True, check=False
        )

    try:
        yield run
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def names(script):
    return f"{script[0]}-{script[1].value}"


@pytest.mark.parametrize("backend", list(Backend), ids=lambda one: one.value)
@pytest.mark.parametrize("script", SCRIPTS, ids=names)
def test_every_golden_script_is_accepted(script, backend, restoring):
    _, family, text = script
    done = restoring(backend.tool(family, "restore"), "--test", "--noflush", stdin=text)
    assert ("", "", 0) == (done.stdout, done.stderr, done.returncode)


@pytest.mark.parametrize("backend", list(Backend), ids=lambda one: one.value)
@pytest.mark.parametrize("script", [one for one in SCRIPTS if one[0] in READ_BACK], ids=names)
def test_a_restored_script_is_saved_as_it_was(script, backend, restoring):
    _, family, text = script
    done = restoring(backend.tool(family, "restore"), "--noflush", stdin=text)
    assert ("", 0) == (done.stderr, done.returncode)
    try:
        assert parse(text, family) == parse(restoring(backend.tool(family, "save")).stdout, family)
    finally:
        emptied = restoring(backend.tool(family, "restore"), stdin=EMPTY)
        assert ("", 0) == (emptied.stderr, emptied.returncode)


def test_both_families_are_among_the_scripts():
    assert set(Family) == {family for _, family, _ in SCRIPTS}
    assert set(READ_BACK) <= {name for name, _, _ in SCRIPTS}
