"""Changes and scripts between two states: elements for endpoints, chains for numbers of endpoints, nothing for nothing."""

from svcc.emit.nftables.lower import lower
from svcc.emit.nftables.ruleset import NftTable
from svcc.net import Family
from svcc.plan.nftables import NftState, diff, printed, steps
from svcc.plan.nftables import script as lines_of
from tests.support import endpoint, endpoint_slice, graph_of, service


def table(*endpoints, **changes):
    graph = graph_of([service("web", "10.96.0.10", **changes)], [endpoint_slice(*map(endpoint, endpoints))])
    return lower(graph)[Family.IPV4]


def script(before, after):
    states = [NftState.of({Family.IPV4: one}) for one in (before, after)]
    return printed(lines_of(diff(*states)))


BEFORE = table("10.128.7.21", "10.128.9.31")


def words(text):
    """Return the statements of a script on elements and chains of the table, without what is in them."""
    return [
        line.split(" {")[0]
        for line in text.splitlines()
        if line.startswith(("add ", "delete ", "flush ")) and "digest" not in line
    ]


def test_equal_tables_need_no_script():
    assert "" == script(BEFORE, table("10.128.7.21", "10.128.9.31"))


def test_another_endpoint_changes_elements_alone():
    assert [
        "delete element ip svcc slots",
        "delete element ip svcc members",
        "add element ip svcc slots",
        "add element ip svcc members",
    ] == words(script(BEFORE, table("10.128.7.21", "10.128.9.33")))


def test_another_number_of_endpoints_brings_its_chain_and_takes_the_old_one():
    lines = words(script(BEFORE, table("10.128.7.21", "10.128.9.31", "10.128.9.33")))
    assert ["add chain ip svcc pick-3", "flush chain ip svcc pick-2", "delete chain ip svcc pick-2"] == [
        line for line in lines if " chain " in line
    ]
    assert lines.index("add chain ip svcc pick-3") < lines.index("add element ip svcc picks")
    assert lines.index("delete element ip svcc picks") < lines.index("delete chain ip svcc pick-2")


def test_what_clients_are_remembered_stays():
    changed = script(table("10.128.7.21", "10.128.9.31", affinity_seconds=9), table("10.128.7.21", affinity_seconds=9))
    assert "element ip svcc affinity" not in changed
    assert "delete table ip svcc" not in changed


def test_the_first_and_the_last_script_are_about_the_whole_table():
    nothing = NftTable(Family.IPV4)
    assert script(nothing, BEFORE).startswith("table ip svcc {\n")
    assert "delete table ip svcc\ndelete table inet svcc-digest\n" == script(BEFORE, nothing)


def test_a_service_port_that_has_another_name_alone_is_named_anew():
    before, after = (lower(graph_of([service(name)]))[Family.IPV4] for name in ("web", "shop"))
    text = script(before, after)
    assert ["delete element ip svcc pools", "add element ip svcc pools"] == words(text)
    assert '\n10.96.0.10 . tcp . 80 comment "lab/shop:http" : 5800:0\n' in text


def test_a_table_that_goes_is_led_to_no_more_before_it_does():
    first, second = map(printed, steps(diff(NftState.of({Family.IPV4: BEFORE}), NftState())))
    assert ["flush chain ip svcc nat-output", "flush chain ip svcc nat-prerouting"] == first.splitlines()
    assert ["delete table ip svcc", "delete table inet svcc-digest"] == second.splitlines()
