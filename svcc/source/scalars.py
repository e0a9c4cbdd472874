"""Say what YAML 1.1 makes of an unquoted word.

    cart -> a string      8080 -> the integer 8080       on  -> a boolean
    1.20 -> a float       22:22 -> the integer 1342      ~   -> null
    0100 -> the integer 64      0o100 -> the same       080 -> a float

The rules are those of YAML 1.1 as PyYAML and kubectl apply them together: `y` and `n` count as booleans, as in kubectl, and
dates stay strings, as in kubectl, which also reads `0o100`, `0X1F` and `0B1` as integers (sigs.k8s.io/yaml 1.6 and Go's
`strconv.ParseInt` with base 0). Composed nodes carry no type; it is worked out here, only where a field is read.
"""

import re
from enum import Enum
from functools import lru_cache

NULL_WORDS = frozenset({"", "~", "null", "Null", "NULL"})
TRUE_WORDS = frozenset({"true", "True", "TRUE", "on", "On", "ON", "yes", "Yes", "YES", "y", "Y"})
FALSE_WORDS = frozenset({"false", "False", "FALSE", "off", "Off", "OFF", "no", "No", "NO", "n", "N"})

_MAYBE_OTHER = frozenset("-+.0123456789yYnNtTfFoO~")
_INTEGER = re.compile(
    r"[-+]?(?:0[bB][01_]+|0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[0-7_]*|[1-9][0-9_]*(?P<sixties>(?::[0-5]?[0-9])*))\Z",
    re.ASCII,
)
_FLOAT = re.compile(
    r"[-+]?(?:(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF)|[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)\Z|\.(?:nan|NaN|NAN)\Z",
    re.ASCII,
)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+\Z", re.ASCII)
_MAX_DIGITS = 40
_BASES = {"b": 2, "o": 8, "x": 16}


class Kind(Enum):
    """The type of a scalar, with the words that a message uses for it."""

    STRING = "a string"
    INTEGER = "an integer"
    FLOAT = "a number with a fraction"
    BOOLEAN = "a boolean"
    NULL = "null"


_STRING = Kind.STRING

TAGS = {
    "tag:yaml.org,2002:str": Kind.STRING,
    "tag:yaml.org,2002:timestamp": Kind.STRING,
    "tag:yaml.org,2002:binary": Kind.STRING,
    "tag:yaml.org,2002:int": Kind.INTEGER,
    "tag:yaml.org,2002:float": Kind.FLOAT,
    "tag:yaml.org,2002:bool": Kind.BOOLEAN,
    "tag:yaml.org,2002:null": Kind.NULL,
}


@lru_cache(maxsize=8192)
def plain_kind(text: str) -> Kind:
    """Return the type of an unquoted word."""
    if text in NULL_WORDS:
        return Kind.NULL
    if text[0] not in _MAYBE_OTHER:
        return Kind.STRING
    if text in TRUE_WORDS or text in FALSE_WORDS:
        return Kind.BOOLEAN
    if _INTEGER.match(text):
        return Kind.INTEGER
    return Kind.FLOAT if _FLOAT.match(text) else Kind.STRING


def is_plain_string(text: str) -> bool:
    """Tell whether an unquoted word is a string: what is asked of most words.

    Nearly all answer by their first letter, or are addresses: looking those up would fill the cache with names asked once.
    """
    return (text != "" and text[0] not in _MAYBE_OTHER) or text.count(".") > 1 or plain_kind(text) is _STRING


@lru_cache(maxsize=8192)
def plain_number(text: str) -> int | None:
    """Return the integer that an unquoted word is; None for other words, base 60 and absurdly long numbers."""
    if len(text) > _MAX_DIGITS or ":" in text or plain_kind(text) is not Kind.INTEGER:
        return None
    sign = -1 if text[0] == "-" else 1
    digits = text.lstrip("+-").replace("_", "")
    base = _BASES.get(digits[1:2].lower())
    if base is not None:
        return sign * int(digits[2:] or "0", base)
    return sign * int(digits or "0", 8 if digits.startswith("0") else 10)


@lru_cache(maxsize=8192)
def usual_number(text: str) -> int | None:
    """Return the integer that an unquoted word is; None also for one that looks like another: 0100 is 64."""
    value = plain_number(text)
    return value if seeming_number(text) in (None, value) else None


def seeming_number(text: str) -> int | None:
    """Return which number a word with a leading zero seems to be, 100 for 0100; None for any other word."""
    return int(text.replace("_", "")) if len(text) <= _MAX_DIGITS and _LEADING_ZERO.match(text) else None


def explain(text: str) -> str:
    """Return what happened to an unquoted word, for a field that wants a string."""
    kind = plain_kind(text)
    if kind is Kind.INTEGER and ":" in text and len(text) <= _MAX_DIGITS:
        value = sum(
            60**place * int(part) for place, part in enumerate(reversed(text.replace("_", "").lstrip("+-").split(":")))
        )
        return f"YAML reads the unquoted {text} as the integer {'-' if text[0] == '-' else ''}{value} (base 60)"
    if kind is Kind.BOOLEAN:
        return f"YAML reads the unquoted word {text} as the boolean {str(text in TRUE_WORDS).lower()}"
    return f"YAML reads the unquoted {text[:_MAX_DIGITS]} as {kind.value}"
