"""Make a find small: leave out parts, documents, lines and bytes for as long as the same goes wrong."""

from collections.abc import Callable, Iterator

from tests.fuzz.case import NAME, Case

MOST_TRIES = 1500


def shrink(case: Case, is_found: Callable[[Case], bool]) -> Case:
    """Return a smaller case of which `is_found` is still true."""
    left = MOST_TRIES

    def still(made: Case) -> bool:
        nonlocal left
        left -= 1
        return left > 0 and is_found(made)

    for changed in (
        {"lock": ""},
        {"config": ""},
        {"name": NAME},
        {"manifests": b""},
        {"manifests": case.manifests.replace(b", ", b",\n")},
    ):
        made = case._replace(**changed)
        if made != case and still(made):
            case = made
    for part, separator in (
        ("manifests", "\n---\n"),
        ("manifests", "\n"),
        ("config", "\n"),
        ("lock", "\n"),
        ("manifests", ""),
    ):
        case = _with_less(case, part, separator, still)
    return case


def _with_less(case: Case, part: str, separator: str, still: Callable[[Case], bool]) -> Case:
    """Leave out halves, then quarters, and so on down to single pieces."""
    text = getattr(case, part)
    pieces = _split(text, separator)
    length = len(pieces) // 2
    while length:
        for at in _backwards(len(pieces), length):
            fewer = pieces[:at] + pieces[at + length :]
            made = case._replace(**{part: _joined(fewer, separator, text)})
            if still(made):
                pieces, case = fewer, made
        length //= 2
    return case


def _split(text: str | bytes, separator: str) -> list[str] | list[bytes]:
    if isinstance(text, bytes):
        return text.split(separator.encode()) if separator else [text[index : index + 1] for index in range(len(text))]
    return text.split(separator)


def _joined(pieces: list, separator: str, like: str | bytes) -> str | bytes:  # type: ignore[type-arg]
    return separator.encode().join(pieces) if isinstance(like, bytes) else separator.join(pieces)


def _backwards(count: int, length: int) -> Iterator[int]:
    return iter(range((count - 1) // length * length, -1, -length))
