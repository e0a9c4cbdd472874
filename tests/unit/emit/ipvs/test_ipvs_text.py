"""The text of IPVS: what `ipvsadm -R` reads, and what `ipvsadm -Sn` prints."""

import pytest

from svcc.emit.ipvs.ruleset import DR, TUN, IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.emit.ipvs.text import parse, render
from svcc.net import Address, Protocol

FOUR, SIX = Address("10.96.0.10"), Address("fd00:96::10")
AT = VirtualKey(FOUR, Protocol.TCP, 80)
TO = RealKey(Address("10.128.7.21"), 8080)


@pytest.mark.parametrize(
    ("at", "virtual", "line"),
    [
        (AT, Virtual("rr"), "-A -t 10.96.0.10:80 -s rr"),
        (VirtualKey(FOUR, Protocol.UDP, 53), Virtual("rr", ("ops",)), "-A -u 10.96.0.10:53 -s rr -o"),
        (VirtualKey(FOUR, Protocol.SCTP, 5), Virtual("lc"), "-A --sctp-service 10.96.0.10:5 -s lc"),
        (AT, Virtual("sh", ("sh-fallback", "sh-port")), "-A -t 10.96.0.10:80 -s sh -b sh-fallback,sh-port"),
        (AT, Virtual("mh", ("mh-port",), 60), "-A -t 10.96.0.10:80 -s mh -p 60 -b mh-port"),
        (VirtualKey(SIX, Protocol.TCP, 80), Virtual("wrr", (), 60), "-A -t [fd00:96::10]:80 -s wrr -p 60 -M 128"),
    ],
)
def test_a_virtual_server_is_a_line(at, virtual, line):
    state = IpvsState({at: virtual})
    assert f"{line}\n" == render(state)
    assert state == parse(render(state))


@pytest.mark.parametrize(
    ("real", "end"),
    [
        (Real(), "-m -w 1"),
        (Real(0), "-m -w 0"),
        (Real(3, DR), "-g -w 3"),
        (Real(1, lower=0, upper=200), "-m -w 1 -x 200 -y 0"),
        (Real(2, DR, 100, 200), "-g -w 2 -x 200 -y 100"),
    ],
)
def test_a_real_server_is_a_line_below_its_virtual_server(real, end):
    state = IpvsState({AT: Virtual("rr")}, {(AT, TO): real})
    assert f"-a -t 10.96.0.10:80 -r 10.128.7.21:8080 {end}" == render(state).splitlines()[1]
    assert state == parse(render(state))


def test_a_tunnel_is_read_back():
    state = IpvsState({AT: Virtual("rr")}, {(AT, TO): Real(1, TUN)})
    assert state == parse(render(state))


def test_what_ipvsadm_leaves_out_is_its_default():
    read = parse("-A -t 10.96.0.10:80 -p\n-a -t 10.96.0.10:80 -r 10.128.7.21:8080\n")
    assert IpvsState({AT: Virtual("wlc", (), 360)}, {(AT, TO): Real(1, DR)}) == read


@pytest.mark.parametrize(
    "text",
    ["-A -f 7 -s rr", "-D -t 10.96.0.10:80", "-A -t 10.96.0.10:80 --pe sip", "-a -t 10.96.0.10:80 -r 10.0.0.1:80 -z"],
)
def test_what_svcc_never_makes_is_not_read(text):
    with pytest.raises(ValueError, match=r"not about a virtual server|unknown option"):
        parse(text)
