"""One claim of the bench: what is measured in each round, and the rows that follow from it.

class Compile(Case): …      .round()   measures ours and the baseline once, in turn
                            .rows()    Row("compile / libyaml …", "9.9 s", "4.4 s", 2.25, 3.0, …)
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.bench.measure import Failed

SVCC = str(Path(sys.executable).with_name("svcc"))


class Row(NamedTuple):
    """One line of the table. `target` bounds the ratio, or ours where there is none; None is only told."""

    what: str
    ours: str
    baseline: str
    ratio: float | None
    target: float | None
    measured: float
    unit: str = "×"


class Setting(NamedTuple):
    """Where the input and the numbers of one bench are."""

    folder: Path
    services: int
    endpoints: int
    say: Callable[[str], None]

    def file(self, name: str) -> str:
        """Return the path of a file of the bench."""
        return str(self.folder / name)

    @property
    def environment(self) -> dict[str, str]:
        """Keep svcc's state and locks out of the machine's own."""
        return {"SVCC_RUN_DIR": self.file("run"), "SVCC_STATE_DIR": self.file("state")}


class Case(ABC):
    """One claim. `round` measures once and appends to `seconds`; `rows` tells the medians."""

    name = ""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.seconds: dict[str, list[float]] = {}
        self.failures: list[str] = []

    def add(self, key: str, measure: Callable[[], float]) -> None:
        """Measure and remember; a failure is told in the table instead of ending the bench."""
        try:
            taken = measure()
        except (Failed, OSError, ValueError) as problem:
            self.failures.append(f"{self.name} {key}: {problem}")
            self.setting.say(f"  {self.name} {key}: failed: {problem}")
            return
        self.seconds.setdefault(key, []).append(taken)
        self.setting.say(f"  {self.name} {key}: {taken:.2f}")

    def middle(self, key: str) -> float | None:
        """Return the median of one key, or None where nothing could be measured."""
        return median(self.seconds[key]) if key in self.seconds else None

    def compared(self, what: str, ours: str, baseline: str, target: float | None) -> Iterator[Row]:
        """Yield the row that compares two times."""
        one, other = self.middle(ours), self.middle(baseline)
        if one is not None and other is not None:
            yield Row(what, f"{one:.2f} s", f"{other:.2f} s", one / other, target, one / other)

    def bounded(self, what: str, key: str, unit: str, target: float | None) -> Iterator[Row]:
        """Yield the row of a number that stands alone."""
        one = self.middle(key)
        if one is not None:
            yield Row(what, f"{one:,.0f} {unit}", "", None, target, one, unit)

    @abstractmethod
    def round(self) -> None:
        """Measure everything of this case once."""

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Yield the lines of the table."""
