import pytest

from svcc.cli.excerpt import excerpt, width
from svcc.diag import Source, Span


def shown(line, column, length):
    return tuple(excerpt(Span(Source("a.yaml", f"first\n{line}\n"), 2, column, length)))


def test_the_caret_is_under_the_value():
    assert ("  port: 80", "        ^^") == shown("  port: 80", 9, 2)


@pytest.mark.parametrize(
    ("before", "cells"),
    [
        ("日本語", 6),
        ("\uff46\uff55\uff4c\uff4c", 8),
        ("naïve", 5),
        ("nai\u0308ve", 5),
        ("🙂", 2),
        ("ส้", 1),
        ("é", 1),
    ],
)
def test_wide_and_combining_characters_do_not_misplace_it(before, cells):
    line = f"{before}: 80"
    assert (line, " " * (cells + 2) + "^^") == shown(line, len(before) + 3, 2)
    assert cells == width(before)


def test_a_wide_value_has_a_wide_caret():
    assert ("name: 日本", "      ^^^^") == shown("name: 日本", 7, 2)


def test_a_tab_is_shown_as_one_blank():
    assert ("a: b", "   ^") == shown("a:\tb", 4, 1)


def test_what_cannot_be_printed_keeps_its_place():
    assert ("a: ��b", "     ^") == shown("a: \x1b\u200db", 6, 1)


def test_a_value_over_several_lines_is_marked_to_the_end_of_its_first():
    assert ('name: "one  ', "      ^^^^") == shown('name: "one  ', 7, 0)


def test_a_place_behind_the_line_still_has_a_caret():
    assert ("name: [", "         ^") == shown("name: [", 10, 1)


def test_a_long_line_is_cut_around_the_value():
    text, carets = shown(f"{'a' * 5000}: {'b' * 5000}", 5003, 5000)
    assert ("…", "…") == (text[0], text[-1])
    assert 142 == len(text)
    assert ("b" * 99 + "…", "b" * 99) == (
        text[carets.index("^") :][-100:],
        text[carets.index("^") : carets.rindex("^")][:99],
    )


def test_a_source_without_the_line_shows_none():
    assert None is excerpt(Span(Source("a.yaml", ""), 3, 1))
