"""Keep tests of many cases fast.

pytest-golden listens to passing assertions, and pytest rewrites hypothesis's own for it: each of the many thousand asserts in
there would be put into words, 20 times slower than the test itself. Golden files are not compared here, so nobody listens.
"""

import pytest
from _pytest.assertion import util


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call():
    listening, util._assertion_pass = util._assertion_pass, None
    try:
        return (yield)
    finally:
        util._assertion_pass = listening
