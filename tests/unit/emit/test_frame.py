"""Frames: headers around text, and nothing decided in them."""

import pytest
from jinja2 import UndefinedError

from svcc.emit.frame import frame

WORDS = {"version": "1.2.3", "services": 4, "family": "IPv4", "tool": "iptables-restore"}


def test_a_frame_says_what_the_text_is_and_keeps_it_as_it_is():
    text = '*nat\n-A X -m comment --comment "a & <b>"\nCOMMIT\n'
    assert frame("iptables.rules", **WORDS, rules=text) == (
        "# Made by svcc 1.2.3 from 4 Services: IPv4. Do not edit; compile again.\n"
        "# Load it where svcc has no rules yet, with: iptables-restore --noflush\n" + text
    )


def test_a_missing_word_is_an_error():
    with pytest.raises(UndefinedError):
        frame("iptables.rules", **WORDS)


def test_a_frame_ends_with_one_newline():
    empty = frame("iptables.rules", **WORDS, rules="")
    assert (True, False) == (empty.endswith("\n"), empty.endswith("\n\n"))
