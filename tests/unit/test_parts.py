"""All tests at once: parts go on side by side, whatever becomes of another, and what failed is told."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts import CHANGES, PARTS, WITH_KERNEL, Parts

ROOT = Path(__file__).parents[2]
GUEST = [one.relative_to(ROOT) for one in (ROOT / "tests/vm/guest").glob("test_*.py")]


def python(text):
    return (sys.executable, "-c", text)


def test_every_test_of_the_machine_with_ip_vs_is_in_one_of_its_parts():
    assert all((ROOT / one).is_file() for one in CHANGES)
    assert {*CHANGES} == {*PARTS["changes"]} & {*map(str, GUEST)}
    assert {*CHANGES} == {one.removeprefix("--ignore=") for one in PARTS["vm"] if one.startswith("--")} - {"--tests"}


def test_parts_go_on_side_by_side_and_the_next_when_one_has_ended(tmp_path, capfd):
    pipe, sign = str(tmp_path / "pipe"), str(tmp_path / "sign")
    os.mkfifo(pipe)
    parts = Parts(
        {
            "one": python(f"open({sign!r}, 'w'); open({pipe!r}, 'w').write('met')"),
            "two": python(f"print(open({pipe!r}).read())"),
            "three": python(f"open({sign!r})"),
        },
        at_once=2,
    )
    assert 0 == parts.run()
    assert {"one", "two", "three"} == set(parts.done)
    assert "  two │ met\n" in capfd.readouterr().out


def test_what_failed_is_printed_once_more_and_the_rest_runs_all_the_same(capfd):
    parts = Parts({"bad": python("print('so bad'); raise SystemExit(3)"), "good": python("print('fine')")}, at_once=1)
    assert 1 == parts.run()
    told = capfd.readouterr().out
    assert " bad │ so bad\n" in told
    assert "\n== bad, once more\nso bad\n" in told
    assert "good │ fine\n" in told
    assert "== bad: failed, exit 3, in 0 min" in told
    assert "== good: passed in 0 min" in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_what_is_under_way(number):
    text = """
import os, signal, sys
from tests import parts
parts.PARTS = {"long": (sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)")}
sys.exit(parts.main())
"""
    with subprocess.Popen(python(text), stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        child = int(running.stdout.readline().split("│")[1])
        running.send_signal(number)
        assert 128 + number == running.wait(20)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_every_test_that_needs_a_kernel_stands_where_the_parts_look_for_it():
    marked = {
        path for path in (ROOT / "tests").rglob("test_*.py") if re.search(r"mark\.(kernel|long)\b", path.read_text())
    }
    assert set() == {path for path in marked if not any(path.is_relative_to(ROOT / one) for one in WITH_KERNEL)} - {
        Path(__file__)
    }
