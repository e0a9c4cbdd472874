import json
from pathlib import Path

import pytest

from svcc.cli.main import run
from svcc.codes import CODES

ROOT = Path(__file__).parents[3]
BROKEN = ROOT / "examples" / "broken"
# A path that is not there, ten thousand mistakes, a megabyte of variables, and what a machine holds cannot be shown as a file;
# that a form has no words for a variable, and that zones cannot be made, is said by who makes them, not by a check.
ELSEWHERE = {"SVC004", "SVC009", "SVC228", "SVC310", "SVC311", "SVC401", "SVC402", "SVC403"}
EXAMPLES = sorted(BROKEN.glob("SVC*"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_broken_example_raises_the_code_of_its_name_and_no_other(path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    code = run(["check", str(path.relative_to(ROOT)), "--format", "json", *_options(path)])
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert {path.name[:6]} == {one["code"] for one in found}
    assert path.name[:6] == "SVC005" or all(one["line"] for one in found)
    assert (1 if CODES[path.name[:6]].severity.value == "error" else 0) == code


def _options(path):
    """Name the node, but for the mistake of not naming it, and forbid a change of the lock for the mistake of needing one.

    Workloads are of another kind, which is a note of its own.
    """
    node = [] if path.name.startswith("SVC114") else ["--node", "worker-1"]
    return [*node, *{"SVC236": ["--locked"], "SVC242": ["--ignore", "SVC006"]}.get(path.name[:6], [])]


def test_every_code_has_an_example():
    assert set(CODES) - ELSEWHERE == {path.name[:6] for path in EXAMPLES}
