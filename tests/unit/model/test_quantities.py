from decimal import Decimal

import pytest

from svcc.model.quantities import amount, is_one_unit, is_quantity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("100m", "0.1"),
        ("+.5", "0.5"),
        ("1.5Gi", "1610612736"),
        ("-5E", "-5e18"),
        ("5e3", "5000"),
        ("1E", "1e18"),
        ("1E3", "1000"),
        ("0.1n", "1e-9"),
        ("-0.1n", "-1e-9"),
        ("9Ei", "9223372036854775807"),
        ("-1e1000000", "-9223372036854775807"),
        ("1e-99999999999999999999", "1e-9"),
        ("1e99999999999999999999", "9223372036854775807"),
        ("9" * 100_000, "9223372036854775807"),
    ],
)
def test_a_quantity_amounts_to_a_number_that_is_bounded(text, value):
    assert Decimal(value) == amount(text)


@pytest.mark.parametrize("text", ["", "m", "64MB", "1 Gi", "1Ki3", "1e", "0x10", "\u0661"])
def test_what_is_no_quantity_amounts_to_nothing(text):
    assert amount(text) is None
    assert not is_quantity(text)


def test_a_unit_is_a_power_that_says_so():
    assert ["1", "1k", "1000", "1Ki", "1024Ki", "1Ei"] == [
        one for one in ("1", "1k", "1000", "1024", "1Ki", "1024Ki", "1e3", "1m", "2Ki", "1Ei", "x") if is_one_unit(one)
    ]
