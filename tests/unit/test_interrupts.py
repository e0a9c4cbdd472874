import signal
import threading
from types import SimpleNamespace

import pytest

from svcc.cli import cmd_apply
from svcc.interrupts import Interrupts, put_back


def test_the_first_signal_is_raised_and_the_second_is_not_heard():
    with Interrupts():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)


def test_when_everything_is_done_a_signal_ends_the_process_as_done_also_behind_the_block():
    before = signal.getsignal(signal.SIGTERM)
    with put_back():
        with Interrupts() as signals:
            signals.ignore()
            signal.raise_signal(signal.SIGINT)
            signals.finish()
            with pytest.raises(SystemExit) as ended:
                signal.raise_signal(signal.SIGTERM)
        assert 0 == ended.value.code
        with pytest.raises(SystemExit):
            signal.raise_signal(signal.SIGTERM)
    assert before == signal.getsignal(signal.SIGTERM)


def test_a_signal_that_was_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts():
            signal.raise_signal(signal.SIGHUP)
            assert signal.SIG_IGN == signal.getsignal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_another_thread_changes_nothing():
    seen = []

    def work():
        with Interrupts():
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [before] == seen


def test_a_signal_whose_exception_python_drops_is_sent_again():
    class Watched:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    with Interrupts():
        one = Watched()
        del one
        with pytest.raises(KeyboardInterrupt):
            threading.Event().wait(10)


def test_a_signal_while_an_apply_waits_for_connections_to_end_is_no_success(monkeypatch):
    waiting = SimpleNamespace(wanted=None, look=lambda: SimpleNamespace(draining=lambda _: (1, 1)))
    monkeypatch.setattr(cmd_apply.time, "sleep", lambda _: signal.raise_signal(signal.SIGTERM))
    with put_back():
        with Interrupts() as signals:
            signals.finish()
        with pytest.raises(KeyboardInterrupt):
            cmd_apply._drain(waiting, 60.0)
