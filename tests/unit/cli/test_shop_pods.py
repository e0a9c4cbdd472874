"""What the README of examples/shop-pods shows is what svcc prints."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEXTS = [(ROOT / name).read_text(encoding="utf-8") for name in ("examples/shop-pods/README.md", "README.md")]
SHOWN = [
    (command, printed)
    for text in TEXTS
    for command, printed in re.findall(
        r"^\$ svcc ([^|\n]*examples/shop-pods[^|\n]*)\n((?:(?!\$ |```).*\n)*)", text, re.MULTILINE
    )
]


def test_there_is_something_to_compare():
    assert 3 == len(SHOWN)


@pytest.mark.parametrize(("command", "printed"), SHOWN, ids=[command for command, _ in SHOWN])
def test_a_command_prints_what_is_shown(svcc, monkeypatch, command, printed):
    monkeypatch.chdir(ROOT)
    ended = svcc(*command.split())
    assert (0, printed) == (ended.code, ended.out)
