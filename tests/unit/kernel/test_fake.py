import pytest

from svcc.kernel.base import ToolFailed
from svcc.kernel.fake import FakeTools
from svcc.net import Family

V4 = Family.IPV4


def script(*lines):
    return "".join(f"{line}\n" for line in ("*nat", *lines, "COMMIT"))


START = script(":SVCC-A - [0:0]", ":SVCC-B - [0:0]", "-A SVCC-A -g SVCC-B", "-A SVCC-B x", "-A OUTPUT -j SVCC-A")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("-A SVCC-C x", "line 2 failed: no chain SVCC-C"),
        ("-A SVCC-A -g SVCC-C", "refers to SVCC-C, which is not there"),
        ("-I OUTPUT 3 -j SVCC-A", "no place 3 in OUTPUT"),
        ("-D OUTPUT -j SVCC-B", "no such rule in OUTPUT"),
        ("-X SVCC-A", "SVCC-A holds rules"),
        ("-X OUTPUT", "OUTPUT is a base chain"),
        ("-F SVCC-A", "unknown command -F"),
    ],
)
def test_what_iptables_refuses_is_refused_and_changes_nothing(line, why):
    tools = FakeTools(START)
    before = tools.save(V4)
    with pytest.raises(ToolFailed, match=why):
        tools.restore(V4, script(line, ":SVCC-NEW - [0:0]"))
    assert tools.save(V4) == before


def test_an_empty_chain_that_others_refer_to_is_kept():
    tools = FakeTools(START)
    with pytest.raises(ToolFailed, match="SVCC-B is referred to"):
        tools.restore(V4, script(":SVCC-B - [0:0]", "-X SVCC-B"))


def test_a_table_that_it_does_not_know_is_refused():
    with pytest.raises(ToolFailed, match="no such table"):
        FakeTools().restore(V4, "*mangle\nCOMMIT\n")


def test_a_table_before_the_failing_one_keeps_what_it_got():
    tools = FakeTools()
    with pytest.raises(ToolFailed, match="line 5 failed"):
        tools.restore(V4, "*raw\n:SVCC-G - [0:0]\nCOMMIT\n*nat\n-A SVCC-A x\nCOMMIT\n")
    assert list(tools.tables[V4]) == ["raw"]


def test_a_test_changes_and_counts_nothing():
    tools = FakeTools(fail_at={0: ToolFailed("no")})
    tools.restore(V4, START, test=True)
    assert (tools.save(V4), tools.operations) == ("", 0)


def test_it_fails_once_at_the_operation_it_was_told():
    tools = FakeTools(fail_at={2: ToolFailed("no")})
    with pytest.raises(ToolFailed, match="no"):
        tools.restore(V4, START)
    tools.restore(V4, START)
    assert tools.chain(V4, "nat", "SVCC-A") == "-N SVCC-A\n-A SVCC-A -g SVCC-B\n"
