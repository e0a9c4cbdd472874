"""Hand edits of virtual servers, of the companion and of the addresses on svcc0: found by `status`, told for what they are, repaired by `apply`."""

import itertools
import json
from pathlib import Path
from random import Random

import pytest

from svcc.cli.main import run
from svcc.emit.ipvs.ruleset import INTERFACE
from svcc.emit.ipvs.text import parse
from tests.lab import edits as hand
from tests.lab.listing import difference, listed

SHOP = str(Path(__file__).parents[3] / "examples/shop")
ON = ("--mode", "ipvs", "--no-fallback")
SEED, ROUNDS, BATCH = 11, 6, 5


@pytest.fixture
def applied(namespace):
    """Apply the shop; the value is what the tools list then."""
    hand.run("ip", "link", "set", "lo", "up")
    assert 0 == run(["apply", SHOP, "-q", *ON])
    return listing()


def addresses():
    words = hand.run("ip", "-oneline", "addr", "show", "dev", INTERFACE).split()
    return sorted(after for word, after in itertools.pairwise(words) if word in ("inet", "inet6"))


def listing():
    return {
        **listed(hand.run("nft", "list", "ruleset")),
        "servers": sorted(hand.run("ipvsadm", "-Sn").splitlines()),
        "addresses": addresses(),
    }


def server_edits(rng):
    """Return an edit of each of some virtual servers, with the place at which a plan must find it."""
    state = parse(hand.run("ipvsadm", "-Sn"))
    by_virtual = {at: [to for where, to in state.reals if where == at] for at in state.virtuals}
    for at in rng.sample(sorted((one for one, reals in by_virtual.items() if reals), key=str), BATCH):
        where, to = f"-{at.protocol.value[0].lower()} {str(at).partition('/')[0]}", rng.choice(sorted(by_virtual[at]))
        words, script = rng.choice(
            (
                ("delete a virtual server", f"-D {where}"),
                ("change the scheduler", f"-E {where} -s lc"),
                ("delete a real server", f"-d {where} -r {to}"),
                ("change a weight", f"-e {where} -r {to} -m -w 7"),
                ("add a real server", f"-a {where} -r {_other(to)} -m -w 1"),
            )
        )
        yield hand.Edit(words, str(at), ("ipvsadm", "-R"), f"{script}\n")


def _other(to):
    return f"[fd00:dead::1]:{to.port}" if ":" in to.address else f"203.0.113.9:{to.port}"


def address_edits(rng):
    gone = rng.choice(addresses())
    yield hand.Edit("delete an address", INTERFACE, ("ip", "-batch", "-"), f"addr del {gone} dev {INTERFACE}\n")
    yield hand.Edit("add an address", INTERFACE, ("ip", "-batch", "-"), f"addr add 203.0.113.77/32 dev {INTERFACE}\n")


def status(capfd):
    capfd.readouterr()
    assert 3 == run(["status", SHOP, "-q", "--format", "json", *ON])
    return json.loads(capfd.readouterr().out)


def repaired(before):
    assert 0 == run(["apply", SHOP, "-q", *ON])
    assert 0 == run(["status", SHOP, "-q", *ON])
    assert {} == difference(before, listing())


def test_hand_edits_are_found_one_by_one_and_repaired_to_the_last_line(applied, capfd):
    rng, done = Random(SEED), 0
    for number in range(ROUNDS):
        some = [*server_edits(rng), *address_edits(rng)]
        hand.perform(some)
        which = f"seed {SEED}, round {number}: {[(one.words, one.place) for one in some]}"
        told = status(capfd)
        keys = [one["key"] for one in told["changes"]]
        assert [] == [one for one in some if not any(key.startswith(one.place) for key in keys)], which
        assert {"servers", "addresses"} == {one["what"] for one in told["drift"]["causes"]}, which
        repaired(applied)
        done += len(some)
    with capfd.disabled():
        print(f" [{done} edits found and repaired]", end="")


def test_what_is_gone_altogether_is_told_as_such(applied, capfd):
    hand.run("ipvsadm", "-C")
    (cause,) = status(capfd)["drift"]["causes"]
    assert "every virtual server is gone: `ipvsadm -C` does that" == cause["text"]
    repaired(applied)
    hand.run("ip", "link", "del", INTERFACE)
    (cause,) = status(capfd)["drift"]["causes"]
    assert "the interface svcc0 is gone" == cause["text"]
    repaired(applied)
    hand.run("nft", "flush", "ruleset")
    (cause,) = status(capfd)["drift"]["causes"]
    assert ("gone", True) == (cause["what"], "`nft flush ruleset` does that" in cause["text"])
    repaired(applied)


def test_what_kube_proxy_left_in_ipvs_goes_and_other_virtual_servers_stay(namespace, capfd):
    others = "-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 192.0.2.9:80 -m -w 1\n"
    theirs = "-A -t 10.96.0.1:443 -s rr\n-a -t 10.96.0.1:443 -r 192.0.2.9:6443 -m -w 1\n-A -u [fd00:96::a]:53 -s rr\n"
    hand.run("ip", "link", "set", "lo", "up")
    hand.run("ipvsadm", "-R", text=others)
    before = hand.run("ipvsadm", "-Sn")
    hand.run("ipvsadm", "-R", text=theirs)
    hand.run("ip", "link", "add", "kube-ipvs0", "type", "dummy")
    for address in ("10.96.0.1/32", "fd00:96::a/128"):
        hand.run("ip", "addr", "add", address, "dev", "kube-ipvs0")
    assert 4 == run(["apply", SHOP, "-q", *ON])
    assert "interface kube-ipvs0" in capfd.readouterr().err
    assert 3 == run(["clean", "--foreign=kube-proxy"])
    told = capfd.readouterr().out
    for line in (
        "- virtual server 10.96.0.1:443/TCP (ipvs)",
        "- virtual server [fd00:96::a]:53/UDP (ipvs)",
        "- interface kube-ipvs0",
    ):
        assert line in told
    assert "192.0.2.1" not in told
    assert 0 == run(["clean", "--foreign=kube-proxy", "--yes"])
    assert before == hand.run("ipvsadm", "-Sn")
    assert "kube-ipvs0" not in hand.run("ip", "link")
