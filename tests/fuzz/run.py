"""Look for inputs that svcc does not stand: mutate what the project holds, and hold every promise against what comes out.

    python tests/fuzz/run.py --iterations 1000000 --seed 1 --jobs 2      finds go to --out, a summary to the screen
    python tests/fuzz/run.py --seed 1 --only 123456                      one iteration again, with its input and traceback

Iteration 123456 of seed 1 is the same case on every machine and with any number of jobs, as long as the seeds are the same.
The exit code is 1 where something was found.
"""

import argparse
import functools
import gc
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.case import Case, write_case
from tests.fuzz.mutate import Mutator
from tests.fuzz.seeds import seeds
from tests.fuzz.shrink import shrink
from tests.fuzz.watch import Find, ring, watched

BATCH = 1000
KEPT = 3
"""Finds of one place that are written down by each job."""


class Told(NamedTuple):
    """What a job says after a batch."""

    done: int
    ends: Counter[str]
    finds: Counter[str]


def case_of(mutator: Mutator, seed: int, index: int) -> Case:
    """Return the case of one iteration."""
    return mutator.case(Random(seed << 40 | index))


def work(mutator: Mutator, seed: int, indices: range, out: Path, progress: Any, told: Connection) -> None:
    """Run some iterations; say after each batch what they came to, and before each which one it is."""
    signal.signal(signal.SIGPROF, ring)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    caches = [one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]
    gc.freeze()
    gc.disable()
    ends: Counter[str] = Counter()
    finds: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for done, index in enumerate(indices, 1):
        progress.value = index
        case = case_of(mutator, seed, index)
        how, found = watched(case)
        if how:
            ends[how] += 1
        if found:
            finds[found.place] += 1
            seen[found.place] += 1
            if seen[found.place] <= KEPT:
                keep(case, found, out, f"{seed}-{index}")
        if done % BATCH == 0 or done == len(indices):
            told.send(Told(done, ends, finds))
            ends, finds = Counter(), Counter()
            # What is cached without a bound is bounded in svcc by the input; a million inputs are another matter.
            for one in caches:
                one.cache_clear()
            gc.collect()
    told.close()


def keep(case: Case, found: Find, out: Path, name: str) -> None:
    """Write a find down, as it is and as small as it gets, in the form of the corpus."""
    folder = out / re.sub(r"[^A-Za-z0-9.:-]+", "-", found.place)[:80]
    folder.mkdir(parents=True, exist_ok=True)
    words = f"{found.place}\niteration {name}\n\n{found.words[-3000:]}"
    write_case(case, folder / f"{name}.whole.txt", words)
    small = shrink(case, lambda made: (again := watched(made).find) is not None and again.place == found.place)
    again = watched(small).find
    write_case(small, folder / f"{name}.txt", f"{found.place}\niteration {name}\n\n{(again or found).words[-3000:]}")


def run(options: argparse.Namespace) -> int:
    """Run all iterations on some processes, and print what they came to."""
    mutator = Mutator(seeds())
    started = time.monotonic()
    ends: Counter[str] = Counter()
    finds: Counter[str] = Counter()
    total = 0
    try:
        for told in _told(mutator, options):
            ends += told.ends
            finds += told.finds
            before, total = total, total + BATCH
            if before // 50_000 != total // 50_000:
                print(
                    f"{total:>9} iterations, {total / (time.monotonic() - started):.0f}/s, {finds.total()} finds",
                    flush=True,
                )
    except KeyboardInterrupt:
        print("interrupted")
    seconds = time.monotonic() - started
    count = ends.total() + finds.total()
    print(
        f"{count} iterations in {seconds:.0f} s with {options.jobs} jobs: {count / seconds:.0f}/s, seed {options.seed}"
    )
    print("ended: " + ", ".join(f"{number} {how}" for how, number in ends.most_common()))
    print(f"found: {finds.total()}" + (f", written to {options.out}" if finds else ""))
    for place, number in finds.most_common():
        print(f"{number:>9}  {place}")
    return 1 if finds else 0


def _told(mutator: Mutator, options: argparse.Namespace) -> Iterator[Told]:
    """Start the jobs and yield what they say; a job that dies is a find, and its share goes on behind it."""
    context = get_context("fork")
    open_ends: dict[Connection, tuple[Any, Any, range]] = {}

    def start(share: range) -> None:
        reader, writer = context.Pipe(duplex=False)
        progress = context.Value("q", -1, lock=False)
        job = context.Process(
            target=work, args=(mutator, options.seed, share, options.out, progress, writer), daemon=True
        )
        job.start()
        writer.close()
        open_ends[reader] = (job, progress, share)

    first = options.first
    for number in range(options.jobs):
        start(range(first + number, first + options.iterations, options.jobs))
    while open_ends:
        for reader in wait(list(open_ends)):
            assert isinstance(reader, Connection)
            job, progress, share = open_ends[reader]
            with suppress(EOFError):
                yield reader.recv()
                continue
            del open_ends[reader]
            job.join()
            if job.exitcode > 0:
                raise SystemExit(f"bug in the fuzzer at iteration {progress.value}")
            if job.exitcode:
                index = progress.value
                find = Find(f"the process died with {job.exitcode}", f"iteration {index}")
                keep_dead(case_of(mutator, options.seed, index), find, options.out, f"{options.seed}-{index}")
                yield Told(0, Counter(), Counter({find.place: 1}))
                start(range(index + options.jobs, share.stop, options.jobs))


def keep_dead(case: Case, found: Find, out: Path, name: str) -> None:
    """Write down what killed a process, without trying it again."""
    out.mkdir(parents=True, exist_ok=True)
    write_case(case, out / f"dead-{name}.txt", f"{found.place}\n{found.words}")


def once(options: argparse.Namespace) -> int:
    """Run one iteration and show it."""
    signal.signal(signal.SIGPROF, ring)
    case = case_of(Mutator(seeds()), options.seed, options.only)
    print(case.manifests.decode(errors="backslashreplace"))
    for name, text in (("config", case.config), ("lock", case.lock), ("name", case.name)):
        print(f"=== {name}\n{text.encode('utf-8', 'backslashreplace').decode()}")
    how, found = watched(case)
    print(f"=== ended: {how}")
    if found:
        print(f"=== {found.place}\n{found.words}")
    return 1 if found else 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="index of the first iteration")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"), help="folder for finds")
    parser.add_argument("--only", type=int, help="run this iteration alone and show it")
    options = parser.parse_args()
    return run(options) if options.only is None else once(options)


if __name__ == "__main__":
    sys.exit(main())
