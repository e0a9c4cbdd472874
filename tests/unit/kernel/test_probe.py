import time

import pytest

from svcc.kernel.base import ToolFailed
from svcc.kernel.probe import demand


def test_a_probe_that_succeeds_says_nothing():
    demand("true && exit 0", 10)


def test_a_probe_that_fails_is_told_with_its_last_words_of_both_outputs():
    with pytest.raises(ToolFailed) as caught:
        demand("seq 1 9; echo no >&2; exit 3", 10)
    assert "the probe [seq 1 9; echo no >&2; exit 3] ended with status 3: 6; 7; 8; 9; no" == caught.value.message


def test_a_probe_without_words_is_told_so():
    with pytest.raises(ToolFailed, match=r"\[false\] ended with status 1, and said nothing"):
        demand("false", 10)


def test_a_probe_that_hangs_is_ended_with_all_that_it_has_started(tmp_path):
    began = time.monotonic()
    with pytest.raises(ToolFailed, match=r"did not end within 0\.3 seconds"):
        demand(f"(sleep 2; touch {tmp_path}/late) & sleep 60", 0.3)
    assert time.monotonic() - began < 2
    time.sleep(2.2)
    assert [] == list(tmp_path.iterdir())


def test_a_probe_of_many_words_is_cut_short():
    with pytest.raises(ToolFailed) as caught:
        demand(f"false {'x' * 1000}", 10)
    assert 500 > len(caught.value.message)
