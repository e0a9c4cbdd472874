"""Read quantities, as of resources and sizes: a number with a unit.

    amount("100m")  ->  Decimal("0.1")       amount("1.5Gi")  ->  Decimal("1610612736")       amount("64MB")  ->  None

What has more than nine digits behind the point is rounded up, and nothing is larger than 2**63 - 1, as in the API server
(apimachinery of Kubernetes 1.34): an exponent of a million costs nothing.
"""

import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_UP, Context, Decimal
from functools import lru_cache

_QUANTITY = re.compile(
    r"(?P<number>[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?P<unit>[KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]+)?\Z", re.ASCII
)
_CONTEXT = Context(prec=64, rounding=ROUND_UP, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
_MOST = Decimal(2**63 - 1)
_SMALLEST = Decimal("1e-9")
_MAX_EXPONENT = 9
"""Digits of an exponent that are read."""
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


@lru_cache(maxsize=4096)
def amount(text: str) -> Decimal | None:
    """Return what a quantity amounts to; None for a text that is none."""
    found = _QUANTITY.match(text)
    if found is None:
        return None
    number, unit = Decimal(found["number"]), found["unit"] or ""
    if unit in _BINARY:
        value = _CONTEXT.multiply(number, Decimal(1024 ** _BINARY[unit]))
    else:
        power = _DECIMAL[unit] if unit in _DECIMAL else _exponent(unit[1:])
        value = _CONTEXT.scaleb(number, Decimal(power))
    if value.copy_abs() >= _MOST:
        return _MOST.copy_sign(value)
    return _CONTEXT.quantize(value, _SMALLEST)


def _exponent(text: str) -> int:
    digits = text.lstrip("+-").lstrip("0") or "0"
    number = int(digits) if len(digits) <= _MAX_EXPONENT else 10**_MAX_EXPONENT
    return -number if text.startswith("-") else number


def is_quantity(text: str) -> bool:
    """Tell whether a text is a quantity."""
    return _QUANTITY.match(text) is not None


def is_one_unit(text: str) -> bool:
    """Tell whether a quantity of bytes is exactly one unit: 1, 1k, 1M … or 1Ki, 1Mi …; 1024 is not."""
    found = _QUANTITY.match(text)
    value = amount(text)
    if found is None or value is None:
        return False
    unit = found["unit"] or ""
    if unit in _BINARY:
        return any(value == 1024**power for power in _BINARY.values())
    return value == 1 or (unit in _DECIMAL and any(value == Decimal(10) ** power for power in (3, 6, 9, 12, 15, 18)))


def is_whole(value: Decimal) -> bool:
    """Tell whether an amount has no fraction."""
    return value == value.to_integral_value()
