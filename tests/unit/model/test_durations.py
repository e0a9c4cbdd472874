from fractions import Fraction

import pytest

from svcc.diag import Diagnostics, Source
from svcc.model.durations import read_duration
from svcc.source.cursor import Cursor
from svcc.source.document import documents


def read(text):
    sink = Diagnostics()
    (document,) = documents(Source("a.yaml", f'"{text}"'), sink)
    return read_duration(Cursor(document, document.node, sink), document.node), [one.code for one in sink]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("24h0m0s", 86400),
        ("1.5h", 5400),
        (".5s", Fraction(1, 2)),
        ("1.s", 1),
        ("300ms", Fraction(3, 10)),
        ("2us", Fraction(2, 10**6)),
        ("2µs", Fraction(2, 10**6)),
        ("1ns", Fraction(1, 10**9)),
        ("0", 0),
        ("-0s", 0),
        ("+1m1s", 61),
        ("", None),
    ],
)
def test_a_length_of_time_is_read_as_go_does(text, seconds):
    assert (seconds, []) == read(text)


@pytest.mark.parametrize("text", ["1", "s", ".s", "1d", "1 s", "1s ", "-1s", "1h-1m", "٣s", "9" * 60 + "s", "1e3s"])
def test_what_go_could_not_read_and_what_is_negative_are_refused(text):
    assert (None, ["SVC160"]) == read(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("5", "with its unit, as in 5s"),
        ("1.5", "with its unit, as in 1.5s"),
        ("0x10", "with its unit, as in 16s"),
        ("9" * 50, "as in 1h30m, 20s or 500ms"),
        ("22:22", "as in 1h30m, 20s or 500ms"),
    ],
)
def test_a_number_needs_a_unit_and_no_quotes(text, hint):
    sink = Diagnostics()
    (document,) = documents(Source("a.yaml", text), sink)
    assert read_duration(Cursor(document, document.node, sink), document.node) is None
    assert [("SVC160", hint)] == [(one.code, one.hint) for one in sink]
