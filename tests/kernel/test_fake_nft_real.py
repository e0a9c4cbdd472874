"""The nft in memory against the real one: the same scripts, one after the other, are taken and refused by both, and leave the same."""

import random
import re
from collections import Counter

import pytest

from svcc.emit.nftables.text import parse
from svcc.kernel.base import ToolFailed
from svcc.kernel.fake_nft import FakeNft
from svcc.kernel.nftables import Nft
from tests.unit.kernel.test_fake_nft import DATA_OF_A_SET, REFUSED, START, TAKEN, TO_BASE

pytestmark = pytest.mark.kernel

SKELETON = """\
table ip svcc {
	set hosts {
		type ipv4_addr
	}
	set networks {
		type ipv4_addr
		flags interval
	}
	set allowed {
		typeof ip daddr . meta l4proto . th dport . ip saddr
		flags interval
	}
	map pools {
		typeof ip daddr . meta l4proto . th dport : meta priority
	}
	map picks {
		typeof meta priority : verdict
	}
	map slots {
		typeof meta priority . numgen random mod 65536 : meta priority
	}
	map members {
		type classid : ipv4_addr . inet_service
	}
	chain a {
		drop
	}
	chain b {
		goto a
	}
	chain nat-prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		meta priority vmap @picks
	}
	chain nat-postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr @hosts return
	}
}
"""
CHAINS = ("a", "b", "c", "d")
HOOKS = ("nat-prerouting", "nat-postrouting")
RULES = (
    *("drop", "reject", "masquerade fully-random", "meta priority set 5800:1", "ip saddr @hosts return"),
    *("ip daddr @networks drop", "ip daddr . meta l4proto . th dport . ip saddr != @allowed drop"),
    *("meta priority vmap @picks", "meta l4proto { tcp, udp, sctp } dnat ip to meta priority map @members"),
    "meta priority set ip daddr . meta l4proto . th dport map @pools goto a",
    "meta priority set meta priority . numgen random mod 2 map @slots goto b",
    "meta priority set meta priority . jhash ip saddr mod 3 seed 0x0 map @slots goto c",
    *(f"{word} {name}" for word in ("goto", "jump") for name in CHAINS),
)
BAD_RULES = (
    *("meta priority vmap @hosts", "ip saddr vmap @picks", "meta priority vmap @members", "goto nat-prerouting"),
    *("ip saddr @nowhere drop", "ip saddr . ip daddr @hosts drop", "dnat ip to meta priority map @members"),
    "meta priority set meta priority map @slots goto b",
    "meta l4proto { tcp, udp, sctp } dnat ip to meta priority map @pools",
)
NETWORKS = (
    "10.0.0.0/8",
    "10.0.0.0/9",
    "10.128.0.0/9",
    "10.0.0.0/16",
    "10.0.0.1",
    "192.0.2.0/24",
    "192.0.0.0/16",
    "0.0.0.0/1",
)
FRONTENDS = ("10.96.0.1 . tcp . 80", "10.96.0.1 . udp . 80", "10.96.0.2 . tcp . 443")
COMMENTS = ("", ' comment "lab/web:http"', ' comment "lab/other"')
NUMBERS = ("5800:0", "5800:1", "581f:22e0")
ELEMENTS = {
    "hosts": ("10.0.0.1", "10.0.0.2"),
    "networks": NETWORKS,
    "allowed": tuple(f"{frontend} . {one}" for frontend in FRONTENDS[:2] for one in NETWORKS),
    "pools": tuple(f"{frontend}{said} : {to}" for frontend in FRONTENDS for said in COMMENTS for to in NUMBERS[:2]),
    "picks": tuple(f"{number} : {verdict}" for number in NUMBERS for verdict in ("drop", "goto a", "jump c", "goto d")),
    "slots": tuple(f"{number} . {slot} : {to}" for number in NUMBERS for slot in (0, 1) for to in ("5c01:1", "5c01:2")),
    "members": ("5c01:1 : 10.0.0.1 . 80", "5c01:1 : 10.0.0.2 . 80", "5c01:2 : 10.0.0.1 . 80"),
}
BAD_ELEMENTS = {
    "hosts": ("10.0.0.0/8", "10.0.0.1 . tcp", "fd00::1"),
    "pools": (f"{FRONTENDS[0]} : goto a",),
    "picks": ("5800:0 : 5800:1", "5800:0 : goto nat-prerouting"),
    "members": ("5c01:2", "5c01:2 : 10.0.0.1"),
    "nowhere": ("10.0.0.1",),
}
# What one of both may say where the other says it so.
ALIKE = (
    (
        re.compile(
            "datatype mismatch|not a map|parse symbolic|flags interval|invalid data|syntax|resolve hostname|protocol mapping"
        ),
        "type",
    ),
    (re.compile("Too many links|Operation not supported"), "not from there"),
)
PLACE = re.compile(r"/dev/stdin:(\d+):\d+-\d+: Error: (?:Could not process rule: )?([^;]*)")
SCRIPTS = 120


class Writer:
    """Scripts drawn by chance, most of them about what is there."""

    def __init__(self, seed, fake):
        self.draw = random.Random(seed)
        self.fake = fake

    def script(self):
        return "".join(f"{self.statement()}\n" for _ in range(self.draw.choice((1, 1, 2, 2, 3, 5))))

    def statement(self):
        kind = self.draw.random()
        if kind < 0.6:
            return self.elements()
        if kind < 0.75:
            rules = BAD_RULES if self.draw.random() < 0.05 else RULES
            return f"add rule ip svcc {self.chain()} {self.draw.choice(rules)}"
        if kind < 0.85:
            return f"add chain ip svcc {self.draw.choice(CHAINS)}"
        if kind < 0.98:
            verb = "flush" if kind < 0.91 else "delete"
            return f"{verb} chain ip svcc {self.chain()}"
        return f"delete table ip svcc\n{SKELETON.rstrip()}" if kind < 0.99 else SKELETON.rstrip()

    def elements(self):
        every = BAD_ELEMENTS if self.draw.random() < 0.03 else ELEMENTS
        name = self.draw.choice(tuple(every))
        verb, known = self.draw.choice(("add", "delete")), every[name]
        held = self.fake.tables["ip svcc"].sets.get(name)
        if verb == "delete" and held is not None and held.elements and self.draw.random() < 0.9:
            known = [f"{key} : {data}" if data else key for key, data in held.elements.items()]
        some = self.draw.sample(known, min(len(known), self.draw.choice((1, 1, 1, 2, 3))))
        return f"{verb} element ip svcc {name} {{\n" + ",\n".join(some) + "\n}"

    def chain(self):
        there = tuple(self.fake.tables["ip svcc"].chains) if self.draw.random() < 0.9 else CHAINS
        return self.draw.choice(there)


def complaint(tools, text, *, check=False):
    """Return words and line of the first complaint about a script, or None where it is taken."""
    try:
        tools.run(text, check=check)
    except ToolFailed as problem:
        number, words = PLACE.search(problem.message).groups()
        if "conflicting intervals" in words or "interval overlaps" in words:
            return "overlap"  # of two networks in one script either may be told
        return next((alike for pattern, alike in ALIKE if pattern.search(words)), words), number
    return None


def held(tools):
    """Return the table with the comments of its elements."""
    table = parse(tools.listing("ip svcc"))
    return table, {name: one.comments for name, one in table.collections.items()}


def test_what_the_fake_takes_and_refuses_so_does_nft(namespace):
    for script in (*TAKEN, *(script for script, _ in REFUSED)):
        real, fake = Nft(), FakeNft(START)
        real.run(f"table ip svcc {{\n}}\ndelete table ip svcc\n{START}")
        expected = complaint(real, f"{script}\n")
        assert (script, expected) == (script, complaint(fake, f"{script}\n"))
        assert (script, script in TAKEN) == (script, expected is None)
        assert held(real) == held(fake)
    assert complaint(real, TO_BASE)[0] == complaint(fake, TO_BASE)[0]
    for script in DATA_OF_A_SET:
        for tools in (real, fake):
            with pytest.raises(ToolFailed, match="set is not a map"):
                tools.run(script)


@pytest.mark.parametrize("seed", range(2))
def test_scripts_by_chance_are_taken_and_refused_alike_and_leave_the_same(seed, namespace):
    real, fake = Nft(), FakeNft(SKELETON)
    real.run(SKELETON)
    writer = Writer(seed, fake)
    seen = Counter()
    for _ in range(SCRIPTS):
        text = writer.script()
        expected = complaint(real, text)
        assert (text, expected) == (text, complaint(fake, text))
        if expected is None:
            assert held(real) == held(fake)
        seen[expected is None] += 1
    assert min(seen.values()) > SCRIPTS // 5


def test_a_check_by_chance_says_what_the_run_says_and_keeps_nothing(namespace):
    real, fake = Nft(), FakeNft(SKELETON)
    real.run(SKELETON)
    writer = Writer(77, fake)
    for _ in range(SCRIPTS // 4):
        text = writer.script()
        before = held(fake)
        assert complaint(real, text, check=True) == complaint(fake, text, check=True)
        assert before == held(fake) == held(real)
        assert complaint(real, text) == complaint(fake, text)
