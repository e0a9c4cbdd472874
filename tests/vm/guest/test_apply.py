"""`svcc apply --mode ipvs` on the kernel that it is for: what it puts there, its second thoughts, and what it leaves behind."""

import pytest

from tests.flow.table import CONFIG
from tests.lab import flow_cluster
from tests.lab.flow_probes import answers, dealt, ending, turn, with_verdict
from tests.lab.namespaces import NODE
from tests.vm.given import FEW, given


@pytest.fixture(scope="module")
def applied(stock, svcc):
    stock.clear()
    svcc.apply(FEW, CONFIG)
    yield svcc
    stock.clear()


@pytest.fixture(scope="module")
def rows():
    return tuple(one for one in given("few").rows if flow_cluster.request(one, ("TCP", "UDP", "SCTP")))


def test_the_kernel_holds_what_the_stock_tools_would_have_loaded(applied, stock):
    state, held = given("few").state, stock.held()
    assert (state.virtuals, state.reals) == (held.virtuals, held.reals)


def test_every_probe_goes_where_the_table_says(applied, lab, rows):
    asked = with_verdict("dnat", rows)
    assert {str(row): dealt(row) for row in asked} == answers(lab, asked, turn)
    expected, found = ending(lab, rows)
    assert expected == found


def test_applying_again_changes_nothing(applied):
    assert applied.plan_is_empty(FEW, CONFIG)


def test_clean_leaves_nothing_of_ours(applied, lab):
    applied.clean()
    assert "" == applied.saved(NODE)
    assert "svcc0" not in lab.run(NODE, "ip", "-oneline", "link")
