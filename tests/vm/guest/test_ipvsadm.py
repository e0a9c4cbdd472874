"""The text that svcc prints for `ipvsadm -R`, against ipvsadm and a kernel: what `ipvsadm -Sn` prints is read back as it was."""

import subprocess

import pytest

from svcc.emit.ipvs.ruleset import FORWARDING, MASQ, IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.emit.ipvs.schedulers import NAMES, ONE_PACKET
from svcc.emit.ipvs.text import parse, render
from svcc.net import Address, Protocol

FLAGS = {"sh": ("sh-fallback", "sh-port"), "mh": ("mh-fallback", "mh-port")}
REALS = {RealKey(Address("10.128.7.21"), 8080): Real(3), RealKey(Address("10.128.9.31"), 8080): Real(0)}
REALS6 = {RealKey(Address("fd00:10:0:7::21"), 8080): Real(1)}


def state_of(virtuals, reals):
    found = {}
    for number, (virtual, protocol) in enumerate(virtuals):
        four = VirtualKey(Address(f"10.96.0.{number + 1}"), protocol, 80)
        six = VirtualKey(Address(f"fd00:96::{number + 1:x}"), protocol, 80)
        found |= {four: virtual, six: virtual}
    held = {(at, to): real for at in found for to, real in (REALS6 if ":" in at.address else reals).items()}
    return IpvsState(found, held)


@pytest.fixture
def loaded(namespace):
    def load(state):
        # Without a single route of IPv4, ip_vs takes no address for one that can be reached.
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["ipvsadm", "-R"], input=render(state), text=True, check=True)
        return subprocess.run(["ipvsadm", "-Sn"], stdout=subprocess.PIPE, text=True, check=True).stdout

    return load


def test_every_scheduler_flag_protocol_and_persistence_is_read_back_as_it_was(loaded):
    virtuals = [(Virtual(name), protocol) for name in NAMES for protocol in Protocol]
    virtuals += [(Virtual(name, flags), Protocol.TCP) for name, flags in FLAGS.items()]
    virtuals += [(Virtual(name, (flag,)), Protocol.TCP) for name, flags in FLAGS.items() for flag in flags]
    virtuals += [(Virtual("rr", (ONE_PACKET,)), Protocol.UDP), (Virtual("wrr", persistence=10800), Protocol.TCP)]
    state = state_of(virtuals, REALS)
    assert state == parse(loaded(state))


def test_every_forwarding_method_is_read_back_as_it_was(loaded):
    reals = {
        RealKey(Address(f"10.128.7.{number}"), 8080 if method == MASQ else 80): Real(1, method)
        for number, method in enumerate(FORWARDING)
    }
    state = state_of([(Virtual("wlc"), Protocol.TCP)], reals)
    assert state == parse(loaded(state))
