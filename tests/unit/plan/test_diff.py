from svcc.diag import Source, Span
from svcc.emit.iptables.ruleset import Chain, IptablesRuleset
from svcc.net import Family
from svcc.plan.change import Action, ChangeReason
from svcc.plan.diff import diff, key_of, place_of


def ruleset(family=Family.IPV4, **tables):
    return IptablesRuleset(
        family,
        {table: {name: Chain(tuple(rules)) for name, rules in chains.items()} for table, chains in tables.items()},
    )


def brief(changes):
    return [(one.action, one.kind, one.key, one.before, one.after, one.reason) for one in changes]


def test_equal_rulesets_do_not_differ():
    one = ruleset(nat={"SVCC-A": ["x"], "OUTPUT": ["-j SVCC-A"]})
    assert diff(one, one) == ()


def test_origins_do_not_count():
    span = Span(Source("web.yaml"), 4, 1)
    live = IptablesRuleset(Family.IPV4, {"nat": {"SVCC-A": Chain(("x",))}})
    want = IptablesRuleset(Family.IPV4, {"nat": {"SVCC-A": Chain(("x",), (span,))}})
    assert diff(live, want) == ()


def test_a_missing_chain_is_created_with_its_origin():
    span = Span(Source("web.yaml"), 4, 1)
    want = IptablesRuleset(Family.IPV4, {"nat": {"SVCC-A": Chain(("x", "y"), (None, span))}})
    (change,) = diff(ruleset(), want)
    assert brief([change]) == [
        (Action.CREATE, "chain", "IPv4 nat SVCC-A", None, ("x", "y"), ChangeReason.MISSING),
    ]
    assert change.origin == span


def test_an_empty_chain_of_ours_is_an_object_like_any_other():
    assert brief(diff(ruleset(), ruleset(nat={"SVCC-A": []}))) == [
        (Action.CREATE, "chain", "IPv4 nat SVCC-A", None, (), ChangeReason.MISSING)
    ]


def test_the_order_of_rules_counts():
    assert brief(diff(ruleset(nat={"SVCC-A": ["x", "y"]}), ruleset(nat={"SVCC-A": ["y", "x"]}))) == [
        (Action.UPDATE, "chain", "IPv4 nat SVCC-A", ("x", "y"), ("y", "x"), ChangeReason.DIFFERS)
    ]


def test_a_chain_that_nothing_asks_for_is_deleted():
    assert brief(diff(ruleset(nat={"SVCC-A": ["x"]}), ruleset())) == [
        (Action.DELETE, "chain", "IPv4 nat SVCC-A", ("x",), None, ChangeReason.UNWANTED)
    ]


def test_a_missing_jump_is_created():
    assert brief(diff(ruleset(), ruleset(nat={"OUTPUT": ["-j SVCC-A"]}))) == [
        (Action.CREATE, "jump", "IPv4 nat OUTPUT", None, ("-j SVCC-A",), ChangeReason.MISSING)
    ]


def test_a_jump_that_stands_there_twice_is_repeated():
    live = ruleset(nat={"OUTPUT": ["-j SVCC-A", "-j SVCC-A"]})
    assert brief(diff(live, ruleset(nat={"OUTPUT": ["-j SVCC-A"]}))) == [
        (
            Action.UPDATE,
            "jump",
            "IPv4 nat OUTPUT",
            ("-j SVCC-A", "-j SVCC-A"),
            ("-j SVCC-A",),
            ChangeReason.REPEATED,
        )
    ]


def test_a_foreign_chain_without_jumps_to_us_is_none_of_our_business():
    assert diff(ruleset(nat={"OUTPUT": []}), ruleset()) == ()
    assert diff(ruleset(), ruleset(nat={"OUTPUT": []})) == ()


def test_changes_come_by_table_in_commit_order_and_then_by_chain():
    want = ruleset(nat={"SVCC-B": [], "SVCC-A": [], "OUTPUT": ["-j SVCC-A"]}, filter={"SVCC-V": []}, raw={"SVCC-G": []})
    assert [one.key for one in diff(ruleset(), want)] == [
        "IPv4 raw SVCC-G",
        "IPv4 filter SVCC-V",
        "IPv4 nat OUTPUT",
        "IPv4 nat SVCC-A",
        "IPv4 nat SVCC-B",
    ]


def test_a_chain_whose_comments_name_one_service_belongs_to_it():
    rules = ['-p tcp -m comment --comment "shop/cart:http" -j DNAT --to-destination 10.0.0.1:80', "-j RETURN"]
    (change,) = diff(ruleset(), ruleset(nat={"SVCC-SVC-A": rules}))
    assert change.service == "shop/cart:http"


def test_a_shared_chain_belongs_to_no_service_even_when_it_names_one():
    rules = ['-d 10.96.0.1/32 -m comment --comment "shop/cart:http" -g SVCC-REFUSE', "-d 10.96.0.2/32 -g SVCC-SVC-B"]
    (change,) = diff(ruleset(), ruleset(nat={"SVCC-T-10.96.0.0-16": rules}))
    assert change.service == ""


def test_a_chain_whose_comments_name_two_services_belongs_to_neither():
    rules = ['-m comment --comment "shop/cart:http" -j SVCC-A', '-m comment --comment "shop/front" -j SVCC-B']
    (change,) = diff(ruleset(), ruleset(nat={"SVCC-SVC-T": rules}))
    assert change.service == ""


def test_a_key_leads_back_to_its_place():
    assert place_of(key_of(Family.IPV6, "nat", "SVCC-A")) == (Family.IPV6, "nat", "SVCC-A")
