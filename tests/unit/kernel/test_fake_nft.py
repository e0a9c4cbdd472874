import pytest

from svcc.kernel.base import ToolFailed
from svcc.kernel.fake_nft import FakeNft

START = """\
table ip svcc {
	set hosts {
		type ipv4_addr
		elements = { 10.0.0.1, 10.0.0.2 }
	}
	set networks {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.0/8 }
	}
	set allowed {
		typeof ip daddr . meta l4proto . th dport . ip saddr
		flags interval
		elements = { 10.96.0.1 . tcp . 80 . 192.0.2.0/24 }
	}
	map picks {
		typeof meta priority : verdict
		elements = { 5800:1 : goto b }
	}
	map members {
		type classid : ipv4_addr . inet_service
		elements = { 5c01:1 comment "lab/web:http" : 10.0.0.1 . 80 }
	}
	chain a {
		ip saddr @hosts goto b
	}
	chain b {
		drop
	}
	chain empty {
	}
	chain input {
		type filter hook input priority filter; policy accept;
		meta priority vmap @picks
	}
}
"""
AT = "type {} hook {} priority filter; policy accept;"
TAKEN = [
    "add element ip svcc hosts { 10.0.0.1 }",
    "add element ip svcc members { 5c01:1 : 10.0.0.1 . 80 }",
    'add element ip svcc members { 5c01:1 comment "lab/other" : 10.0.0.1 . 80 }',
    "add element ip svcc networks { 10.0.0.0/8 }",
    "add element ip svcc allowed { 10.96.0.1 . tcp . 80 . 192.0.0.0/16 }",
    "add chain ip svcc a",
    "table ip svcc {\n\tset hosts {\n\t\ttype ipv4_addr\n\t}\n}",
]
"""What changes nothing, or what the kernel alone would take."""
REFUSED = [
    ("add chain ip other x", "1:14-18: Error: Could not process rule: No such file or directory"),
    ("flush chain ip svcc x", "1:21-21: Error: Could not process rule: No such file or directory"),
    ("delete chain ip svcc x", "1:22-22: Error: Could not process rule: No such file or directory"),
    ("delete chain ip svcc b", "1:22-22: Error: Could not process rule: Device or resource busy"),
    (
        "flush chain ip svcc a\ndelete chain ip svcc b",
        "2:22-22: Error: Could not process rule: Device or resource busy",
    ),
    ("add rule ip svcc x drop", "1:18-18: Error: Could not process rule: No such file or directory"),
    ("add rule ip svcc empty goto x", "1:29-29: Error: Could not process rule: No such file or directory"),
    ("add rule ip svcc empty goto input", "1:29-33: Error: Could not process rule: Operation not supported"),
    ("add rule ip svcc empty ip saddr @x drop", "1:33-34: Error: No such file or directory"),
    ("add rule ip svcc empty ip saddr vmap @picks", "1:38-43: Error: datatype mismatch"),
    ("add rule ip svcc empty ip saddr vmap @hosts", "1:38-43: Error: datatype mismatch"),
    ("add rule ip svcc empty dnat ip to meta priority map @members", "only valid after transport protocol match"),
    ("add rule ip svcc b meta priority vmap @picks", "1:1-44: Error: Could not process rule: Too many links"),
    ("add rule ip svcc b masquerade fully-random", "1:1-42: Error: Could not process rule: Operation not supported"),
    ("add element ip svcc x { 10.0.0.1 }", "1:21-21: Error: No such file or directory"),
    ("add element ip svcc hosts {\n10.0.0.9,\n10.0.0.0/8\n}", "3:1-10: Error: datatype mismatch"),
    ("add element ip svcc hosts {\n10.0.0.9 . 80\n}", "2:1-13: Error: datatype mismatch"),
    ("add element ip svcc members {\n5c01:1 : 10.0.0.1 . 81\n}", "2:1-6: Error: Could not process rule: File exists"),
    ("add element ip svcc members {\n5c01:2\n}", "2:1-6: Error: Could not process rule: Invalid argument"),
    (
        "add element ip svcc picks {\n5800:2 : goto x\n}",
        "2:1-6: Error: Could not process rule: No such file or directory",
    ),
    ("add element ip svcc networks { 10.0.0.0/9 }", "1:32-41: Error: interval overlaps with an existing one"),
    ("add element ip svcc networks { 0.0.0.0/1 }", "1:32-40: Error: interval overlaps with an existing one"),
    (
        "add element ip svcc allowed { 10.96.0.1 . tcp . 80 . 192.0.2.0/25 }",
        "Error: Could not process rule: File exists",
    ),
    ("delete element ip svcc hosts {\n10.0.0.9\n}", "2:1-8: Error: Could not process rule: No such file or directory"),
    ("delete element ip svcc hosts {\n10.0.0.1,\n10.0.0.1\n}", "3:1-8: Error: Could not process rule: No such file"),
    ("delete element ip svcc networks { 10.0.0.0/9 }", "1:35-44: Error: element does not exist"),
    ("delete table ip other", "1:17-21: Error: Could not process rule: No such file or directory"),
    (
        "table ip svcc {\n\tset hosts {\n\t\ttype ipv6_addr\n\t}\n}",
        "2:6-10: Error: Could not process rule: File exists",
    ),
    (
        f"table ip svcc {{\n\tchain input {{\n\t\t{AT.format('nat', 'input')}\n\t}}\n}}",
        "2:8-12: Error: Could not process rule: File exists",
    ),
    (f"table ip svcc {{\n\tchain input {{\n\t\t{AT.format('filter', 'output')}\n\t}}\n}}", "Operation not supported"),
    ("add element ip svcc hosts {\n10.0.0.8\n10.0.0.9\n}", "3:1-1: Error: syntax error"),
    ("add element ip svcc hosts { }", "Error: syntax error"),
    ("add element ip svcc hosts {\n10.0.0.8", "3:1-1: Error: syntax error, unexpected end of file"),
]
TO_BASE = f"table ip svcc {{\n\tchain empty {{\n\t\t{AT.format('filter', 'output')}\n\t}}\n}}\n"
"""nft blames the policy's line for it."""
DATA_OF_A_SET = [f"add element ip svcc hosts {{ 10.0.0.9 : {data} }}\n" for data in ("drop", "5c01:1")]
"""nft names no line for it."""


@pytest.mark.parametrize("script", TAKEN)
def test_what_nft_takes_is_taken(script):
    tools = FakeNft(START)
    tools.run(f"{script}\n")
    assert 'comment "lab/web:http"' in tools.listing("ip svcc")


@pytest.mark.parametrize(("script", "why"), REFUSED)
def test_what_nft_refuses_is_refused_in_its_words_and_changes_nothing(script, why):
    tools = FakeNft(START)
    before = tools.listing("ip svcc")
    with pytest.raises(ToolFailed) as caught:
        tools.run(f"{script}\nadd chain ip svcc more\n" if not script.endswith("10.0.0.8") else f"{script}\n")
    assert why in caught.value.message
    assert before == tools.listing("ip svcc")


@pytest.mark.parametrize(
    "script", ["add rule ip svcc empty counter", "add set ip svcc more", "rename chain ip svcc a c"]
)
def test_what_svcc_does_not_write_is_refused(script):
    with pytest.raises(ToolFailed, match="syntax error"):
        FakeNft(START).run(f"{script}\n")


def test_what_nft_itself_refuses_is_told_before_what_the_kernel_does():
    with pytest.raises(ToolFailed, match=r"/dev/stdin:2:21-21: Error: No such file or directory"):
        FakeNft(START).run("flush chain ip svcc x\nadd element ip svcc x { 10.0.0.1 }\n")


def test_a_ring_of_chains_that_no_hook_leads_to_is_taken():
    tools = FakeNft(START)
    tools.run("add rule ip svcc empty goto a\nadd rule ip svcc a goto empty\n")
    with pytest.raises(ToolFailed, match="Too many links"):
        tools.run("add rule ip svcc input goto empty\n")


def test_a_network_among_several_fields_goes_by_its_first_address():
    tools = FakeNft(START)
    tools.run("delete element ip svcc allowed { 10.96.0.1 . tcp . 80 . 192.0.2.128/25 }\n")
    assert {} == tools.tables["ip svcc"].sets["allowed"].elements


def test_a_table_that_is_made_again_keeps_its_comment():
    tools = FakeNft('table inet svcc-digest {\n\tcomment "a"\n}\n')
    tools.run('table inet svcc-digest {\n\tcomment "b"\n}\n')
    assert {"inet svcc-digest": "a"} == tools.comments()
    tools.run('delete table inet svcc-digest\ntable inet svcc-digest {\n\tcomment "b"\n}\n')
    assert {"inet svcc-digest": "b"} == tools.comments()


def test_a_check_changes_and_counts_nothing_and_does_not_fail_on_request():
    tools = FakeNft(fail_at={0: ToolFailed("no")})
    tools.run(START, check=True)
    assert ({}, 0, 1, []) == (tools.comments(), tools.operations, tools.generation, tools.scripts)


def test_the_generation_rises_only_by_what_changes_something():
    tools = FakeNft(START)
    tools.run("add element ip svcc hosts { 10.0.0.1 }\n")
    assert 2 == tools.generation
    tools.run("add element ip svcc hosts { 10.0.0.9 }\n")
    assert 3 == tools.generation


def test_it_fails_once_at_the_command_it_was_told():
    tools = FakeNft(START, fail_at={1: "No space left on device"})
    script = "add element ip svcc hosts {\n10.0.0.8,\n10.0.0.9\n}\n"
    with pytest.raises(ToolFailed, match="/dev/stdin:3:1-8: Error: Could not process rule: No space left on device"):
        tools.run(script)
    assert {"10.0.0.1", "10.0.0.2"} == tools.tables["ip svcc"].sets["hosts"].elements.keys()
    tools.run(script)
    assert "10.0.0.9" in tools.tables["ip svcc"].sets["hosts"].elements


def test_what_fails_at_the_end_of_a_script_was_done():
    tools = FakeNft(START, fail_at={1: ToolFailed("nft did not end within 600 seconds")})
    with pytest.raises(ToolFailed, match="did not end"):
        tools.run("add chain ip svcc more\n")
    assert "more" in tools.tables["ip svcc"].chains
