"""A table that goes while connections are opened all the time: nobody meets half of it, who would be refused."""

import multiprocessing
import socket
import struct
import time

import pytest

from svcc.config import Mode
from svcc.emit.nftables.ruleset import COMPANION
from svcc.kernel.nftables import Nftables
from svcc.plan.nftables import NftState
from tests.lab.appliance import want
from tests.lab.namespaces import NODE, Lab, Layout
from tests.lab.worker import CONFIG
from tests.vm.cluster import BALANCER, cluster

pytestmark = pytest.mark.kernel

CLIENT = "10.128.7.40"
LAYOUT = Layout(node=("172.20.5.11",), hosts={"p": (CLIENT,)})
SECONDS = 5.0
"""In which it is removed some fifty times; in one transaction, a handful of clients would be refused."""
SYN, PORT_UNREACHABLE = 2, (3, 3)


def syn(port):
    """Return the header of a first packet to port 80 of the load balancer."""
    bare = struct.pack("!HHIIBBHHH", port, 80, port, 0, 5 << 4, SYN, 1024, 0, 0)
    ends = socket.inet_aton(CLIENT) + socket.inet_aton(BALANCER)
    total = sum(struct.unpack("!16H", ends + struct.pack("!HH", socket.IPPROTO_TCP, len(bare)) + bare))
    total = (total & 0xFFFF) + (total >> 16)
    return bare[:16] + struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF) + bare[18:]


def flood(lab, pipe):
    """Send first packets until told to stop, and tell how many there were, and how many were refused."""
    sent, refused = 0, 0
    with (
        lab.socket("p", socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as out,
        lab.socket("p", socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as back,
    ):
        back.setblocking(False)  # noqa: FBT003 - the standard library has no keyword for it
        packets = [syn(port) for port in range(1024, 65536)]
        while not pipe.poll():
            for _ in range(20):
                out.sendto(packets[sent % len(packets)], (BALANCER, 0))
                sent += 1
            try:
                while told := back.recv(256):
                    refused += (told[20], told[21]) == PORT_UNREACHABLE
            except BlockingIOError:
                continue
    pipe.send((sent, refused))


def test_nobody_is_refused_while_the_companion_goes():
    there = want(cluster(), CONFIG, Mode.IPVS).wanted.companion
    ours, theirs = multiprocessing.Pipe()
    with Lab(LAYOUT) as lab:
        lab.run(NODE, "ip", "addr", "add", f"{BALANCER}/32", "dev", "lo")
        sending = multiprocessing.get_context("fork").Process(target=flood, args=(lab, theirs), daemon=True)
        sending.start()
        rounds, until = 0, time.monotonic() + SECONDS
        with lab.inside(NODE):
            companion = Nftables(table=COMPANION)
            while time.monotonic() < until:
                companion.commit(companion.plan(NftState(), there))
                companion.commit(companion.plan(there, NftState()))
                rounds += 1
        ours.send("stop")
        sent, refused = ours.recv()
        sending.join(10)
    assert rounds > 5
    assert sent > 1000 * SECONDS
    assert 0 == refused, f"{refused} of {sent} in {rounds} rounds"
