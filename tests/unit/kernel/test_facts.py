import pytest

from svcc.kernel.facts import port_ranges


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("32768\t60999", (range(32768, 61000),)),
        ("8080,9148-9150", (range(8080, 8081), range(9148, 9151))),
        ("", ()),
        (None, ()),
    ],
)
def test_port_ranges_are_read_as_the_kernel_writes_them(text, expected):
    assert expected == port_ranges(text)
