from svcc.net import Family
from svcc.plan.counters import Count, of_iptables, together

SAVED = """\
*nat
:PREROUTING ACCEPT [9:540]
:SVCC-SVC-A - [0:0]
:SVCC-EXT-A - [0:0]
:SVCC-SERVICES - [0:0]
[50:3000] -A PREROUTING -j SVCC-SERVICES
[7:420] -A SVCC-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -g SVCC-SVC-A
[2:120] -A SVCC-SERVICES -p tcp -m tcp --dport 30080 -g SVCC-EXT-A
[3:180] -A SVCC-SERVICES -d 10.96.0.20/32 -p udp -m udp --dport 53 -m comment --comment "shop/dns:dns" -g SVCC-REFUSE
[4:240] -A SVCC-SVC-A ! -s 10.128.0.0/14 -m comment --comment "shop/cart:http" -j MARK --set-xmark 0x4000/0x4000
[7:420] -A SVCC-SVC-A -p tcp -j DNAT --to-destination 10.128.7.21:8080
[2:120] -A SVCC-EXT-A -m comment --comment "shop/cart:http" -g SVCC-SVC-A
[5:300] -A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j DOCKER
COMMIT
*filter
[99:9] -A SVCC-VERDICT -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -g SVCC-SVC-A
COMMIT
"""


def test_connections_are_counted_where_frontends_are_told_apart():
    assert {"shop/cart:http": Count(connections=9), "shop/dns:dns": Count(connections=3)} == of_iptables(
        SAVED, Family.IPV4
    )


def test_counts_of_one_service_port_add_up_and_what_nobody_counts_stays_uncounted():
    some = [("b", Count(1, 2)), ("a", Count(open=3)), ("b", Count(open=4)), ("b", Count(0, 5, 6, 7, 8, 9))]
    found = together(some)
    assert {"a": Count(open=3), "b": Count(5, 7, 6, 7, 8, 9)} == found
    assert ["a", "b"] == list(found)
