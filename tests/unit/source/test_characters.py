import pytest

from svcc.diag import Diagnostics, Full
from svcc.source.document import documents
from svcc.source.files import decode_text


def read(content):
    """Return the documents, each with its first line, and the place and message of each diagnostic."""
    sink = Diagnostics()
    source = decode_text("a.yaml", content, sink)
    found = [(one.span(one.node).line, pairs(one.node)) for one in documents(source, sink)] if source else []
    return found, [(one.code, one.span.line, one.span.column, one.message) for one in sink]


def pairs(node):
    return {key.value: value.value for key, value in node.value}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (b"\0", "the control character U+0000 is not allowed in YAML"),
        (b"\x1b", "the control character U+001B is not allowed in YAML"),
        (b"\x7f", "the control character U+007F is not allowed in YAML"),
        (b"\xff", "byte 0xff is not UTF-8"),
        (b"\xed\xa0\x80", "byte 0xed is not UTF-8"),
        ("\ufffe".encode(), "the control character U+FFFE is not allowed in YAML"),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_only_the_document_with_a_wrong_character_is_lost(bad, message, end):
    text = end.join((b"a: 1", b"---", "é: é".encode() + bad + b"x" + bad, b"more: 2", b"---", b"c: 3", b""))
    assert ([(1, {"a": "1"}), (6, {"c": "3"})], [("SVC007", 3, 5, message)]) == read(text)


def test_each_broken_document_is_told_once_at_its_first_wrong_character():
    text = b"a: \0\0\n---\nb: 1\n--- {c: \xff}\n---\nd: 2\n---\ne: \x01\n"
    found, told = read(text)
    assert [(3, {"b": "1"}), (6, {"d": "2"})] == found
    assert [(1, 4), (4, 9), (8, 4)] == [(line, column) for _, line, column, _ in told]


def test_directives_before_a_broken_document_are_no_mistake():
    assert ([(5, {"b": "1"})], [3]) == (
        (found := read(b"%YAML 1.1\n---\na: \0\n---\nb: 1\n"))[0],
        [line for _, line, _, _ in found[1]],
    )


def test_a_file_without_any_other_document_is_left_out():
    sink = Diagnostics()
    assert [None] * 3 == [decode_text("a.yaml", text, sink) for text in (b"\0", b"---\na: \0\n", b"---\n\xff\n---\n")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "between", ["---,\ufeff", "\ufeff---", "\ufeff---,\ufeff", "---,# a,,\ufeff", "---,\ufeff,\ufeff"]
)
def test_a_byte_order_mark_may_begin_every_document(between, end):
    text = end.join(("a: 1", *between.split(","), "")).removesuffix(end)
    text += (end if text.endswith("-") else "") + end.join(("b: 2", "c: 3", ""))
    found, told = read(text.encode())
    assert ([{"a": "1"}, {"b": "2", "c": "3"}], []) == ([held for _, held in found], told)
    assert text.count("\n", 0, text.index("b:")) + 1 == found[1][0]


def test_a_byte_order_mark_inside_of_a_document_is_told_and_the_others_are_read():
    text = "a: 1\n---\nb: 2\n\ufeffa: 3\n---\nc: 4\n"
    message = "a byte order mark inside of a document: another file begins here"
    assert ([(1, {"a": "1"}), (6, {"c": "4"})], [("SVC007", 4, 1, message)]) == read(text.encode())


def test_a_byte_order_mark_inside_of_a_word_is_a_character_of_it():
    assert ([(1, {"a": "\ufeffb"})], []) == read("a: '\ufeffb'\n".encode())


def test_garbage_without_end_is_told_ten_thousand_times_at_most():
    with pytest.raises(Full):
        read(b"\0\n---\n" * 10_002)


def test_the_line_is_shown_as_it_is_written():
    sink = Diagnostics()
    decode_text("a.yaml", b"a: 1\n---\nb: \xffx\n", sink)
    assert ["a: 1\n---\nb: \ufffdx\n"] == [one.span.source.text for one in sink]
