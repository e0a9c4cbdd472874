"""Plans of any two rulesets: nothing for the same, exactly the other for different ones."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcc.apply import Opened, Part, apply
from svcc.emit.iptables.ruleset import Chain, IptablesRuleset
from svcc.emit.iptables.text import parse, render
from svcc.kernel.base import KernelError, ToolFailed
from svcc.kernel.fake import FakeIptables
from svcc.net import Family

FOREIGN = "*nat\n:HOST - [0:0]\n-A PREROUTING -j HOST\n-A HOST -j ACCEPT\nCOMMIT\n"
BASE = {"filter": ["INPUT"], "nat": ["PREROUTING", "OUTPUT"]}
PLAIN = ["-j ACCEPT", '-p tcp -m comment --comment "shop/web" -j DNAT --to-destination 10.0.0.1:80']
# A chain refers only to those after it, as iptables refuses loops.
RULES = {
    "SVCC-A": [*PLAIN, "-g SVCC-B", "-j SVCC-C", "-g SVCC-D"],
    "SVCC-B": [*PLAIN, "-g SVCC-D", "-j SVCC-C"],
    "SVCC-C": [*PLAIN, "-g SVCC-D"],
    "SVCC-D": PLAIN,
}
JUMPS = ["-j SVCC-A", "-j SVCC-B", "-g SVCC-C"]
CHAINS = {name: st.none() | st.lists(st.sampled_from(rules), max_size=3) for name, rules in RULES.items()}
HOOKS = st.lists(st.sampled_from(JUMPS), max_size=3)


def cut(rules, present):
    """Leave out rules that refer to chains that are not there."""
    return Chain(tuple(rule for rule in rules if "SVCC" not in rule or rule.split(" ")[-1] in present))


@st.composite
def rulesets(draw):
    families = {}
    for family in Family:
        tables = {}
        for table, base in BASE.items():
            drawn = {name: rules for name, held in CHAINS.items() if (rules := draw(held)) is not None}
            hooks = {name: draw(HOOKS) for name in base}
            chains = {name: cut(rules, drawn) for name, rules in drawn.items()}
            chains |= {name: jumps for name, rules in hooks.items() if (jumps := cut(rules, drawn)).rules}
            if chains:
                tables[table] = chains
        families[family] = IptablesRuleset(family, tables)
    return families


# How fast examples are drawn says something about the machine, nothing about us.
steady = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
sizes = st.sampled_from([None, 0, 1])


@steady
@given(rulesets())
def test_the_plan_from_a_ruleset_to_itself_is_empty(one):
    assert FakeIptables().plan(one, one) == ()


@steady
@given(rulesets(), rulesets(), sizes)
def test_committing_the_plan_from_one_ruleset_to_another_ends_at_the_other(one, other, bulk):
    fake = FakeIptables(FOREIGN, bulk=bulk)
    for want in (one, other):
        changes = fake.plan(fake.snapshot(), want)
        fake.check(changes)
        fake.commit(changes)
        assert fake.reread(changes) == ()
        assert fake.snapshot() == want
    assert fake.tools.tables[Family.IPV4]["nat"]["HOST"] == ["-j ACCEPT"]


@steady
@given(rulesets(), rulesets(), sizes, st.data())
def test_failing_anywhere_ends_exactly_at_the_start(one, other, bulk, data):
    fake = FakeIptables(FOREIGN, bulk=bulk)
    fake.commit(fake.plan(fake.snapshot(), one))
    trial = FakeIptables(FOREIGN, bulk=bulk)
    trial.commit(trial.plan(trial.snapshot(), one))
    trial.tools.operations = fake.tools.operations = 0
    trial.commit(trial.plan(one, other))
    if trial.tools.operations == 0:
        return
    fake.tools.fail_at = {data.draw(st.integers(0, trial.tools.operations - 1)): ToolFailed("no")}
    with pytest.raises(KernelError):
        apply("iptables", lambda: Opened([Part(fake, other)]))
    assert fake.snapshot() == one


@steady
@given(rulesets())
def test_a_restore_script_of_a_plan_from_nothing_loads_what_render_prints(one):
    fake = FakeIptables()
    fake.commit(fake.plan(fake.snapshot(), one))
    assert {family: parse(render(fake.snapshot()[family]), family) for family in Family} == one
