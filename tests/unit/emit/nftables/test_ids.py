"""Numbers of pools and endpoints: their own, whoever else is there."""

import pytest

from svcc.emit.nftables import ids
from svcc.emit.nftables.ids import MASK, MEMBERS, POOLS, classid, numbers


def test_a_number_does_not_depend_on_who_else_is_there():
    alone = numbers(POOLS, ["shop/cart"])
    assert alone["shop/cart"] == numbers(POOLS, [f"shop/{index}" for index in range(99)] + ["shop/cart"])["shop/cart"]


def test_all_numbers_are_told_from_other_priorities_by_one_mask():
    found = [*numbers(POOLS, map(str, range(500))).values(), *numbers(MEMBERS, map(str, range(500))).values()]
    assert {POOLS << 24} == {one & MASK for one in found}
    assert len(found) == len(set(found))


def test_names_that_meet_all_leave_the_number_that_they_would_share(monkeypatch):
    monkeypatch.setattr(ids, "_hash", lambda name, round_: 7 if round_ == 0 and name in "ab" else 100 + ord(name))
    alone, both = numbers(MEMBERS, ["a"]), numbers(MEMBERS, ["a", "b"])
    assert MEMBERS << 24 | 7 == alone["a"]
    assert {MEMBERS + 1} == {one >> 24 for one in both.values()}


def test_names_that_nothing_tells_apart_are_an_error(monkeypatch):
    monkeypatch.setattr(ids, "_hash", lambda *_: 7)
    with pytest.raises(ValueError, match="no numbers for a, b"):
        numbers(POOLS, ["a", "b"])


@pytest.mark.parametrize(("number", "text"), [(0x58000000, "5800:0"), (0x5C9B0044, "5c9b:44")])
def test_a_number_is_printed_as_nft_prints_priorities(number, text):
    assert text == classid(number)
