import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from svcc.diag import Diagnostics, Source
from svcc.source.cursor import Cursor
from svcc.source.document import documents
from svcc.source.plain import json_list, json_text, plain, yaml_text

# What YAML can hold unescaped or escaped, and the words that it takes for something else.
WORDS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    st.sampled_from(
        [
            "on",
            "y",
            "N",
            "22:22",
            "0x10",
            "1_000",
            "1e3",
            ".5",
            "~",
            "null",
            "",
            "=",
            "<<",
            "2024-01-01",
            "0o17",
            "0X1F",
            "1_e3",
        ]
    ),
    st.from_regex(r"[-+]?[0-9_.:eE]{1,12}", fullmatch=True),
)
NUMBERS = st.integers(-(10**30), 10**30)
SCALARS = st.one_of(WORDS, NUMBERS, st.booleans(), st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)


def read(text, sink=None):
    (document,) = documents(Source("a.yaml", text), sink or Diagnostics())
    return plain(Cursor(document, document.node, sink or Diagnostics()), document.node)


@given(VALUES)
def test_what_is_written_reads_back_as_the_same_value(value):
    held = {"key": value}
    text = yaml_text(held)
    assert held == read(text)
    assert text == yaml_text(read(text))


@given(VALUES)
def test_what_is_written_is_the_same_to_every_reader_of_yaml(value):
    assert {"key": value} == yaml.safe_load(yaml_text({"key": value}))


def test_values_are_what_yaml_1_1_makes_of_words():
    text = "{a: 0x50, b: 010, c: yes, d: 1.5, e: ~, f: '80', g: 2024-01-01, h: .inf, i: [1, {}], j: !!str 5}"
    assert {
        "a": 80, "b": 8, "c": True, "d": 1.5, "f": "80", "g": "2024-01-01", "h": ".inf", "i": [1, {}], "j": "5",
    } == read(text)  # fmt: skip


def test_merge_keys_and_aliases_are_expanded():
    text = "{a: &x {p: 1, q: 2}, b: {<<: *x, q: 3}, c: *x}"
    assert {"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3}, "c": {"p": 1, "q": 2}} == read(text)
    assert "*" not in yaml_text(read(text))


def test_a_null_with_a_tag_is_left_out_like_any_other():
    assert {"d": "", "e": "~"} == read("{a: !!null '', b: !, c: ~, d: !!str, e: '~'}")


def test_mistakes_go_to_the_sink():
    sink = Diagnostics()
    read("{a: 1, a: 2}", sink)
    assert ["SVC002"] == [one.code for one in sink]


def test_a_list_of_objects_is_one_json_text():
    texts = (json_text({"name": name}) for name in ("a", "ü\n"))
    held = json.loads("".join(json_list(texts)))
    assert ("List", ["a", "ü\n"]) == (held["kind"], [one["name"] for one in held["items"]])
    assert [] == json.loads("".join(json_list(())))["items"]


@given(VALUES)
def test_what_is_written_is_made_of_printable_lines(value):
    text = yaml_text({"key": value})
    assert all(line.isprintable() for line in text.split("\n"))
    assert json_text(value).isprintable()


def test_what_a_terminal_would_obey_is_an_escape():
    assert 'a: "\\u202Eb"\n' == yaml_text({"a": "\u202eb"})
    assert '"\\u009b31m"' == json_text("\x9b31m")
    assert '"日本"' == json_text("日本")


@pytest.mark.parametrize(
    "word",
    [
        "0o17", "-0o17", "0O17", "0x1F", "0X1F", "0b1", "+0B1", "017", "08", "1_000", "0_b1", "0_o17", "1e_3", "1e3_",
        ".5", "-.5", "1.", "1e3", "1_0.5_0", "+.inf", "-.INF", ".nan", ".NaN", "22:22", "1:30.5",
        "~", "null", "Null", "true", "TRUE", "yes", "No", "y", "N", "on", "off", "=", "<<", "",
        "2001-01-01", "2001-1-1", "2001-1-1 1:2:3", "2001-01-01T00:00:00Z", "2001-1-1t1:2:3.5Z",
    ],
)  # fmt: skip
def test_a_string_that_some_reader_of_yaml_takes_for_something_else_is_quoted(word):
    assert f"{word}: {word}\n" != yaml_text({word: word})
    assert {f'"{word}"', f"'{word}'"} >= {yaml_text(word).strip()}


@pytest.mark.parametrize(
    "word", ["cart", "10.96.0.10", "fd00::1", "v1", "1.2.3", "_1", "a_b", "0o8", "0x", "nan", "2001-01"]
)
def test_a_string_to_every_reader_of_yaml_is_not_quoted(word):
    assert f"{word}\n" == yaml_text(word)
