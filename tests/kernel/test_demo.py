"""The demo ends well, and leaves nothing behind however it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.kernel

ROOT = Path(__file__).parents[2]
DEMO = (sys.executable, str(ROOT / "examples" / "demo.py"))
NAMESPACES = Path("/run/netns")
SECONDS = 120


def namespaces_of(process: int) -> list[str]:
    return [one.name for one in NAMESPACES.glob(f"svcclab-{process}-*")]


def test_the_demo_ends_with_a_table_in_which_every_row_is_as_predicted():
    with subprocess.Popen(DEMO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as demo:
        printed = demo.communicate(timeout=SECONDS)[0]
    lines = printed.splitlines()
    rows = sum(line.startswith("   ok  ") for line in lines)
    assert demo.returncode == 0, printed
    assert rows > 100
    assert f"{rows} of {rows} rows are as predicted" == lines[-1]
    assert not namespaces_of(demo.pid)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_removes_its_namespaces(end):
    with subprocess.Popen(DEMO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as demo:
        started = any("namespaces svcclab-" in line for line in iter(demo.stdout.readline, ""))
        held = namespaces_of(demo.pid)
        demo.send_signal(end)
        printed = demo.communicate(timeout=SECONDS)[0]
    assert started
    assert held
    assert "Traceback" not in printed
    assert demo.returncode == 128 + end
    assert not namespaces_of(demo.pid)
