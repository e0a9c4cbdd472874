"""What holds for every test, however the tests were started."""

import signal

import pytest
from _pytest.assertion import util

from tests.lab.points import TRIED


def pytest_configure():
    """Hear the signals that end a process again: what is started in the background, or by nohup, has inherited not to."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Let only those hear of passing assertions who compare golden files.

    pytest-golden asks for it, and pytest then puts every assertion into words, hypothesis's own too: 20 times slower than the test itself.
    """
    if "golden" in item.fixturenames:
        return (yield)
    listening, util._assertion_pass = util._assertion_pass, None
    try:
        return (yield)
    finally:
        util._assertion_pass = listening


def pytest_terminal_summary(terminalreporter):
    """Say at how many points svcc was made to fail, or was killed."""
    if TRIED:
        every = ", ".join(f"{how} {number}" for how, number in sorted(TRIED.items()))
        terminalreporter.write_line(f"fault points tried: {sum(TRIED.values())} ({every})")
