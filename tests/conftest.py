"""What holds for every test, however the tests were started."""

import signal


def pytest_configure():
    """Hear the signals that end a process again: what is started in the background, or by nohup, has inherited not to."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
