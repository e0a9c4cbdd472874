"""Plans between any two states of nftables: nothing for the same, exactly the other for different ones, back to the start on any failure."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcc.apply import Opened, Part, apply
from svcc.emit.ipvs.lower import lower as lower_ipvs
from svcc.emit.nftables.lower import lower
from svcc.emit.nftables.ruleset import COMPANION, TABLE, Chain
from svcc.kernel.base import KernelError, ToolFailed
from svcc.kernel.fake_nft import FakeNftables
from svcc.pipeline import compile_graph
from svcc.plan.nftables import NftState, text_of
from tests.property.test_agreement import clusters, configs
from tests.property.test_ipvs import INNER

FOREIGN = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n\t}\n}\n"
FAILURES = ("No space left on device", ToolFailed("nft did not end within 600 seconds"))

# How fast examples are drawn says something about the machine, nothing about us.
steady = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
names = st.sampled_from((TABLE, COMPANION))


def compiled(name, manifests, node):
    graph = compile_graph(manifests, node).graph
    return NftState.of(lower(graph) if name == TABLE else lower_ipvs(graph, INNER).companions)


@st.composite
def pairs(draw):
    """Draw a name and two states of tables of that name, the second often the first with something else in it."""
    name = draw(names)
    manifests, node = draw(clusters()), draw(configs)
    one = compiled(name, manifests, node)
    how = draw(st.integers(0, 3))
    if how == 0:
        return name, one, compiled(name, draw(clusters()), draw(configs))
    if how == 1:
        return name, one, compiled(name, manifests, draw(configs))
    return name, one, NftState.of({family: mutated(draw, table) for family, table in one.tables.items()})


def mutated(draw, table):
    """Take elements, comments and rules away, give elements the data of others, and add a chain that nothing leads to."""
    collections = {name: changed(draw, one) for name, one in table.collections.items()}
    chains = dict(table.chains)
    for name in draw(st.lists(st.sampled_from(sorted(chains)), max_size=2)):
        chains[name] = replace(chains[name], rules=chains[name].rules[1:])
    if draw(st.booleans()):
        chains["more"] = Chain(None, ("drop",) * draw(st.integers(0, 2)))
    return replace(table, collections=collections, chains=chains)


def changed(draw, one):
    if one.dynamic or not one.elements:
        return one
    elements, comments = dict(one.elements), dict(one.comments)
    for key in draw(st.lists(st.sampled_from(sorted(elements)), max_size=2, unique=True)):
        told = comments.pop(key, None)
        match draw(st.sampled_from(("data", "comment", "gone"))):
            case "data":
                elements[key] = draw(st.sampled_from(sorted(set(elements.values()))))
            case "comment" if told:
                comments[key] = "lab/renamed:http"
            case _:
                del elements[key]
    return replace(one, elements=elements, comments=comments)


def started(name, state):
    fake = FakeNftables(FOREIGN, table=name)
    fake.commit(fake.plan(NftState(), state))
    fake.tools.operations = 0
    return fake


@settings(steady, max_examples=10)
@given(pairs())
def test_the_plan_from_a_state_to_itself_is_empty(drawn):
    name, one, other = drawn
    for state in (one, other):
        assert () == FakeNftables(table=name).plan(state, state)


@steady
@given(pairs(), st.booleans())
def test_committing_the_plan_from_one_state_to_another_ends_at_the_other(drawn, remembering):
    name, *states = drawn
    fake = FakeNftables(FOREIGN, table=name)
    for want in (*states, NftState(), *states):
        changes = fake.plan(fake.snapshot(), want)
        fake.check(changes)
        fake.commit(changes)
        assert () == fake.reread(changes)
        assert want == fake.snapshot()
        fake.known = text_of(want.tables) if remembering else None
        assert want == fake.snapshot()
    assert "inet filter" in fake.tools.comments()


@steady
@given(pairs(), st.data())
def test_failing_anywhere_ends_exactly_at_the_start(drawn, data):
    name, one, other = drawn
    trial = started(name, one)
    trial.commit(trial.plan(one, other))
    fake = started(name, one)
    if trial.tools.operations == 0:
        return
    fake.tools.fail_at = {data.draw(st.integers(0, trial.tools.operations - 1)): data.draw(st.sampled_from(FAILURES))}
    before = {place: held for place, held in fake.tools.tables.items() if "digest" not in place}
    with pytest.raises(KernelError):
        apply("nftables", lambda: Opened([Part(fake, other)]))
    assert {} == fake.tools.fail_at
    assert one == fake.snapshot()
    assert before == {place: held for place, held in fake.tools.tables.items() if "digest" not in place}


@steady
@given(clusters(), configs, names, st.randoms())
def test_input_order_never_changes_a_script(manifests, node, name, random):
    services, slices = list(manifests.services), list(manifests.slices)
    random.shuffle(services)
    random.shuffle(slices)
    scripts = []
    for held in (manifests, replace(manifests, services=tuple(services), slices=tuple(slices))):
        fake = started(name, NftState())
        fake.commit(fake.plan(NftState(), compiled(name, held, node)))
        scripts.append(fake.tools.scripts)
    assert scripts[0] == scripts[1]
