"""Measure what large hostile inputs cost: memory as a multiple of the input, above what an empty run takes.

    python tests/fuzz/test_bounds.py --size 2 [WORD…]       a table: seconds a MB, memory × input, exit code, for names with WORD

The tests assert memory and the exit code; time is only printed, because machines differ.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from tests.fuzz.large import LARGE  # noqa: E402 - as a program this file is outside of any package

MB = 1 << 20
EMPTY_RUN, TIMES = 80 * MB, 50
PATIENCE = 120
"""Seconds until a run counts as one that hangs."""

# The peak of this process alone: what getrusage tells of a child can be its parent's, from before it was another program.
PROGRAM = """
import os, resource, sys
from svcc.cli.main import run
def told():
    with open("/proc/self/status") as status:
        peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
    spent = resource.getrusage(resource.RUSAGE_SELF)
    os.write(int(os.environ["PEAK_TO"]), f"{peak} {spent.ru_utime + spent.ru_stime}".encode())
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
code = run(sys.argv[1:])
sys.stdout.flush()
told()
sys.exit(code)
"""


class Cost(NamedTuple):
    """What one run took: bytes at its peak, seconds of a processor, and how it ended; None for one that never did."""

    code: int | None
    peak: int
    seconds: float
    printed: int
    words: bytes


def measured(content: bytes, folder: Path, *words: str) -> Cost:
    """Check one input in a process of its own."""
    file = folder / "large.yaml"
    file.write_bytes(content)
    reader, writer = os.pipe()
    with (folder / "out").open("wb+") as out:
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "check", str(file), *words],
            stdout=out, stderr=out, pass_fds=(writer,), cwd=ROOT, env={**os.environ, "PEAK_TO": str(writer)},
        )  # fmt: skip
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        os.close(writer)
        peak, seconds = (os.read(reader, 100) or b"0 0").split()
        os.close(reader)
        out.seek(0)
        code = child.returncode if child.returncode >= 0 else None
        return Cost(code, int(peak) << 10, float(seconds), os.fstat(out.fileno()).st_size, out.read(400))


@pytest.mark.parametrize("name", LARGE)
def test_a_large_hostile_input_is_refused_or_taken_within_memory(name, tmp_path):
    content = LARGE[name](MB)
    cost = measured(content, tmp_path)
    assert cost.code in (0, 1), cost
    assert cost.peak <= TIMES * len(content) + EMPTY_RUN, f"{cost.peak / MB:.0f} MB"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=1, help="MB of each input")
    parser.add_argument("words", nargs="*", help="run the inputs whose name holds one of these")
    parser.add_argument("--format", default="human")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        empty = measured(b"", Path(folder))
        print(f"an empty run: {empty.peak / MB:.0f} MB, {empty.seconds:.2f} s; times and memory below are without it")
        print(f"{'s/MB':>8} {'x input':>8} {'exit':>5} {'out kB':>7}  input")
        for name, make in LARGE.items():
            if options.words and not any(word in name for word in options.words):
                continue
            content = make(int(options.size * MB))
            cost = measured(content, Path(folder), "--format", options.format)
            size = len(content) / MB
            pace, times = (cost.seconds - empty.seconds) / size, (cost.peak - empty.peak) / len(content)
            bad = "  <-- " + cost.words.decode(errors="replace")[-200:].strip() if cost.code not in (0, 1) else ""
            wide = cost.peak > TIMES * len(content) + EMPTY_RUN
            mark = " TIME" * (pace > 2) + " MEMORY" * wide
            print(
                f"{pace:8.2f} {times:8.1f} {cost.code!s:>5} {cost.printed / 1024:7.0f}  {name}{mark}{bad}", flush=True
            )


if __name__ == "__main__":
    main()
