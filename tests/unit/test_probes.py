"""Probes from the command line and from files."""

import pytest

from svcc.diag import Diagnostics, Source
from svcc.net import Protocol
from svcc.probes import decode_probes, kind_of_source, parse_destination
from svcc.trace import Kind, Probe
from tests.support import NODE_IP, addresses, graph_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.96.0.10:80", ("10.96.0.10", 80, Protocol.TCP)),
        ("10.96.0.10:80/TCP", ("10.96.0.10", 80, Protocol.TCP)),
        ("10.96.0.10:53/udp", ("10.96.0.10", 53, Protocol.UDP)),
        ("[FD00:0::10]:65535/SCTP", ("fd00::10", 65535, Protocol.SCTP)),
    ],
)
def test_a_destination_is_read(text, expected):
    assert expected == parse_destination(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not IP:PORT"),
        ("10.96.0.10", "not IP:PORT"),
        ("fd00::10:80", "an IPv6 address stands in brackets"),
        ("10.96.0.10:http", "not IP:PORT"),
        ("10.96.0.10:0", "not a port: 0"),
        ("10.96.0.10:65536", "not a port: 65536"),
        ("10.96.0.10:80/ICMP", "not TCP, UDP or SCTP: 'ICMP'"),
        ("10.96.0.010:80", "leading zeros"),
        ("web:80", "not an IP address"),
        ("[web]:80", "not an IP address"),
    ],
)
def test_a_wrong_destination_says_what_is_wrong(text, why):
    with pytest.raises(ValueError, match=why):
        parse_destination(text)


def test_where_a_client_is_is_told_by_its_address():
    host = graph_of([]).host
    clients = addresses("127.0.0.1", "::1", "10.128.7.40", NODE_IP, "198.51.100.9")
    kinds = [kind_of_source(host, one) for one in clients]
    assert [Kind.LOCALHOST, Kind.LOCALHOST, Kind.POD, Kind.NODE, Kind.EXTERNAL] == kinds


def decoded(text):
    sink = Diagnostics()
    return decode_probes(Source("probes.yaml", text), sink), [(one.code, one.field) for one in sink]


FROM = "from: {kind: pod, ip: 10.128.7.40}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"- {{{FROM}, to: 10.96.0.10, port: 80, protocol: UDP}}", (80, Protocol.UDP)),
        (f"- {{{FROM}, to: 10.96.0.10, port: 80}}", (80, Protocol.TCP)),
        (f"- {{{FROM}, to: 10.96.0.10, protocol: ICMP}}", (0, None)),
        (f"- {{{FROM}, to: 10.96.0.10, port: 0, protocol: OTHER}}", (0, None)),
    ],
)
def test_a_probe_is_read(text, expected):
    assert ((Probe(Kind.POD, "10.128.7.40", "10.96.0.10", *expected),), []) == decoded(text)


def test_json_is_read_too_and_keys_of_other_commands_are_left_alone():
    text = (
        '[{"from": {"kind": "node", "ip": "fd00::1"}, "to": "fd00::10", "port": 80,'
        ' "protocol": "TCP", "name": "x", "why": "y", "expect": {"verdict": "dnat"}}]'
    )
    assert ((Probe(Kind.NODE, "fd00::1", "fd00::10", 80, Protocol.TCP),), []) == decoded(text)


def test_the_order_is_kept():
    text = "".join(f"- {{{FROM}, to: 10.96.0.10, port: {port}}}\n" for port in (443, 80, 8080))
    assert [443, 80, 8080] == [one.port for one in decoded(text)[0]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- {to: 10.96.0.10, port: 80}", "SVC104"),
        (f"- {{{FROM}, port: 80}}", "SVC104"),
        (f"- {{{FROM}, to: 10.96.0.10}}", "SVC104"),
        ("- {from: {kind: pod}, to: 10.96.0.10, port: 80}", "SVC104"),
        ("- {from: {ip: 10.128.7.40}, to: 10.96.0.10, port: 80}", "SVC104"),
        ("- {from: {kind: host, ip: 10.1.2.3}, to: 10.96.0.10, port: 80}", "SVC105"),
        (f"- {{{FROM}, to: 10.96.0.10, port: 80, protocol: tcp}}", "SVC105"),
        (f"- {{{FROM}, to: 10.96.0.10, port: 65536}}", "SVC106"),
        (f"- {{{FROM}, to: 10.96.0.10, port: 0}}", "SVC106"),
        (f"- {{{FROM}, to: web, port: 80}}", "SVC107"),
        (f'- {{{FROM}, to: "fd00::10", port: 80}}', "SVC107"),
        (f"- {{{FROM}, to: 10.96.0.10, port: 80, prot: TCP}}", "SVC102"),
        ("from: somewhere", "SVC101"),
        ("- 7", "SVC101"),
        ("- [", "SVC001"),
    ],
)
def test_a_wrong_probe_is_a_diagnostic(text, code):
    _, found = decoded(text)
    assert code in {one for one, _ in found}
