"""Real packets of the flow table through IPVS, which the stock tools alone have loaded.

IPVS deals in turn, so what the table calls a probability is an exact count: of three connections to three equal backends each gets one.
What differs from the table is named there: `in_ipvs`.
"""

import math

import pytest

from tests.flow import table
from tests.flow.table import Row
from tests.lab import flow_cluster
from tests.lab.flow_probes import answers, dealt, ending, turn, with_verdict
from tests.vm.given import given

# Every variant is walked in tests/flow; packets are sent for those that say something else to ip_vs or to the companion. Those that have the
# same virtual servers come one after the other.
NODES = (
    *("base", "mark-bits", "masquerade-all", "detect-none", "no-service-cidrs", "localhost-node-ports"),
    *("node-ports-primary", "node-ports-cidrs", "worker-2"),
)
MISS = 1e-12
"""The probability, for one backend of one probe of localhost, that chance alone hides it."""


def sent_to_backends(rows, *, sticky=False, localhost=False):
    rows = with_verdict("dnat", rows)
    return tuple(one for one in rows if (sticky, localhost) == (bool(one.expect.affinity), on_localhost(one)))


def on_localhost(row: Row) -> bool:
    """Tell whether the companion chooses, at random: IPVS sends nothing from 127.0.0.1."""
    return row.to.startswith("127.")


@pytest.fixture(scope="module", params=NODES)
def rows(request, stock):
    """The probes of a node that now stands in the lab, as IPVS must answer them."""
    made = given(f"flow-{request.param}")
    stock.load(made)
    return tuple(table.in_ipvs(row) for row in made.rows if flow_cluster.request(row, ("TCP", "UDP", "SCTP")))


def by_chance(row: Row) -> int:
    rarest = min(float(one.probability) for one in row.expect.backends)
    return 1 if rarest == 1 else math.ceil(math.log(MISS) / math.log(1 - rarest))


def test_the_kernel_holds_all_that_was_loaded(stock):
    made = given("flow-base")
    stock.load(made)
    held = stock.held()
    assert (made.state.virtuals, made.state.reals) == (held.virtuals, held.reals)


def test_every_backend_gets_its_exact_share_and_sees_the_expected_client(rows, lab):
    asked = sent_to_backends(rows)
    assert {str(row): dealt(row) for row in asked} == answers(lab, asked, turn)


def test_a_client_with_affinity_gets_one_of_the_expected_backends_every_time(rows, lab):
    asked = sent_to_backends(rows, sticky=True)
    found = answers(lab, asked, lambda _: 3)
    assert {str(row): (3, True) for row in asked} == {
        str(row): (max(found[str(row)].values()), set(found[str(row)]) <= set(dealt(row))) for row in asked
    }


def test_node_ports_on_localhost_reach_every_backend(rows, lab):
    asked = sent_to_backends(rows, localhost=True)
    assert {str(row): set(dealt(row)) for row in asked} == {
        row: set(found) for row, found in answers(lab, asked, by_chance).items()
    }


def test_what_no_backend_may_answer_is_refused_or_dropped_or_left_alone(rows, lab):
    expected, found = ending(lab, rows)
    assert expected == found
