import pytest

from svcc.emit.iptables.text import jumps_to_ours, parse, split, without_ours
from svcc.net import Family


@pytest.mark.parametrize(
    ("rule", "ours"),
    [
        ("-j SVCC-SERVICES", True),
        ("-p tcp -g SVCC-LOCAL", True),
        ('-s 9.9.9.9/32 -m comment --comment "was -j SVCC-SERVICES once" -j ACCEPT', False),
        (r'-m comment --comment "a \" -j SVCC-X" -j ACCEPT', False),
        ('-m comment --comment "mine" -j SVCC-SERVICES', True),
        ("-j SVC-SERVICES", False),
    ],
)
def test_only_a_target_makes_a_rule_ours(rule, ours):
    assert ours == jumps_to_ours(rule)
    text = f"*nat\n-A PREROUTING {rule}\nCOMMIT\n"
    assert ours == bool(parse(text, Family.IPV4).tables)
    assert ours == (text != without_ours(text))


def test_what_stands_between_quotes_is_one_word():
    assert ["-m", "comment", "--comment", "a -j b", "-j", "ACCEPT"] == split('-m comment --comment "a -j b" -j ACCEPT')
