import pytest

from svcc.source.scalars import Kind, explain, plain_kind, plain_number


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
    [("80", 80), ("-5", -5), ("017", 15), ("0x1F", 31), ("0b101", 5), ("1_000", 1000), ("0", 0), ("22:22", None), ("9" * 5000, None), ("x", None), ("٣", None)],
)  # fmt: skip
def test_an_unquoted_number_has_one_value(word, value):
    assert value == plain_number(word)


def test_surprises_are_explained():
    assert "YAML reads the unquoted 22:22 as the integer 1342 (base 60)" == explain("22:22")
    assert "YAML reads the unquoted word on as the boolean true" == explain("on")
