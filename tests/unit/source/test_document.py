import pytest

from svcc.diag import Diagnostics, Source
from svcc.source.document import documents


def compose(text, name="a.yaml"):
    sink = Diagnostics()
    found = [(one.span(one.node).line, plain(one.node)) for one in documents(Source(name, text), sink)]
    return found, [(one.code, one.span.line, one.span.column) for one in sink]


def plain(node):
    if isinstance(node.value, str):
        return node.value
    return [tuple(plain(part) for part in one) if isinstance(one, tuple) else plain(one) for one in node.value]


def test_documents_come_with_their_lines():
    assert ([(1, [("a", "1")]), (3, [("b", "2")])], []) == compose("a: 1\n---\nb: 2\n")


def test_empty_documents_are_passed_over():
    assert ([(3, [("a", "1")])], []) == compose("---\n---\na: 1\n---\n~\n---\n# nothing\n")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_broken_document_does_not_hide_the_others(end):
    text = end.join(("a: 1", "---", "b: [1", "---", "c: 3", "---", "d: {", "---", "e: 5", ""))
    expected = ([(1, [("a", "1")]), (5, [("c", "3")]), (9, [("e", "5")])], [("SVC001", 4, 1), ("SVC001", 8, 1)])
    assert expected == compose(text)


def test_a_document_that_breaks_on_its_own_marker_line_is_left_behind():
    assert ([(2, [("a", "1")])], [("SVC001", 1, 5)]) == compose("--- @x\n--- {a: 1}\n")


def test_a_tab_used_to_indent_is_said_so():
    sink = Diagnostics()
    list(documents(Source("a.yaml", "a:\n\t- b\n"), sink))
    assert [(2, 1, "a tab where YAML wants spaces")] == [(one.span.line, one.span.column, one.message) for one in sink]


def test_json_may_hold_tabs_between_its_tokens():
    assert ([(1, [("a", "1")])], []) == compose('{\t"a":\t1\n\t}')


def test_json_surrogate_pairs_are_one_character_and_columns_stay():
    sink = Diagnostics()
    (one,) = documents(Source("a.json", '{"a": "\\ud83d\\ude00 \\\\ud83d", "b": 2}'), sink)
    (_, first), (key, _) = one.node.value
    assert ("\U0001f600 \\ud83d", 31) == (first.value, one.span(key).column)


def test_json_texts_may_follow_each_other_line_by_line():
    assert ([(1, [("a", "1")]), (2, [("b", "2")])], []) == compose('{"a":1}\n{"b":2}\n')


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "- " * 50_000, "{a: " * 50_000, "? " * 3_000, "a: &b [[*b]]"],
    ids=["lists", "blocks", "mappings", "keys", "cycle"],
)
def test_nesting_without_end_is_an_error_and_no_crash(text):
    found, diagnostics = compose(text)
    assert ([], ["SVC008"]) == (found, [code for code, _, _ in diagnostics])


def test_aliases_that_multiply_are_an_error():
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    assert ([], [("SVC008", 1, 1)]) == compose(text)


def test_aliases_that_nest_are_an_error():
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 300))
    assert ([], [("SVC008", 1, 1)]) == compose(text)


def test_aliases_share_what_they_repeat():
    assert ([(1, [("a", ["x"]), ("b", ["x"])])], []) == compose("a: &a [x]\nb: *a\n")


@pytest.mark.parametrize("text", ["a: *gone", "%FOO\na: 1", "a: 'b", "a: b: c", "]", "a: !<", '"\\x"', "a: &"])
def test_what_is_no_yaml_is_reported_once(text):
    assert (0, 1) == tuple(len(part) for part in compose(text))


def test_a_text_of_tiny_values_is_not_composed_whole():
    found, diagnostics = compose("[" + "a," * 200_000 + "]\n---\nb: 1\n")
    assert ([(3, [("b", "1")])], ["SVC008"]) == (found, [code for code, _, _ in diagnostics])


def test_many_directives_are_an_error():
    text = "".join(f"%TAG !a{index}! tag:a,2000:\n" for index in range(200)) + "--- a\n"
    assert ([], [("SVC008", 101, 1)]) == compose(text)


def test_a_quoted_word_is_marked_with_its_quotes_and_escapes():
    sink = Diagnostics()
    (document,) = documents(Source("a.yaml", "a: \"\\u00e9\"\nb: 'x''y'\nc: |\n  z\n"), sink)
    assert [(1, 4, 8), (2, 4, 6), (3, 4, 1)] == [document.span(value)[1:] for _, value in document.node.value]


def test_an_alias_without_anchor_is_named_and_the_usual_cause_told():
    sink = Diagnostics()
    list(documents(Source("a.yaml", "a: &web {b: 1}\n---\nc: [*web, 1]\n"), sink))
    hint = "anchors end at ---, each document has its own: put &web before it in this one"
    assert [(3, 5, "there is no anchor for the alias *web", hint)] == [
        (one.span.line, one.span.column, one.message, one.hint) for one in sink
    ]


def bomb(levels):
    first = '"a0":&a0 ["x","x","x","x","x","x","x","x","x"]'
    rest = ",".join(
        f'"a{n}":&a{n} {{{",".join(f"{chr(34)}k{k}{chr(34)}:*a{n - 1}" for k in range(9))}}}' for n in range(1, levels)
    )
    return f"{{{first},{rest}}}"


@pytest.mark.parametrize(("levels", "problems"), [(5, []), (8, [("SVC008", 1, 1)])])
def test_aliases_that_stand_right_behind_a_colon_are_bounded_too(levels, problems):
    assert problems == compose(bomb(levels))[1]


@pytest.mark.parametrize(("times", "problems"), [(10, []), (3000, [("SVC008", 1, 1)])])
def test_a_long_word_counts_as_often_as_it_is_repeated(times, problems):
    text = f"a: &a {'x' * 30_000}\nb:\n" + "- *a\n" * times
    assert problems == compose(text)[1]


def test_a_long_word_that_is_written_out_counts_nothing():
    assert [] == compose("a: &a b\nc: *a\nd:\n" + f"- {'x' * 30_000}\n" * 2500)[1]


def test_a_tab_inside_a_string_of_json_stays():
    assert [(1, [("a", "b\tc"), ("d", "e")])] == compose('{"a":\t"b\tc",\t"d": "e"}')[0]


def test_a_line_may_end_with_a_carriage_return_alone():
    assert ([(1, [("a", "1")]), (5, [("c", "3")])], [("SVC001", 4, 1)]) == compose("a: 1\r---\rb: [1\r---\rc: 3\r")
