"""The text of tables: what is printed is what nft lists, and is read back as it was."""

import pytest

from svcc.emit.nftables.lower import lower
from svcc.emit.nftables.ruleset import Chain, Collection, NftTable
from svcc.emit.nftables.statement import statements
from svcc.emit.nftables.text import ordered, parse, render
from svcc.emit.nftables.words import duration, seconds_of
from svcc.net import Family
from tests.support import endpoint, endpoint_slice, graph_of, service

WEB = service("web", "10.96.0.10", affinity_seconds=90)
ENDPOINTS = endpoint_slice(endpoint("10.128.7.21"), endpoint("10.128.9.31"))


def table(*services, slices=(ENDPOINTS,)):
    return lower(graph_of(services or (WEB,), slices))[Family.IPV4]


def test_a_table_is_read_back_as_it_was_printed():
    assert table() == parse(render(table()))


def test_what_a_kernel_adds_to_elements_of_affinity_is_left_out():
    listed = render(table()).replace(
        "flags dynamic,timeout\n",
        "flags dynamic,timeout\n\t\telements = { 10.0.0.9 . 10.96.0.10 . tcp . 80 timeout 1m30s expires 1m2s : 5c01:2 }\n",
    )
    found = parse(listed).collections["affinity"]
    assert found.dynamic
    assert {"10.0.0.9 . 10.96.0.10 . tcp . 80": "5c01:2"} == found.elements


def test_a_chain_stands_behind_all_that_it_goes_to():
    seen: set[str] = set()
    for name, chain in ordered(table()):
        targets = {word for rule in chain.rules for word in rule.split() if word in table().chains} - {name}
        assert targets <= seen, name
        seen.add(name)


@pytest.mark.parametrize("text", ["", "table inet svcc {\n}\n", "table ip svcc {\n}\n\ntable ip6 svcc {\n}\n"])
def test_what_is_no_table_of_ours_is_refused(text):
    with pytest.raises(ValueError, match="table"):
        parse(text)


def test_what_somebody_else_has_put_into_the_table_is_read_too():
    text = 'table ip svcc {\n\tflags dormant\n\tcounter x {\n\t\tpackets 0 bytes 0\n\t}\n\tchain y {\n\t\tcomment "z"\n\t\tdrop\n\t}\n}\n'
    found = parse(text)
    assert ("flags dormant",) == found.flags
    assert {"x": Collection("counter", ("packets 0 bytes 0",))} == found.collections
    assert {"y": Chain('comment "z"', ("drop",))} == found.chains


def test_a_comment_may_hold_what_parts_elements():
    text = 'table ip svcc {\n\tset x {\n\t\ttype ipv4_addr\n\t\telements = { 10.0.0.1 comment "a, b : c", 10.0.0.2 }\n\t}\n}\n'
    found = parse(text).collections["x"]
    assert ({"10.0.0.1": "", "10.0.0.2": ""}, {"10.0.0.1": "a, b : c"}) == (found.elements, found.comments)


def test_a_text_that_ends_too_early_is_refused():
    with pytest.raises(ValueError, match="ends"):
        parse(render(table()).rpartition("\t}")[0])


@pytest.mark.parametrize("rule", ["counter packets 1 bytes 2", "ip saddr 10.0.0.1 counter accept", "tcp dport 80 drop"])
def test_a_rule_of_somebody_else_is_not_guessed_at(rule):
    with pytest.raises(ValueError, match="svcc does not write this"):
        statements(rule)


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1s"), (90, "1m30s"), (10800, "3h"), (86400, "1d"), (86399, "23h59m59s")]
)
def test_a_length_of_time_is_written_as_nft_lists_it(seconds, text):
    assert (text, seconds) == (duration(seconds), seconds_of(text))


def test_newer_versions_print_the_priorities_of_the_output_hook_by_name():
    printed = render(table()).replace("hook output priority -100", "hook output priority dstnat")
    printed = printed.replace("hook output priority -99", "hook output priority dstnat + 1")
    assert table() == parse(printed)


@pytest.mark.parametrize(("printed", "number"), [("dstnat - 10", "-110"), ("dstnat", "-100"), ("dstnat + 1", "-99")])
def test_a_priority_of_the_output_hook_has_one_form(printed, number):
    text = "table ip svcc {{\n\tchain x {{\n\t\ttype filter hook output priority {}; policy accept;\n\t}}\n}}\n"
    assert parse(text.format(number)) == parse(text.format(printed))


def test_chains_that_go_round_in_a_ring_are_printed_too():
    ring = {"a": Chain(None, ("goto b",)), "b": Chain(None, ("jump a",)), "c": Chain(None, ("goto c",))}
    held = NftTable(Family.IPV4, {}, ring)
    assert held == parse(render(held))
