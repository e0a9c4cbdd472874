"""Measure svcc at scale, against libyaml, kube-proxy's script and itself: `make bench`.

    run.py --rounds 5 --services 10000 --endpoints 10
        ->  what                                   ours     baseline   ratio   target   ok
            compile / libyaml composing the file   9.9 s    4.4 s      2.25    ≤ 3      yes

Everything is measured in turn in each round, so that a slow spell of the machine meets ours and the baseline alike; the table
holds medians. Nothing here is ever asserted by a test.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.case import Case, Row, Setting  # noqa: E402 - found by the line above
from tests.bench.cases import CASES, prepare  # noqa: E402 - found by the line above
from tests.bench.measure import Failed, raise_stack  # noqa: E402

HEADS = ("what", "ours", "baseline", "ratio", "target", "ok")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--rounds", type=int, default=5, metavar="N", help="measurements of everything (default 5)")
    reader.add_argument("--services", type=int, default=10_000, metavar="N")
    reader.add_argument("--endpoints", type=int, default=10, metavar="N", help="of each Service (default 10)")
    names = [case.name for case in CASES]
    reader.add_argument("--only", action="append", choices=names, help="one case; may be given several times")
    return reader.parse_args()


def say(message: str) -> None:
    """Tell progress, away from the table."""
    print(message, file=sys.stderr, flush=True)


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the table, ratios first."""
    ordered = sorted(rows, key=lambda row: row.ratio is None or row.unit != "×")
    cells = [HEADS, *(_cells(row) for row in ordered)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADS))]
    for row in cells:
        yield "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()


def _cells(row: Row) -> Sequence[str]:
    ratio = "" if row.ratio is None else f"{row.ratio:.3f}" if row.ratio < 1 else f"{row.ratio:.2f}"
    unit = "" if row.unit == "×" else f" {row.unit}"
    target = "" if row.target is None else f"≤ {row.target:g}{unit}"
    met = "" if row.target is None else "yes" if row.measured <= row.target else "NO"
    return (row.what, row.ours, row.baseline, ratio, target, met)


def measure(cases: Sequence[Case], rounds: int) -> int:
    """Measure round by round; Ctrl-C ends it after what was measured so far. Return how many rounds were whole."""
    began = time.monotonic()
    done = 0
    try:
        while done < rounds:
            say(f"== round {done + 1} of {rounds}, {time.monotonic() - began:.0f} s since the start")
            for case in cases:
                case.round()
            done += 1
    except KeyboardInterrupt:
        say("interrupted")
    return done


def main() -> int:
    """Prepare, measure round by round, print the table."""
    given = arguments()
    raise_stack()
    with tempfile.TemporaryDirectory(prefix="svccbench-") as folder:
        setting = Setting(Path(folder), given.services, given.endpoints, say)
        say(f"== writing {given.services:,} Services × {given.endpoints} endpoints, and compiling them once")
        try:
            prepare(setting)
        except Failed as problem:
            say(f"cannot start: {problem}")
            return 1
        cases: list[Case] = [case(setting) for case in CASES if not given.only or case.name in given.only]
        done = measure(cases, given.rounds)
    print(f"{given.services:,} Services × {given.endpoints} endpoints, medians of {done} rounds")
    print("\n".join(lines(row for case in cases for row in case.rows())))
    failures = [one for case in cases for one in case.failures]
    print("\n".join(f"failed: {one}" for one in failures), end="\n" if failures else "")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
