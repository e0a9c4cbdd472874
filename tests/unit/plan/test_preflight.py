from svcc.diag import Severity
from svcc.net import Address, Family
from svcc.plan.preflight import Facts, remarks


def texts(facts):
    return [(one.severity, one.text) for one in remarks(facts)]


def test_a_machine_in_order_gets_no_remark():
    facts = Facts(forwarding={Family.IPV4: True, Family.IPV6: True}, iptables="1.8.9", kernel="6.1.0-18-amd64")
    assert remarks(facts) == ()


def test_forwarding_that_the_plan_sets_is_a_note():
    facts = Facts(forwarding={Family.IPV4: False}, settings={"net.ipv4.ip_forward": "1"})
    assert texts(facts) == [
        (Severity.NOTE, "IPv4 forwarding is off; this plan sets net.ipv4.ip_forward to 1"),
    ]


def test_forwarding_that_stays_off_is_a_warning():
    assert texts(Facts(forwarding={Family.IPV6: False})) == [
        (Severity.WARNING, "IPv6 forwarding is off: this node passes no packet on to other hosts"),
    ]


def test_addresses_without_route_are_named_up_to_three():
    addresses = tuple(Address(f"10.96.0.{number}") for number in range(1, 6))
    assert texts(Facts(unrouted=addresses)) == [
        (
            Severity.WARNING,
            "there is no route to 10.96.0.1, 10.96.0.2, 10.96.0.3 and 2 more: processes of this node get “network is unreachable”",
        ),
    ]


LOCAL = range(32768, 61000)


def test_a_node_port_that_the_kernel_gives_away_is_a_warning():
    facts = Facts(
        node_ports=(30080, 32767, 32768, 60999, 61000), local_ports=LOCAL, reserved_ports=(range(32768, 32769),)
    )
    assert ["the kernel may give node port 60999 to connections: net.ipv4.ip_local_port_range is 32768 to 60999"] == [
        text for _, text in texts(facts)
    ]
    assert ["add it to net.ipv4.ip_local_reserved_ports"] == [one.hint for one in remarks(facts)]


def test_of_many_node_ports_three_are_named():
    (told,) = remarks(Facts(node_ports=range(40000, 40010), local_ports=LOCAL))
    assert "node ports 40000, 40001, 40002 and 7 more" in told.text
    assert "add them to net.ipv4.ip_local_reserved_ports" == told.hint


def test_reserved_node_ports_get_no_remark():
    assert () == remarks(
        Facts(node_ports=(40000,), local_ports=LOCAL, reserved_ports=(range(8080, 8081), range(39000, 41000)))
    )


def test_a_policy_that_drops_is_a_warning():
    assert texts(Facts(dropping=("IPv4 FORWARD",))) == [
        (
            Severity.WARNING,
            "the policy of IPv4 FORWARD is DROP: packets of Services pass only where another rule accepts them",
        ),
    ]


def test_warnings_come_before_notes():
    facts = Facts(strict=("eth0",), dropping=("IPv4 INPUT",))
    assert [one.severity for one in remarks(facts)] == [Severity.WARNING, Severity.NOTE]


def test_old_tools_and_kernels_are_named():
    assert texts(Facts(iptables="1.6.1", kernel="4.9.0-19-amd64")) == [
        (Severity.WARNING, "iptables is too old: 1.6.1"),
        (Severity.WARNING, "the kernel is too old: 4.9.0-19-amd64"),
    ]


def test_versions_are_compared_as_numbers():
    assert remarks(Facts(iptables="1.10.0", kernel="4.18.0")) == ()


def test_rules_that_cannot_be_seen_are_a_note():
    ((severity, text),) = texts(Facts(hidden=True))
    assert (Severity.NOTE, True) == (severity, "legacy iptables" in text)
