"""Give zones their serials: as long as the records of a zone stay, so does its serial; when they change, it counts on.

    svcc.lock                                     digests of now                         svcc.lock
      cluster.local: 7 3f2a9c…                      cluster.local  3f2a9c…                 cluster.local: 7 3f2a9c…
      96.10.in-addr.arpa: 4294967295 8b1d44…   +    96.10.in-addr.arpa  77e0aa…      ->    96.10.in-addr.arpa: 0 77e0aa…
      99.10.in-addr.arpa: 3 aa01bc…                 128.10.in-addr.arpa  c0ffee…           128.10.in-addr.arpa: 1 c0ffee…

A secondary server takes a zone over only when its serial has grown, and serials are compared on a circle (RFC 1982): after
4294967295 comes 0. No clock is asked, so the same input gives the same bytes.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

CIRCLE = 1 << 32
FIRST = 1


class Serial(NamedTuple):
    """The serial of a zone, and the digest of the records that it stands for; without a digest it stands for none."""

    number: int
    digest: str

    def __str__(self) -> str:
        return f"{self.number} {self.digest}".rstrip()


def settle_serials(
    held: Mapping[str, Serial], digests: Mapping[str, str], chosen: Mapping[str, int]
) -> dict[str, Serial]:
    """Return the serial of every zone of now; `chosen` are serials that the user gives."""
    return {zone: Serial(chosen.get(zone, _next(held.get(zone), now)), now) for zone, now in sorted(digests.items())}


def _next(before: Serial | None, digest: str) -> int:
    if before is None:
        return FIRST
    return before.number if before.digest == digest else (before.number + 1) % CIRCLE


def is_later(left: int, right: int) -> bool:
    """Tell whether one serial comes after another on the circle."""
    return 0 < (left - right) % CIRCLE < CIRCLE // 2


def merged(lines: Iterable[Serial]) -> Serial:
    """Return what two lines of one zone stand for, as after a merge: the later serial, but of no records if they differ."""
    several = sorted(set(lines))
    if len(several) == 1:
        return several[0]
    latest = several[0].number
    for one in several[1:]:
        latest = one.number if is_later(one.number, latest) else latest
    return Serial(latest, "")
