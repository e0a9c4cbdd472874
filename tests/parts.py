"""Run all tests, in parts that go on side by side, and say at the end how each of them went.

    .venv/bin/python tests/parts.py
    kernel │ ........................................................................ [  8%]
      long │ ..................................................
        vm │ ........................................................................ [ 48%]
    …
    == long: passed in 11 min 8 s
    …

What needs a kernel waits for it half of the time, so that four parts go on two cores; the next one begins when one has ended. The machines
with ip_vs, two side by side, never wait: the others are nice to them. All of them do whatever becomes of another. The exit status is 1 if any
part failed; what such a part has printed is then printed once more, in one piece.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple, NoReturn

PYTEST = ("nice", sys.executable, "-m", "pytest", "-q")
WITH_KERNEL = ("tests/kernel", "tests/vm")
"""Where all tests are that need one: collecting takes as long as some of them."""
IN_VM = (sys.executable, "tests/vm/run.py", "--tests", "-q")
CHANGES = tuple(
    f"tests/vm/guest/test_{one}.py" for one in ("traffic_ipvs", "hand_edits_ipvs", "restore_ipvs", "connections")
)
"""About as much work as all others in the machine with ip_vs."""
PARTS: Mapping[str, Sequence[str]] = {
    "changes": (*IN_VM, *CHANGES),
    "vm": (*IN_VM, *(f"--ignore={one}" for one in CHANGES)),
    "kernel": (*PYTEST, "-m", "kernel and not long", *WITH_KERNEL),
    "long": (*PYTEST, "-m", "long", *WITH_KERNEL),
    "plain": (*PYTEST, "-m", "not kernel", "tests"),
}
AT_ONCE = 4


class Done(NamedTuple):
    """How a part ended; it has taken `seconds`."""

    status: int
    seconds: float
    lines: list[str]


class Parts:
    """Parts that wait, are under way, or are done."""

    def __init__(self, parts: Mapping[str, Sequence[str]], at_once: int = AT_ONCE) -> None:
        self._waiting: SimpleQueue[tuple[str, Sequence[str]]] = SimpleQueue()
        for one in parts.items():
            self._waiting.put(one)
        self._at_once = at_once
        self._wide = max(map(len, parts))
        self._running: list[subprocess.Popen[str]] = []
        self.done: dict[str, Done] = {}

    def run(self) -> int:
        """Run everything and return the exit status."""
        threads = [Thread(target=self._go_on) for _ in range(self._at_once)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        failed = [name for name, one in self.done.items() if one.status]
        for name in failed:
            print(f"\n== {name}, once more", *self.done[name].lines, sep="\n")
        for name, one in self.done.items():
            word = "passed" if one.status == 0 else f"failed, exit {one.status},"
            print(f"== {name}: {word} in {int(one.seconds // 60)} min {one.seconds % 60:.0f} s")
        return 1 if failed else 0

    def end(self, number: int, _: object) -> NoReturn:
        """End what is under way."""
        for one in self._running:
            one.terminate()
        for one in self._running:
            one.wait()
        os._exit(128 + number)

    def _go_on(self) -> None:
        with suppress(Empty):
            while True:
                name, command = self._waiting.get_nowait()
                self.done[name] = self._part(name, command)

    def _part(self, name: str, command: Sequence[str]) -> Done:
        began, lines = time.monotonic(), []
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment
        ) as running:
            self._running.append(running)
            assert running.stdout is not None
            for line in running.stdout:
                lines.append(line.rstrip("\n"))
                print(f"{name:>{self._wide}} │ {lines[-1]}", flush=True)
        return Done(running.returncode, time.monotonic() - began, lines)


def main() -> int:
    """Run all tests."""
    parts = Parts(PARTS)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, parts.end)
    return parts.run()


if __name__ == "__main__":
    sys.exit(main())
