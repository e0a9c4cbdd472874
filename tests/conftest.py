"""What holds for every test, however the tests were started."""

import signal

from tests.lab.points import TRIED


def pytest_configure():
    """Hear the signals that end a process again: what is started in the background, or by nohup, has inherited not to."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_terminal_summary(terminalreporter):
    """Say at how many points svcc was made to fail, or was killed."""
    if TRIED:
        every = ", ".join(f"{how} {number}" for how, number in sorted(TRIED.items()))
        terminalreporter.write_line(f"fault points tried: {sum(TRIED.values())} ({every})")
