"""Past finds stay mended: each file of the corpus goes through everything once more."""

import pytest

from tests.fuzz.case import CORPUS, Case, read_case, write_case
from tests.fuzz.oracles import judge


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_past_find_keeps_every_promise(path):
    assert judge(read_case(path)).how in ("unread", "stopped", "refused", "compiled")


@pytest.mark.parametrize(
    "case",
    [
        Case(b"a: 1\n", "kind: NodeConfig\n", "kind: Lock\n"),
        Case(b"\xff\0=== config\n", "=== lock\n", "\u202e", "a\nb\udcff"),
        Case("日本\r\n".encode(), "no line break at the end"),
    ],
)
def test_a_case_is_written_and_read_as_it_is(case, tmp_path):
    write_case(case, tmp_path / "case.txt", "a comment\nof two lines")
    assert case == read_case(tmp_path / "case.txt")
