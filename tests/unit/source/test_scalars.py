import pytest

from svcc.source.scalars import Kind, explain, plain_kind, plain_number, seeming_number, usual_number


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("cart", Kind.STRING),
        ("on", Kind.BOOLEAN),
        ("No", Kind.BOOLEAN),
        ("y", Kind.BOOLEAN),
        ("22:22", Kind.INTEGER),
        ("0x1F", Kind.INTEGER),
        ("017", Kind.INTEGER),
        ("08", Kind.FLOAT),
        ("0o17", Kind.INTEGER),
        ("-0O1_7", Kind.INTEGER),
        ("0X1F", Kind.INTEGER),
        ("0B101", Kind.INTEGER),
        ("0o8", Kind.STRING),
        ("0o", Kind.STRING),
        ("1.20", Kind.FLOAT),
        ("1e5", Kind.FLOAT),
        (".inf", Kind.FLOAT),
        ("", Kind.NULL),
        ("~", Kind.NULL),
        ("10.96.0.1", Kind.STRING),
        ("2024-01-01", Kind.STRING),
        ("-", Kind.STRING),
    ],
)
def test_an_unquoted_word_has_the_type_of_yaml_1_1(word, kind):
    assert kind == plain_kind(word)


@pytest.mark.parametrize(
    ("word", "value"),
    [("80", 80), ("-5", -5), ("017", 15), ("0o17", 15), ("-0O1_7", -15), ("0X1F", 31), ("0B11", 3), ("0x1F", 31), ("0b101", 5), ("1_000", 1000), ("0", 0), ("22:22", None), ("9" * 5000, None), ("x", None), ("٣", None)],
)  # fmt: skip
def test_an_unquoted_number_has_one_value(word, value):
    assert value == plain_number(word)


def test_surprises_are_explained():
    assert "YAML reads the unquoted 22:22 as the integer 1342 (base 60)" == explain("22:22")
    assert "YAML reads the unquoted word on as the boolean true" == explain("on")


@pytest.mark.parametrize(
    ("word", "seeming", "usual"),
    [("0100", 100, None), ("-010", -10, None), ("080", 80, None), ("0_17", 17, None), ("007", 7, 7), ("00", 0, 0), ("0", None, 0), ("0o17", None, 15), ("0x10", None, 16), ("100", None, 100), ("0" * 50, None, None)],
)  # fmt: skip
def test_a_number_with_a_leading_zero_seems_to_be_another(word, seeming, usual):
    assert (seeming, usual) == (seeming_number(word), usual_number(word))
