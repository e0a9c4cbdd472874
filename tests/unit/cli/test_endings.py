import pytest

from svcc.cli import main


@pytest.mark.parametrize(("ended", "code"), [(SystemExit(1), 141), (SystemExit(0), 0), (BrokenPipeError(), 141)])
def test_a_cut_off_output_and_a_signal_after_the_end_are_told_apart(monkeypatch, ended, code):
    def end(*_, **__):
        raise ended

    monkeypatch.setattr(main.cli, "main", end)
    monkeypatch.setattr(main.os, "dup2", lambda *_: None)
    assert code == main.run([])
