"""What every iptables subsystem keeps to: the one in memory and both real backends."""

import pytest
from skeleton import WANT

from svcc.emit.iptables.ruleset import Chain, IptablesRuleset
from svcc.kernel.backend import Backend
from svcc.kernel.base import CommitError
from svcc.kernel.fake import FakeIptables
from svcc.kernel.iptables import Iptables
from svcc.net import Family

V4 = Family.IPV4
EMPTY = {family: IptablesRuleset(family) for family in Family}
FOREIGN = """\
*nat
:HOST - [0:0]
-A PREROUTING -j HOST
-A HOST -j ACCEPT
COMMIT
"""


@pytest.fixture(params=["fake", "nft", "legacy"])
def rules(request):
    """Give one subsystem; the real ones inside a namespace of the test."""
    if request.param == "fake":
        return FakeIptables()
    request.getfixturevalue("namespace")
    return Iptables(Backend(request.param))


def commit(rules, want):
    changes = rules.plan(rules.snapshot(), want)
    rules.check(changes)
    rules.commit(changes)
    assert rules.reread(changes) == ()
    return changes


def of(text_by_table):
    tables = {
        table: {name: Chain(tuple(lines)) for name, lines in chains.items()} for table, chains in text_by_table.items()
    }
    return {**EMPTY, V4: IptablesRuleset(V4, tables)}


pytestmark = pytest.mark.kernel


def test_what_was_committed_is_what_is_read_back(rules):
    commit(rules, WANT)
    assert rules.snapshot() == WANT
    assert rules.plan(rules.snapshot(), WANT) == ()


def test_the_empty_ruleset_removes_everything(rules):
    commit(rules, WANT)
    commit(rules, EMPTY)
    assert rules.snapshot() == EMPTY


def test_chains_that_refer_to_one_another_are_replaced_and_removed_in_one_transaction(rules):
    commit(rules, of({"nat": {"PREROUTING": ["-j SVCC-A"], "SVCC-A": ["-g SVCC-B"], "SVCC-B": ["-j RETURN"]}}))
    want = of({"nat": {"PREROUTING": ["-j SVCC-C"], "SVCC-C": ["-g SVCC-B"], "SVCC-B": ["-j ACCEPT"]}})
    commit(rules, want)
    assert rules.snapshot() == want


def test_an_empty_chain_of_ours_is_created_and_deleted(rules):
    want = of({"nat": {"SVCC-A": []}})
    commit(rules, want)
    assert rules.snapshot() == want
    commit(rules, EMPTY)
    assert rules.snapshot() == EMPTY


def test_several_jumps_keep_their_order_and_number(rules):
    commit(rules, of({"nat": {"OUTPUT": ["-j SVCC-B", "-j SVCC-A", "-j SVCC-A"], "SVCC-A": [], "SVCC-B": []}}))
    want = of({"nat": {"OUTPUT": ["-j SVCC-A", "-j SVCC-B"], "SVCC-A": [], "SVCC-B": []}})
    commit(rules, want)
    assert rules.snapshot() == want


def test_a_jump_to_a_chain_that_is_not_there_leaves_the_table_as_it_was(rules):
    start = of({"nat": {"SVCC-A": ["-j ACCEPT"]}})
    commit(rules, start)
    changes = rules.plan(start, of({"nat": {"SVCC-A": ["-j SVCC-MISSING"]}}))
    with pytest.raises(CommitError) as caught:
        rules.commit(changes)
    assert (caught.value.done, caught.value.of) == (0, 1)
    assert rules.snapshot() == start


def test_a_chain_that_others_refer_to_cannot_be_removed(rules):
    start = of({"nat": {"SVCC-A": ["-g SVCC-B"], "SVCC-B": ["-j ACCEPT"]}})
    commit(rules, start)
    changes = rules.plan(of({"nat": {"SVCC-B": ["-j ACCEPT"]}}), EMPTY)
    with pytest.raises(CommitError):
        rules.commit(changes)
    assert rules.snapshot() == start


def test_removing_a_jump_that_is_gone_already_leaves_the_table_as_it_was(rules):
    start = of({"nat": {"OUTPUT": ["-j SVCC-A"], "SVCC-A": ["-j ACCEPT"]}})
    commit(rules, start)
    changes = rules.plan(of({"nat": {"OUTPUT": ["-j SVCC-A", "-j SVCC-A"], "SVCC-A": ["-j ACCEPT"]}}), EMPTY)
    with pytest.raises(CommitError):
        rules.commit(changes)
    assert rules.snapshot() == start


def test_an_earlier_table_stays_changed_when_a_later_one_fails(rules):
    want = of({"filter": {"SVCC-A": ["-j ACCEPT"]}, "nat": {"SVCC-B": ["-j SVCC-MISSING"]}})
    with pytest.raises(CommitError):
        rules.commit(rules.plan(EMPTY, want))
    assert rules.snapshot()[V4].tables.keys() <= {"filter"}


def test_reading_again_shows_what_is_still_to_change(rules):
    commit(rules, of({"nat": {"SVCC-A": ["-j ACCEPT"]}}))
    changes = rules.plan(rules.snapshot(), of({"nat": {"SVCC-A": ["-j RETURN"], "SVCC-B": []}}))
    assert [one.key for one in rules.reread(changes)] == ["IPv4 nat SVCC-A", "IPv4 nat SVCC-B"]
