"""A short run of the fuzzer in every run of the tests: the same cases each time, and some that hypothesis thinks of."""

import signal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.case import Case
from tests.fuzz.mutate import Mutator
from tests.fuzz.run import case_of
from tests.fuzz.seeds import seeds
from tests.fuzz.watch import ring, watched
from tests.fuzz.words import HOSTILE, TOKENS

SEED, BATCHES, BATCH = 2024, 10, 300


@pytest.fixture(scope="module")
def mutator():
    return Mutator(seeds())


@pytest.fixture(autouse=True)
def watchdog():
    before = signal.signal(signal.SIGPROF, ring)
    yield
    signal.signal(signal.SIGPROF, before)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_case_of_a_short_run_breaks_a_promise(batch, mutator):
    found = []
    for index in range(batch * BATCH, (batch + 1) * BATCH):
        case = case_of(mutator, SEED, index)
        find = watched(case).find
        if find:
            found.append((index, find.place, case))
    assert [] == found


def test_many_cases_come_as_far_as_the_rules(mutator):
    ends = [watched(case_of(mutator, SEED, index)).how for index in range(BATCH)]
    assert ends.count("compiled") > BATCH // 20
    assert ends.count("stopped") > BATCH // 4


def test_a_case_depends_on_its_seed_and_number_alone(mutator):
    again = Mutator(seeds())
    assert [case_of(mutator, 1, index) for index in range(50)] == [case_of(again, 1, index) for index in range(50)]
    assert case_of(mutator, 1, 7) != case_of(mutator, 2, 7)
    assert mutator.case(Random(5)) == mutator.case(Random(5))


PIECES = st.one_of(
    st.sampled_from(TOKENS),
    st.sampled_from(HOSTILE).map(lambda word: word.encode(errors="replace")),
    st.sampled_from(
        (
            b"apiVersion: v1\n",
            b"kind: Service\n",
            b"metadata: {name: a}\n",
            b"spec:\n",
            b"  ports:\n",
            b"  - port: 80\n",
        )
    ),
    st.binary(max_size=8),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, max_size=12))
def test_no_text_made_of_pieces_of_yaml_breaks_a_promise(pieces):
    assert watched(Case(b"".join(pieces))).find is None
