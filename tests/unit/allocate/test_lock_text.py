import pytest

from svcc.allocate.decode_lock import decode_lock
from svcc.allocate.lock import Key, Lock, cluster_ip_key, render
from svcc.diag import Diagnostics, Source
from svcc.model.service import ObjectName
from svcc.net import Family, parse_address
from tests.unit.allocate.given import lock_text

CART, FRONT = ObjectName("shop", "cart"), ObjectName("shop", "front")
HEAD = "apiVersion: svcc.dev/v1alpha1\nkind: Lock\n"
LOCK = Lock(
    {cluster_ip_key(FRONT, Family.IPV4): parse_address("10.96.0.7"), cluster_ip_key(CART, Family.IPV6): "fd00::1"},
    {Key(CART, 443, "TCP"): 30001, Key(CART, 80, "UDP"): 30002, Key(CART, 80, "TCP"): 30002},
    {Key(FRONT): 30003},
)


def read(text):
    sink = Diagnostics()
    found = decode_lock(Source("svcc.lock", text), sink)
    return found, [(one.code, one.span.line, one.span.column) for one in sink]


def problems(text):
    return read(text)[1]


def test_facts_stand_in_sections_sorted_by_key():
    lines = [line for line in render(LOCK).splitlines() if not line.startswith("#")]
    assert [
        "apiVersion: svcc.dev/v1alpha1",
        "kind: Lock",
        "clusterIPs:",
        "  shop/cart IPv6: fd00::1",
        "  shop/front IPv4: 10.96.0.7",
        "nodePorts:",
        "  shop/cart 80/TCP: 30002",
        "  shop/cart 80/UDP: 30002",
        "  shop/cart 443/TCP: 30001",
        "healthCheckNodePorts:",
        "  shop/front: 30003",
    ] == lines


def test_the_file_says_what_it_is_and_where_it_belongs():
    assert render(Lock()).startswith("# Addresses and ports that svcc has chosen")
    assert "version control" in render(Lock())


def test_reading_is_the_inverse_of_writing():
    assert (LOCK, []) == read(render(LOCK))


def test_a_lock_without_facts_is_a_lock():
    assert (Lock(), []) == read(render(Lock())) == read(HEAD) == read(f"{HEAD}clusterIPs: {{}}\n")


@pytest.mark.parametrize("address", ["fd00::", "::1:2:3", "1:2:3:4:5:6:7:8", "fd00:96:0:0:1::", "2001:db8::1", "1::2"])
def test_an_address_that_yaml_would_misread_is_quoted(address):
    one = Lock({cluster_ip_key(CART, Family.IPV6): parse_address(address)})
    assert (one, []) == read(render(one))


def test_a_fact_knows_where_its_value_stands():
    found, _ = read(f"{HEAD}nodePorts:\n  shop/cart 80/TCP: 30002\n")
    span = found.spans[Key(CART, 80, "TCP")]
    assert (4, 21, 5) == (span.line, span.column, span.length)


def test_quotes_and_line_ends_do_not_matter():
    text = f'{HEAD}clusterIPs:\n  "shop/cart IPv4": "10.96.0.7"\n'.replace("\n", "\r\n")
    assert (Lock({cluster_ip_key(CART, Family.IPV4): "10.96.0.7"}), []) == read(text)


@pytest.mark.parametrize(
    ("key", "section"),
    [
        ("shop/cart", "clusterIPs"),
        ("shop/cart IPv5", "clusterIPs"),
        ("shop/cart  IPv4", "clusterIPs"),
        ("cart IPv4", "clusterIPs"),
        ("a/b/c IPv4", "clusterIPs"),
        ("shop/cart 80/TCP", "clusterIPs"),
        ("<<", "clusterIPs"),
        ("80", "nodePorts"),
        ("shop/cart IPv4", "nodePorts"),
        ("shop/cart 80", "nodePorts"),
        ("shop/cart 080/TCP", "nodePorts"),
        ("shop/cart 0/TCP", "nodePorts"),
        ("shop/cart 65536/TCP", "nodePorts"),
        ("shop/cart 80/tcp", "nodePorts"),
        ("shop/cart 80/ICMP", "nodePorts"),
        ("shop/cart IPv4", "healthCheckNodePorts"),
        ("~", "healthCheckNodePorts"),
    ],
)
def test_a_key_of_another_form_is_told(key, section):
    assert [("SVC230", 4, 3)] == problems(f"{HEAD}{section}:\n  {key}: 1\n")


def test_a_key_that_is_no_word_is_told():
    assert [("SVC230", 4, 5)] == problems(f"{HEAD}clusterIPs:\n  ? [a]\n  : 10.96.0.7\n")


@pytest.mark.parametrize("name", ["Shop/cart", "shop/cart_1", f"shop/{'a' * 64}", "-a/b", "a$b/c"])
def test_a_bad_name_is_told(name):
    assert [("SVC103", 4, 3)] == problems(f"{HEAD}clusterIPs:\n  {name} IPv4: 10.96.0.7\n")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("shop/cart IPv4: 10.96.0.300", ("SVC107", 4, 19)),
        ("shop/cart IPv4: 010.96.0.3", ("SVC107", 4, 19)),
        ("shop/cart IPv6: 10.96.0.3", ("SVC107", 4, 19)),
        ("shop/cart IPv4: fd00::1", ("SVC107", 4, 19)),
        ("shop/cart IPv4: [10.96.0.3]", ("SVC101", 4, 19)),
        ("shop/cart IPv4: 12", ("SVC107", 4, 19)),
        ("shop/cart IPv4:", ("SVC104", 4, 3)),
        ("shop/cart IPv4: null", ("SVC104", 4, 3)),
    ],
)
def test_a_bad_address_is_told_at_its_place(line, expected):
    assert [expected] == problems(f"{HEAD}clusterIPs:\n  {line}\n")


@pytest.mark.parametrize(
    ("value", "code"),
    [("0", "SVC106"), ("70000", "SVC106"), ("http", "SVC101"), ('"30000"', "SVC101"), ("3e4", "SVC101")],
)
def test_a_bad_port_is_told_at_its_place(value, code):
    assert [(code, 4, 21)] == problems(f"{HEAD}nodePorts:\n  shop/cart 80/TCP: {value}\n")


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_key_twice_the_lower_value_counts_whatever_the_order(order):
    sink = Diagnostics()
    text = lock_text(*["shop/cart IPv4: 10.96.0.9", "shop/cart IPv4: 10.96.0.10"][::order])
    found = decode_lock(Source("svcc.lock", text), sink)
    [surplus] = found.surplus
    assert [] == list(sink)
    assert ["10.96.0.9"] == list(found.cluster_ips.values())
    assert ("10.96.0.10", "10.96.0.9", 4 + (order > 0)) == (surplus.value, surplus.kept, surplus.span.line)


def test_a_line_twice_is_one_fact():
    sink = Diagnostics()
    found = decode_lock(Source("svcc.lock", lock_text(*["shop/cart IPv4: 10.96.0.9"] * 2)), sink)
    assert ([], 1, ()) == (list(sink), len(found.cluster_ips), found.surplus)


def test_a_section_that_is_not_known_is_told_with_a_guess():
    sink = Diagnostics()
    decode_lock(Source("svcc.lock", f"{HEAD}clusterIps:\n  shop/cart IPv4: 10.96.0.7\n"), sink)
    [one] = sink
    assert ("SVC102", "did you mean clusterIPs?") == (one.code, one.hint)


def test_a_section_is_a_mapping():
    assert [("SVC101", 4, 1)] == problems(f"{HEAD}nodePorts:\n- 30000\n")


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", "=======", ">>>>>>> branch", "||||||| base"])
def test_a_conflict_marker_is_told_before_anything_else(marker):
    assert [("SVC231", 4, 1)] == problems(f"{HEAD}clusterIPs:\n{marker}\n  shop/cart: [\n")


def test_only_whole_markers_at_the_start_of_a_line_count():
    assert [] == problems(f"{HEAD}# ======= a comment\n#=======\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("SVC003", 1, 1)),
        ("# nothing\n", ("SVC003", 1, 1)),
        ("- a\n", ("SVC003", 1, 1)),
        ("word\n", ("SVC003", 1, 1)),
        ("kind: Lock\n", ("SVC003", 1, 1)),
        ("apiVersion: svcc.dev/v1alpha1\n", ("SVC003", 1, 1)),
        ("apiVersion: svcc.dev/v2\nkind: Lock\n", ("SVC105", 1, 13)),
        ("apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\n", ("SVC105", 2, 7)),
        (f"{HEAD}---\n{HEAD}", ("SVC003", 4, 1)),
        (f"{HEAD}clusterIPs: [\n", ("SVC001", 4, 1)),
    ],
)
def test_what_is_no_lock_is_told(text, expected):
    assert [expected] == problems(text)


def test_every_mistake_of_a_lock_is_told_in_one_run():
    text = lock_text("shop/cart IPv4: 10.96.0.300", "shop/Cart 80/TCP: 0", "shop/cart 80/TCP: 0", "shop/front: 0")
    assert ["SVC107", "SVC103", "SVC106", "SVC106"] == [code for code, _, _ in problems(text)]
