"""A ruleset with every shape of rule that the iptables target writes, for both families."""

from svcc.emit.iptables.text import parse
from svcc.net import Family

_BPF = {
    Family.IPV4: "6,32 0 0 12,7 0 0 0,32 0 0 16,29 0 1 0,6 0 0 65535,6 0 0 0",
    Family.IPV6: (
        "18,32 0 0 8,7 0 0 0,32 0 0 24,29 0 13 0,32 0 0 12,7 0 0 0,32 0 0 28,29 0 9 0,"
        "32 0 0 16,7 0 0 0,32 0 0 32,29 0 5 0,32 0 0 20,7 0 0 0,32 0 0 36,29 0 1 0,6 0 0 65535,6 0 0 0"
    ),
}
_WORDS = {
    Family.IPV4: {
        "range": "10.96.0.0/16",
        "vip": "10.96.0.10/32",
        "sticky": "10.96.0.12/32",
        "pods": "10.128.0.0/14",
        "one": "10.128.7.21:8080",
        "two": "10.128.9.31:8080",
        "mask": "255.255.255.255",
        "reject": "icmp-port-unreachable",
        "local": "127.0.0.0/8",
        "bpf": _BPF[Family.IPV4],
    },
    Family.IPV6: {
        "range": "fd00:96::/112",
        "vip": "fd00:96::10/128",
        "sticky": "fd00:96::12/128",
        "pods": "fd00:128::/48",
        "one": "[fd00:128::7:21]:8080",
        "two": "[fd00:1:2:3:4:5:0:7]:8080",
        "mask": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "reject": "icmp6-port-unreachable",
        "local": "::1/128",
        "bpf": _BPF[Family.IPV6],
    },
}
_TEXT = """\
*raw
:SVCC-GUARD - [0:0]
-A PREROUTING -j SVCC-GUARD
-A SVCC-GUARD -d {local} ! -i lo -j DROP
COMMIT
*filter
:SVCC-VERDICT - [0:0]
-A INPUT -j SVCC-VERDICT
-A FORWARD -j SVCC-VERDICT
-A OUTPUT -j SVCC-VERDICT
-A SVCC-VERDICT -m mark --mark 0x8000/0xc000 -j DROP
-A SVCC-VERDICT -m mark --mark 0xc000/0xc000 -j REJECT --reject-with {reject}
COMMIT
*nat
:SVCC-DISCARD - [0:0]
:SVCC-MASQUERADE - [0:0]
:SVCC-NODEPORTS - [0:0]
:SVCC-POSTROUTING - [0:0]
:SVCC-REFUSE - [0:0]
:SVCC-SERVICES - [0:0]
:SVCC-SVC-STICKY - [0:0]
:SVCC-SVC-WEB - [0:0]
:SVCC-T-ALL - [0:0]
-A PREROUTING -j SVCC-SERVICES
-A OUTPUT -j SVCC-SERVICES
-A POSTROUTING -j SVCC-POSTROUTING
-A SVCC-SERVICES -d {range} -g SVCC-T-ALL
-A SVCC-SERVICES ! -d {local} -m addrtype --dst-type LOCAL -g SVCC-NODEPORTS
-A SVCC-T-ALL ! -s {pods} -j MARK --set-xmark 0x4000/0x4000
-A SVCC-T-ALL ! -i veth+ -j MARK --set-xmark 0x4000/0x4000
-A SVCC-T-ALL -d {vip} -p tcp -m tcp --dport 80 -m comment --comment "shop/web:http" -g SVCC-SVC-WEB
-A SVCC-T-ALL -d {vip} -p udp -m udp --dport 53 -m comment --comment "shop/web:http" -g SVCC-SVC-WEB
-A SVCC-T-ALL -d {vip} -p sctp -m sctp --dport 132 -g SVCC-REFUSE
-A SVCC-T-ALL -d {vip} -p tcp -g SVCC-REFUSE
-A SVCC-T-ALL -d {sticky} -p tcp -m tcp --dport 80 -g SVCC-SVC-STICKY
-A SVCC-T-ALL -g SVCC-DISCARD
-A SVCC-NODEPORTS -p tcp -m tcp --dport 30000:30015 -j MARK --set-xmark 0x4000/0x4000
-A SVCC-NODEPORTS -s {pods} -p tcp -m tcp --dport 30080 -g SVCC-SVC-WEB
-A SVCC-NODEPORTS -m addrtype --src-type LOCAL -g SVCC-SVC-WEB
-A SVCC-SVC-WEB -p tcp -m comment --comment "shop/web:http" -m statistic --mode random --probability 0.33333333349 -j DNAT --to-destination {one}
-A SVCC-SVC-WEB -p tcp -m comment --comment "shop/web:http" -j DNAT --to-destination {two}
-A SVCC-SVC-STICKY -p tcp -m recent --update --seconds 10800 --reap --name SVCC-STICKY-0 --mask {mask} --rsource -j DNAT --to-destination {one}
-A SVCC-SVC-STICKY -p tcp -m recent --update --seconds 10800 --reap --name SVCC-STICKY-1 --mask {mask} --rsource -j DNAT --to-destination {two}
-A SVCC-SVC-STICKY -p tcp -m statistic --mode random --probability 0.50000000000 -m recent --set --name SVCC-STICKY-0 --mask {mask} --rsource -j DNAT --to-destination {one}
-A SVCC-SVC-STICKY -p tcp -m recent --set --name SVCC-STICKY-1 --mask {mask} --rsource -j DNAT --to-destination {two}
-A SVCC-REFUSE -j MARK --set-xmark 0xc000/0xc000
-A SVCC-DISCARD -j MARK --set-xmark 0x8000/0xc000
-A SVCC-POSTROUTING -m mark --mark 0x4000/0xc000 -g SVCC-MASQUERADE
-A SVCC-POSTROUTING -m conntrack --ctstate DNAT -m bpf --bytecode "{bpf}" -j MASQUERADE --random-fully
-A SVCC-MASQUERADE -j MARK --set-xmark 0x0/0x4000
-A SVCC-MASQUERADE -j MASQUERADE --random-fully
COMMIT
"""

TEXTS = {family: _TEXT.format(**words) for family, words in _WORDS.items()}
WANT = {family: parse(text, family) for family, text in TEXTS.items()}
