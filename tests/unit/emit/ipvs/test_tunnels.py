"""Tunnels in the text of IPVS: ipvsadm prints of which kind each is."""

import pytest

from svcc.emit.ipvs.ruleset import TUN, IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.emit.ipvs.text import parse, render
from svcc.net import Address, Protocol

PRINTED = """\
-A -t 10.96.0.10:80 -s wlc
-a -t 10.96.0.10:80 -r 10.128.7.21:80 -i -w 2 --tun-type ipip
"""
AT, TO = VirtualKey(Address("10.96.0.10"), Protocol.TCP, 80), RealKey(Address("10.128.7.21"), 80)
STATE = IpvsState({AT: Virtual("wlc")}, {(AT, TO): Real(2, TUN)})


def test_a_tunnel_is_printed_as_ipvsadm_prints_it():
    assert PRINTED == render(STATE)


def test_a_tunnel_is_read_as_ipvsadm_prints_it():
    assert STATE == parse(PRINTED)


def test_a_tunnel_of_another_kind_is_not_one_of_ours():
    with pytest.raises(ValueError, match="no tunnels of the kind gue"):
        parse(PRINTED.replace("ipip", "gue --tun-port 6080 --tun-nocsum"))
