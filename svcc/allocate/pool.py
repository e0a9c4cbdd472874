"""The free values of a range, found in no time however large or full it is.

    pool = Pool([range(30086, 32768), range(30000, 30086)])        upper band first, then the lower one
    pool.take(30412)
    pool.next(seed)  ->  upper[seed mod size], or the first free one behind it, around the end to the start of the band;
                         then the same in the lower band; None when both are full

Nothing is enumerated: of every value that is taken, only where to look on is kept (a union-find with path compression), so a
/64 costs no more than a /24, and the last free address of a /16 is found as quickly as the first.
"""

from collections.abc import Iterable
from hashlib import sha256


def seed_of(text: str) -> int:
    """Return the number that decides where the search for a free value starts: the SHA-256 of a text."""
    return int.from_bytes(sha256(text.encode()).digest(), "big")


class Pool:
    """Bands of integers in order of preference, and which of them are taken."""

    __slots__ = ("_bands", "_onward")

    def __init__(self, bands: Iterable[range]) -> None:
        self._bands = tuple(band for band in bands if band)
        self._onward: dict[int, int] = {}

    @property
    def size(self) -> int:
        """How many values there are, taken or not."""
        return sum(band.stop - band.start for band in self._bands)

    def __contains__(self, value: int) -> bool:
        return any(value in band for band in self._bands)

    def take(self, value: int) -> None:
        """Make a value one that `next` never returns; it need not be in a band."""
        self._onward.setdefault(value, value + 1)

    def next(self, seed: int) -> int | None:
        """Take and return the free value that a seed leads to; None when every band is full."""
        for band in self._bands:
            start = band.start + seed % (band.stop - band.start)
            for look_from in (start, band.start):
                value = self._free_from(look_from)
                if value < band.stop:
                    self.take(value)
                    return value
        return None

    def _free_from(self, value: int) -> int:
        passed = []
        while value in self._onward:
            passed.append(value)
            value = self._onward[value]
        for one in passed:
            self._onward[one] = value
        return value
