"""Guess which word was meant.

    did_you_mean("NodePorts", ("ClusterIP", "NodePort"))   ->   "; did you mean NodePort?"
    is_one_typo_away("Sevrice", "Service")                 ->   True

Comparing words is slow, and a hostile input asks a million times: among many known words only some are compared.
"""

import re
from bisect import bisect
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache

_CODE = re.compile(r"SVC[0-9]{3}\Z", re.ASCII)
MAX_WORD = 60
MAX_KNOWN = 500


@lru_cache(maxsize=1024)
def did_you_mean(word: str, known: tuple[str, ...]) -> str:
    """Return `; did you mean …?` when a known word is close, else ""."""
    close = closest(word, known)
    return f"; did you mean {close}?" if close else ""


def closest(word: str, known: Sequence[str]) -> str:
    """Return the known word that is closest, "" when none is close.

    Of many known words, which are sorted then, only the neighbours count: those that begin alike.
    """
    if not word or len(word) > MAX_WORD:
        return ""
    if len(known) > MAX_KNOWN:
        place = bisect(known, word)
        known = known[max(0, place - MAX_KNOWN // 2) : place + MAX_KNOWN // 2]
    by_lower = {one.lower(): one for one in known}
    close = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else ""


def closest_code(word: str, known: Sequence[str]) -> str:
    """Return the code that was meant, "" when that cannot be told: every code of three digits is near to some other.

    One that has the right form is another only where two neighbours changed places.
    """
    if not _CODE.match(word):
        return closest(word, known)
    return next((one for one in known if sorted(one) == sorted(word) and is_one_typo_away(word, one)), "")


def is_one_typo_away(word: str, known: str) -> bool:
    """Tell whether two words differ by one letter: missing, too many, another one, or changed places with the next."""
    if word == known or abs(len(word) - len(known)) > 1:
        return False
    same = next(
        (place for place, (one, other) in enumerate(zip(word, known, strict=False)) if one != other),
        min(len(word), len(known)),
    )
    left, right = word[same:], known[same:]
    if left[1:] == right[1:] or left[1:] == right or left == right[1:]:
        return True
    return left[:2] == right[1::-1] and left[2:] == right[2:]
