"""Read lengths of time as Go writes them, and kube-proxy's configuration with it.

    24h0m0s -> 86400    1.5h -> 5400    300ms -> 3/10    "0" -> 0    -1s -> None, and SVC160 in the sink

In seconds. Units: ns us µs ms s m h.
"""

import re
from fractions import Fraction

from svcc.source.cursor import Cursor, Node, kind_of
from svcc.source.scalars import Kind, plain_number

_MILLI, _MICRO, _NANO = Fraction(1, 10**3), Fraction(1, 10**6), Fraction(1, 10**9)
_UNITS = {"ns": _NANO, "us": _MICRO, "µs": _MICRO, "μs": _MICRO, "ms": _MILLI}
_UNITS |= {"s": Fraction(1), "m": Fraction(60), "h": Fraction(3600)}
_PART = r"([0-9]{1,19}(?:\.[0-9]{0,19})?|\.[0-9]{1,19})(ns|us|µs|μs|ms|s|m|h)"
_DURATION = re.compile(rf"[-+]?(?:0|(?:{_PART})+)\Z", re.ASCII)
_PARTS = re.compile(_PART, re.ASCII)
_EXAMPLES = "as in 1h30m, 20s or 500ms"
_LONGEST = 60
"""Characters; Go prints twenty at most."""


def seconds_of(text: str) -> Fraction | None:
    """Return a length of time in seconds, negative ones too, or None where it is not one."""
    if len(text) > _LONGEST or not _DURATION.match(text):
        return None
    size = sum((Fraction(number) * _UNITS[unit] for number, unit in _PARTS.findall(text)), Fraction(0))
    return -size if text[0] == "-" else size


def read_duration(cursor: Cursor, node: Node | None) -> Fraction | None:
    """Return a length of time in seconds, None for none; SVC160: one that cannot be read, or is negative."""
    if node is not None and kind_of(node) in (Kind.INTEGER, Kind.FLOAT):
        number = plain_number(node.value)
        meant = f"{node.value if number is None else number}s"
        hint = f"with its unit, as in {meant}" if _DURATION.match(meant) else _EXAMPLES
        cursor.report("SVC160", f"{node.value[:40]} is a number, not a length of time", node, hint=hint)
        return None
    text = cursor.text(node)
    if not text or node is None:
        return None
    seconds = seconds_of(text)
    if seconds is None:
        cursor.report("SVC160", f'"{text[:40]}" is not a length of time', node, hint=_EXAMPLES)
        return None
    if seconds < 0:
        cursor.report("SVC160", f"a length of time is not negative, as {text} is", node)
        return None
    return seconds
