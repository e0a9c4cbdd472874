"""A tree over the prefixes of keys, so that a packet crosses O(log n) rules instead of O(n).

    grow(the addresses 10.96.0.1 … 10.96.0.9, 10.96.200.7)
      ->  Branch(0.0.0.0/0 …, children = (
            Branch(10.96.0.0/28, children = (Leaf(10.96.0.0/30, (1, 2, 3)), Leaf(10.96.0.4/30, …), Leaf(10.96.0.8/30, …))),
            Leaf(10.96.128.0/17 …, (10.96.200.7,))))

Steps are two bits of the key, at fixed positions, and a leaf holds four keys at most. Where only one of the four branches is
used the step is skipped. A tree is at most `depth` chains deep; what would lie below stays in one longer leaf. Positions
depend on the key alone, never on its rank: one new key changes the leaf it falls into and at most the branch above it, so a
new Service rewrites two chains and not the whole tree. A key is crossed in at most four rules a step; a deeper step with
fewer branches or a wider one with more would cross more in the worst case.
"""

from collections.abc import Sequence
from dataclasses import dataclass

STEP = 2
LEAF = 4


@dataclass(frozen=True, slots=True)
class Leaf:
    """A prefix (`low`, `length` bits) with at most four keys, or more at the bottom of the deepest tree allowed."""

    low: int
    length: int
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """A prefix whose keys are spread over two to four children."""

    low: int
    length: int
    children: "tuple[Branch | Leaf, ...]"


Node = Branch | Leaf


@dataclass(frozen=True, slots=True)
class Prefix:
    """Where a tree starts: `length` bits of `low`, in keys of `bits` bits."""

    bits: int
    low: int = 0
    length: int = 0


def grow(keys: Sequence[int], at: Prefix, depth: int) -> Node:
    """Return the tree of sorted distinct keys that all lie in one prefix; `depth` counts the chains below the first."""
    bits, low, length = at.bits, at.low, at.length
    while True:
        if len(keys) <= LEAF or length >= bits or depth == 0:
            return Leaf(low, length, tuple(keys))
        deeper = min((length // STEP + 1) * STEP, bits)
        groups: dict[int, list[int]] = {}
        for key in keys:
            groups.setdefault(key >> (bits - deeper), []).append(key)
        if len(groups) > 1:
            below = [(Prefix(bits, head << (bits - deeper), deeper), held) for head, held in groups.items()]
            return Branch(low, length, tuple(grow(held, prefix, depth - 1) for prefix, held in below))
        low, length = next(iter(groups)) << (bits - deeper), deeper
