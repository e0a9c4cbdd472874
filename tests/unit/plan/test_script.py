import pytest

from svcc.emit.iptables.ruleset import Chain, IptablesRuleset
from svcc.net import Family
from svcc.plan.change import Action, Change, ChangeReason
from svcc.plan.diff import diff
from svcc.plan.iptables import script

V4 = Family.IPV4


def ruleset(**tables):
    return IptablesRuleset(
        V4, {table: {name: Chain(tuple(rules)) for name, rules in chains.items()} for table, chains in tables.items()}
    )


def written(live, want, bulk=None):
    return script(diff(live, want), V4, bulk).splitlines()


def change(kind, key, before, after):
    return Change(Action.UPDATE, "iptables", kind, key, before, after, ChangeReason.DIFFERS)


def test_no_changes_are_an_empty_script():
    assert script((), V4) == ""


def test_changes_of_the_other_family_are_left_out():
    assert script(diff(ruleset(), ruleset(nat={"SVCC-A": ["x"]})), Family.IPV6) == ""


def test_only_the_chain_that_differs_is_written_and_whole():
    live = ruleset(nat={"SVCC-A": ["x"], "SVCC-B": ["y"]})
    want = ruleset(nat={"SVCC-A": ["x", "z"], "SVCC-B": ["y"]})
    assert written(live, want) == ["*nat", ":SVCC-A - [0:0]", "-A SVCC-A x", "-A SVCC-A z", "COMMIT"]


def test_jumps_are_inserted_at_the_top_in_their_order():
    want = ruleset(nat={"OUTPUT": ["-j SVCC-A", "-j SVCC-B"], "SVCC-A": [], "SVCC-B": []})
    assert written(ruleset(), want) == [
        "*nat",
        ":SVCC-A - [0:0]",
        ":SVCC-B - [0:0]",
        "-I OUTPUT 1 -j SVCC-A",
        "-I OUTPUT 2 -j SVCC-B",
        "COMMIT",
    ]


def test_a_repeated_jump_is_taken_out_and_put_back_once():
    live = ruleset(nat={"OUTPUT": ["-j SVCC-A", "-j SVCC-A"], "SVCC-A": []})
    want = ruleset(nat={"OUTPUT": ["-j SVCC-A"], "SVCC-A": []})
    assert written(live, want) == [
        "*nat",
        "-D OUTPUT -j SVCC-A",
        "-D OUTPUT -j SVCC-A",
        "-I OUTPUT 1 -j SVCC-A",
        "COMMIT",
    ]


def test_a_chain_goes_only_after_it_is_empty_and_nothing_refers_to_it():
    live = ruleset(nat={"OUTPUT": ["-j SVCC-A"], "SVCC-A": ["-g SVCC-B"], "SVCC-B": ["x"]})
    assert written(live, ruleset()) == [
        "*nat",
        ":SVCC-A - [0:0]",
        ":SVCC-B - [0:0]",
        "-D OUTPUT -j SVCC-A",
        "-X SVCC-A",
        "-X SVCC-B",
        "COMMIT",
    ]


def test_verdicts_are_acted_on_before_they_are_set():
    want = ruleset(nat={"SVCC-A": []}, filter={"SVCC-V": []}, raw={"SVCC-G": []})
    assert [line for line in written(ruleset(), want) if line[0] == "*"] == ["*raw", "*filter", "*nat"]


def test_when_all_goes_verdicts_are_set_no_more_before_they_are_ignored():
    live = ruleset(nat={"SVCC-A": []}, filter={"SVCC-V": []}, raw={"SVCC-G": []})
    assert [line for line in written(live, ruleset()) if line[0] == "*"] == ["*nat", "*filter", "*raw"]


def test_a_new_table_of_many_chains_begins_with_a_listing():
    want = ruleset(nat={"OUTPUT": ["-j SVCC-A"], "SVCC-A": ["-g SVCC-B"], "SVCC-B": ["x"]})
    assert written(ruleset(), want, bulk=1) == [
        "*nat",
        ":OUTPUT - [0:0]",
        "-S",
        ":SVCC-A - [0:0]",
        ":SVCC-B - [0:0]",
        "-A SVCC-A -g SVCC-B",
        "-A SVCC-B x",
        "-I OUTPUT 1 -j SVCC-A",
        "COMMIT",
    ]


def test_a_table_that_holds_rules_of_ours_is_never_listed_by_a_script():
    live = ruleset(nat={"OUTPUT": ["-j SVCC-A"], "SVCC-A": ["x"]})
    want = ruleset(nat={"OUTPUT": ["-j SVCC-A"], "SVCC-A": ["-g SVCC-B"], "SVCC-B": ["x"]})
    assert written(live, want, bulk=0) == written(live, want)
    assert written(live, ruleset(), bulk=0) == written(live, ruleset())


def test_chains_up_to_the_bound_make_no_listing():
    want = ruleset(nat={"OUTPUT": ["-j SVCC-A"], "SVCC-A": ["x"]})
    assert written(ruleset(), want, bulk=1) == written(ruleset(), want)


@pytest.mark.parametrize(
    "wrong",
    [
        change("chain", "IPv4 nat PREROUTING", ("x",), None),
        change("chain", "IPv4 nat KUBE-SERVICES", ("x",), ()),
        change("jump", "IPv4 nat SVCC-A", ("-j SVCC-B",), None),
        change("jump", "IPv4 nat PREROUTING", ("-j ACCEPT",), None),
        change("jump", "IPv4 nat PREROUTING", ("-j SVCC-A", "-j KUBE-SERVICES"), ("-j SVCC-A",)),
        change("sysctl", "IPv4 nat SVCC-A", ("0",), ("1",)),
    ],
)
def test_what_is_not_ours_can_never_be_written(wrong):
    with pytest.raises(AssertionError, match="bug in svcc"):
        script([wrong], V4)
