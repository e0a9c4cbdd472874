from svcc.emit.iptables.ruleset import Chain, IptablesRuleset
from svcc.net import Family
from svcc.plan.change import Action, Plan, ServiceChange
from svcc.plan.diff import diff
from svcc.plan.iptables_services import sides
from svcc.plan.services import service_changes
from svcc.plan.show import lines
from svcc.plan.sysctl import diff as sysctl_diff

CART = '-m comment --comment "shop/cart:http"'


def ruleset(family=Family.IPV4, **chains):
    """Chains A and L are of a Service; any other name is of a shared chain."""
    names = {"A": "SVCC-SVC-A", "L": "SVCC-SVL-A"}
    nat = {names.get(name, f"SVCC-{name}"): Chain(tuple(rules)) for name, rules in chains.items()}
    return IptablesRuleset(family, {"nat": nat})


def dnat(*backends):
    return [f"-p tcp {CART} -j DNAT --to-destination {backend}" for backend in backends]


def plan(live, want):
    changes = diff(live, want)
    return Plan("iptables", changes, service_changes([sides(changes)]))


def test_a_new_service_is_created_with_its_backends_of_both_families():
    changes = diff(ruleset(), ruleset(A=dnat("10.0.0.1:80"))) + diff(
        ruleset(Family.IPV6), ruleset(Family.IPV6, A=dnat("[fd00::1]:80"))
    )
    assert service_changes([sides(changes)]) == (
        ServiceChange("shop/cart:http", Action.CREATE, "new, 2 backends", (), ("10.0.0.1:80", "[fd00::1]:80")),
    )


def test_a_backend_more_is_an_update_that_says_so():
    live, want = ruleset(A=dnat("10.0.0.1:80")), ruleset(A=dnat("10.0.0.1:80", "10.0.0.2:80"))
    assert plan(live, want).services == (
        ServiceChange(
            "shop/cart:http", Action.UPDATE, "1 backend more", ("10.0.0.1:80",), ("10.0.0.1:80", "10.0.0.2:80")
        ),
    )


def test_a_service_that_goes_is_deleted():
    assert plan(ruleset(A=dnat("10.0.0.1:80")), ruleset()).services == (
        ServiceChange("shop/cart:http", Action.DELETE, "goes, 1 backend", ("10.0.0.1:80",), ()),
    )


def test_a_rule_that_changes_in_a_shared_chain_changes_its_service_only():
    front = '-m comment --comment "shop/front" -g SVCC-B'
    live = ruleset(T=[f"-d 10.96.0.1/32 {CART} -g SVCC-A", front])
    want = ruleset(T=[f"-d 10.96.0.2/32 {CART} -g SVCC-A", front])
    assert [(one.service, one.action, one.reason) for one in plan(live, want).services] == [
        ("shop/cart:http", Action.UPDATE, "the way to its backends changes")
    ]


def test_a_new_chain_of_a_service_that_was_reachable_before_is_an_update():
    front = '-m comment --comment "shop/front" -g SVCC-B'
    live = ruleset(T=[f"{CART} -g SVCC-A", front], A=dnat("10.0.0.1:80"))
    want = ruleset(T=[f"{CART} -g SVCC-L", front], A=dnat("10.0.0.1:80"), L=dnat("10.0.0.1:80"))
    assert [(one.service, one.action) for one in plan(live, want).services] == [("shop/cart:http", Action.UPDATE)]


def test_an_empty_plan_says_that_there_is_nothing_to_do():
    assert list(lines(Plan("iptables"))) == ["Nothing to do: the kernel is as the manifests say."]


def test_the_text_shows_services_first_and_then_what_they_do_not_say():
    live = ruleset(A=dnat("10.0.0.1:80"))
    want = ruleset(A=dnat("10.0.0.2:80"), SERVICES=["-d 10.96.0.0/16 -g SVCC-T"])
    assert list(lines(plan(live, want))) == [
        "~ shop/cart:http  1 backend more, 1 backend fewer",
        "    - 10.0.0.1:80",
        "    + 10.0.0.2:80",
        "",
        "+ chain IPv4 nat SVCC-SERVICES: it is not there",
        "1 Service port changes in mode iptables; kernel objects: 1 to create · 1 to update · 0 to delete",
    ]


def test_many_shared_chains_are_told_by_their_number():
    want = ruleset(A=dnat("10.0.0.1:80"), **{f"T-{number}": [] for number in range(11)})
    assert list(lines(plan(ruleset(), want)))[-2:] == [
        "+ 11 chains IPv4 nat that Services share; -v lists them",
        "1 Service port changes in mode iptables; kernel objects: 12 to create · 0 to update · 0 to delete",
    ]


def test_the_verbose_text_shows_the_lines_that_differ():
    changes = sysctl_diff({"net.ipv4.ip_forward": "0"}, {"net.ipv4.ip_forward": "1"})
    both = changes + diff(ruleset(A=["x", "y"]), ruleset(A=["x", "z"]))
    assert list(lines(Plan("iptables", both), verbose=True)) == [
        "~ sysctl net.ipv4.ip_forward: 0 becomes 1",
        "    - 0",
        "    + 1",
        "~ chain IPv4 nat SVCC-SVC-A: its content differs",
        "    - y",
        "    + z",
        "0 Service ports change in mode iptables; kernel objects: 0 to create · 2 to update · 0 to delete",
    ]


def test_rules_that_only_change_places_are_shown_whole():
    both = diff(ruleset(A=["x", "y"]), ruleset(A=["y", "x"]))
    assert list(lines(Plan("iptables", both), verbose=True))[1:5] == ["    - x", "    - y", "    + y", "    + x"]


def test_many_backends_are_counted():
    want = ruleset(A=dnat(*(f"10.0.0.{number}:80" for number in range(1, 8))))
    assert list(lines(plan(ruleset(), want)))[:6] == [
        "+ shop/cart:http  new, 7 backends",
        "    + 10.0.0.1:80",
        "    + 10.0.0.2:80",
        "    + 10.0.0.3:80",
        "    + 10.0.0.4:80",
        "    … and 3 more",
    ]
